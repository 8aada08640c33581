"""Plans of batches: which files they take, what each becomes, which go together.

Pillow is loaded late: the command line's other commands need not wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from inrcodec.batch.places import Place
from inrcodec.errors import InrError

__all__ = ["encodable", "output_names", "stacks"]

# Of outputs, and of manifests.
_OWN_EXTENSIONS = (".inr", ".jsonl")


def encodable(place: Place, recursive: bool) -> tuple[list[str], list[str]]:
    """The files of a place whose extension is of an image or an audio signal that is read, and the
    others, which are ignored.

    What this program writes is neither.
    """
    from inrcodec.media.audio import AUDIO_EXTENSIONS
    from inrcodec.media.images.formats import IMAGE_EXTENSIONS

    taken: list[str] = []
    ignored: list[str] = []
    for name in place.names(recursive):
        extension = PurePosixPath(name).suffix.lower()
        if extension in IMAGE_EXTENSIONS or extension in AUDIO_EXTENSIONS:
            taken.append(name)
        elif extension not in _OWN_EXTENSIONS:
            ignored.append(name)
    return taken, ignored


def output_names(inputs: Sequence[str]) -> dict[str, str]:
    """Name what each input becomes: `a/b.png` to `a/b.inr`.

    Where that would be the output of two, both keep their extension: `b.png.inr`, `b.jpg.inr`.
    """
    names = {name: str(PurePosixPath(name).with_suffix(".inr")) for name in inputs}
    while True:
        count = Counter(names.values())
        shared = [n for n in inputs if count[names[n]] > 1 and names[n] != f"{n}.inr"]
        if not shared:
            return names
        names |= {name: f"{name}.inr" for name in shared}


def stacks(place: Place, inputs: Iterable[str], size: int) -> Iterator[list[str]]:
    """Inputs in groups of up to `size` whose headers tell of one shape.

    A group is handed on once it is full; those that stay smaller come last. Audio signals, and what
    cannot be read, come alone.
    """
    waiting: dict[object, list[str]] = {}
    for name in inputs:
        key = _header(place, name) if size > 1 else None
        if key is None:
            yield [name]
            continue
        group = waiting.setdefault(key, [])
        group.append(name)
        if len(group) == size:
            yield waiting.pop(key)
    yield from waiting.values()


def _header(place: Place, name: str) -> object:
    """Size and mode of an image; None of an audio signal, and where they cannot be told: the worker
    will say why."""
    from inrcodec.media.images.formats import open_image

    try:
        with place.open(name) as stream, open_image(stream) as image:
            return image.size, image.mode
    except (InrError, OSError):
        return None
