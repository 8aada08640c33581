"""What a program may do with a file from anywhere, and what must hold whatever the file is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import numpy as np

import inrcodec
from inrcodec.album.editing import extract
from inrcodec.codecs.registry import make_settings
from inrcodec.container.sections import Container
from inrcodec.decoding import Representation
from inrcodec.errors import FormatError, InrError, LimitError
from inrcodec.limits import Limits
from inrcodec.media.audio.formats import AUDIO_EXTENSIONS
from inrcodec.media.files import open_signal, write_signal
from inrcodec.media.images.formats import IMAGE_EXTENSIONS
from inrcodec.signal import ImageInfo, Metadata
from inrcodec.signal.geometry import Region
from inrcodec.signal.views import View

__all__ = [
    "ACCEPTED",
    "LIMITS",
    "Outcome",
    "PromiseError",
    "attempt",
    "encode_file",
    "exercise",
    "write_with_metadata",
]

# Of a program that takes small files from strangers.
LIMITS = {"max_memory": 64 << 20, "max_work": 2e8}
ACCEPTED = "accepted"
_MOST_ITEMS = 2

Outcome = str  # what was accepted, or the name of the error that refused it
Samples = np.ndarray[Any, Any]


class PromiseError(AssertionError):
    """Something that must hold of all files does not."""


def attempt(action: Callable[[], object]) -> Outcome:
    """`ACCEPTED`, or the name of the typed error that an action ends with. An error is one line."""
    try:
        action()
    except InrError as error:
        if len(str(error).splitlines()) != 1:
            raise PromiseError(f"an error of several lines: {error!r}") from error
        return type(error).__name__
    return ACCEPTED


def exercise(data: bytes) -> Outcome:
    """Inform of a file, open, verify and render each of its first items, whole, in part and at
    another size, and extract it; what is refused is rendered as a damaged file. Returns the first
    refusal, if any.

    Raises `PromiseError` where what was accepted is not as promised.
    """
    outcomes = [attempt(lambda: inrcodec.info(data))]
    items = _items(data)
    for place, item in enumerate(items or (1,), start=1):
        outcomes += _exercise_item(data, place, item)
    refused = next((outcome for outcome in outcomes if outcome != ACCEPTED), None)
    if refused is not None:
        attempt(lambda: _render_damaged(data))
    return refused or ACCEPTED


def _items(data: bytes) -> tuple[int, ...]:
    try:
        return Container(data).items[:_MOST_ITEMS]
    except FormatError:
        return ()


def _exercise_item(data: bytes, place: int, item: int) -> list[Outcome]:
    shown: Representation
    drawn: list[Samples] = []

    def opened() -> None:
        nonlocal shown
        shown = inrcodec.open(data, item=place, **LIMITS)

    def render() -> None:
        drawn.append(_checked(shown, View()))

    outcomes = [attempt(opened)]
    if outcomes[0] != ACCEPTED:
        return outcomes
    verified = attempt(shown.verify)
    rendered = attempt(render)
    if verified == ACCEPTED and rendered not in (ACCEPTED, LimitError.__name__):
        raise PromiseError(f"verified, yet rendering ends in {rendered}")
    views = _views(shown, Random(len(data)))
    parts = [attempt(lambda view=view: _checked(shown, view)) for view in views]
    outcomes += [verified, rendered, *parts]
    outcomes.append(attempt(lambda: shown([[0.0] * len(shown.info.shape)])))
    outcomes.append(attempt(lambda: _extracted(data, item, drawn if verified == ACCEPTED else [])))
    return outcomes


def _views(shown: Representation, rng: Random) -> list[View]:
    """A part, at its own size or finer, and all at another size or rate."""
    finer = rng.random() < 0.5
    if isinstance(shown.info, ImageInfo):
        height, width = shown.info.shape
        x, y = rng.randrange(width), rng.randrange(height)
        region = x, y, rng.randint(1, min(8, width - x)), rng.randint(1, min(8, height - y))
        return [View(region=region, scale=2.5 if finer else None), View(size=(7, 5))]
    frames, rate = shown.info.frames, shown.info.rate
    start = rng.randrange(frames)
    time = (start / rate, (start + min(64, frames - start)) / rate)
    other = min(1 << 24, 2 * rate) if finer else None
    return [View(time=time, rate=other), View(rate=-(-rate // 3))]


def _checked(shown: Representation, view: View) -> Samples:
    """Samples, of the type and shape that they are to have."""
    samples = shown.decode(view).samples
    shape = (*shown.info_through(view).shape, shown.info.channels)
    if samples.shape != shape or samples.dtype != shown.info.dtype:
        raise PromiseError(f"{samples.shape} {samples.dtype}, not {shape} {shown.info.dtype}")
    if not np.isfinite(samples).all():
        raise PromiseError("samples that are not numbers")
    return samples


def _extracted(data: bytes, item: int, drawn: list[Samples]) -> None:
    """The item in a file of its own, which is what it was."""
    with Container(data) as container:
        alone = extract(container, item)
    if drawn:
        with inrcodec.open(alone, **LIMITS) as shown:
            if not np.array_equal(shown.render(), drawn[0]):
                raise PromiseError("extracted, it is another signal")


def _render_damaged(data: bytes) -> None:
    """As `decode --allow-damaged` does."""
    lost: list[Region] = []
    with Container(data, allow_damaged=True) as container:
        item = next(iter(container.items), 1)
        limits = Limits.of(LIMITS["max_memory"], LIMITS["max_work"])
        shown = Representation(container, item, limits, on_damage=lambda part, _: lost.append(part))
        _checked(shown, View())
    for part in lost:
        part.check_within(shown.info.shape)


def encode_file(path: Path, **options: Any) -> Outcome:
    """Encode a file of an image or an audio signal; what is made of it decodes."""

    def encode() -> None:
        encoded = inrcodec.encode(path, device="cpu", **{**LIMITS, **options})
        if exercise(encoded.data) != ACCEPTED:
            raise PromiseError("what was encoded is refused")

    return attempt(encode)


def write_with_metadata(plain: bytes, metadata: Metadata, extension: str) -> Outcome:
    """Write what a file shows with other metadata, in the format of an extension. Metadata is no
    reason to refuse, and what is written can be read again."""
    written = _written(plain, metadata, extension)
    if isinstance(written, bytes):
        return attempt(lambda: _read_again(plain, written, extension))
    if written != _written(plain, Metadata(), extension):
        raise PromiseError(f"{written} for its metadata alone")
    return written


def _written(plain: bytes, metadata: Metadata, extension: str) -> bytes | Outcome:
    """The bytes of a file, or what refused it."""
    stream = io.BytesIO()
    with inrcodec.open(plain, **LIMITS) as shown:
        # What `Representation.metadata` would read from the file.
        shown.__dict__["metadata"] = metadata
        outcome = attempt(lambda: _write(shown, stream, extension))
    return stream.getvalue() if outcome == ACCEPTED else outcome


def _write(shown: Representation, stream: BinaryIO, extension: str) -> None:
    info, metadata = shown.info_through(View()), shown.kept_metadata()
    write_signal(stream, extension, info, metadata, shown.blocks())


def _read_again(plain: bytes, written: bytes, extension: str) -> None:
    if extension not in IMAGE_EXTENSIONS | AUDIO_EXTENSIONS:
        return
    with inrcodec.open(plain, **LIMITS) as shown:
        info, limits = shown.info, make_settings().limits
    try:
        with open_signal(io.BytesIO(written), limits, f"written{extension}") as signal:
            shape = signal.info.shape
    except InrError as error:
        raise PromiseError(f"what was written is refused: {error}") from error
    if isinstance(info, ImageInfo) and shape != info.shape:
        raise PromiseError(f"{info.shape}, written and read again as {shape}")
