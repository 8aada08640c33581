"""What a batch is to do: which files it takes, what each becomes, which go together.

Pillow is loaded late: the command line's other commands need not wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from inrcodec.batch.places import Place

__all__ = ["encodable", "output_names", "stacks"]


def encodable(place: Place, recursive: bool) -> list[str]:
    """The files of a place whose extension is of a picture that Pillow reads, or a recording that
    soundfile does."""
    from PIL import Image

    from inrcodec.sound import AUDIO_EXTENSIONS

    extensions = Image.registered_extensions()
    readable = {extension for extension, name in extensions.items() if name in Image.OPEN}
    readable |= AUDIO_EXTENSIONS
    return [
        name for name in place.names(recursive) if PurePosixPath(name).suffix.lower() in readable
    ]


def output_names(inputs: Sequence[str]) -> dict[str, str]:
    """What each input becomes: `a/b.png` to `a/b.inr`.

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

    A group is handed on once it is full; those that stay smaller come last. Recordings, and what
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
    """Size and mode of a picture; None of a recording, and where they cannot be told: the worker
    will say why."""
    from PIL import Image

    try:
        with place.open(name) as stream, Image.open(stream) as image:
            return image.size, image.mode
    except Exception:  # Pillow's readers raise errors of many kinds.
        return None
