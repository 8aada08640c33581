"""Files of `tests/corpus`, each of which once did what no file may, done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from against_reference import compare
from cases import CHEAPEST, plain_files
from exercise import Outcome, encode_file, exercise, write_with_metadata
from media import IMAGES_WRITTEN, SOUNDS_WRITTEN

from inrcodec.signal import Metadata

__all__ = ["replay"]

_BLOCKS = ("icc", "exif", "xmp", "tags")


def replay(path: Path) -> Iterator[Callable[[], Outcome]]:
    """All that may be done with a file, by its extension: .inr files are decoded, blocks of
    metadata are written to every format that may hold them, all others are encoded."""
    data, extension = path.read_bytes(), path.suffix[1:]
    if extension == "inr":
        yield lambda: exercise(data)
        yield lambda: _compared(data)
    elif extension in _BLOCKS:
        kind = "audio" if extension == "tags" else "image"
        metadata = Metadata(**{extension: data})
        for plain in plain_files()[kind]:
            for target in SOUNDS_WRITTEN if kind == "audio" else IMAGES_WRITTEN:
                yield lambda plain=plain, target=target: write_with_metadata(
                    plain, metadata, target
                )
    else:
        for options in CHEAPEST:
            yield lambda options=options: encode_file(path, **options)


def _compared(data: bytes) -> Outcome:
    compare(data)
    return "compared"
