"""Clips on the command line: animations, videos and frames in files, to one file and back."""

from __future__ import annotations

import io
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrcodec.cli.common import (
    STANDARD,
    Result,
    finite,
    in_decibels,
    open_named,
    run_each,
    set_threads,
    watching,
)
from inrcodec.cli.outputs import check_target, output_name, write_output
from inrcodec.container.predictions import read_time
from inrcodec.container.sections import Container
from inrcodec.errors import LimitError, UsageError
from inrcodec.media.clip_formats import CLIP_EXTENSIONS, VIDEOS
from inrcodec.settings import AUTO, Settings
from inrcodec.signal.views import View

if TYPE_CHECKING:
    from inrcodec.album.encoding import EncodedAlbum
    from inrcodec.codecs.codec import Read
    from inrcodec.limits import Limits

__all__ = ["encode_clip", "frames_in", "is_clip_file", "is_clip_input", "is_timed", "write_frames"]

# Models that have an item for each frame of a clip.
_FRAMED = (AUTO, "grid", "pixels")
# Of frames that a file says nothing of; microseconds.
_DEFAULT_TIME = 100_000
# A frame for an hour: files count microseconds up to 2^35.
_LEAST_FPS = 1 / 3600
# Some ten hours of a video.
_MOST_FRAMES = 1 << 20


def is_clip_input(inputs: Sequence[Path], model: str) -> bool:
    """Tell whether an input has several frames, and the model encodes these one after another."""
    if len(inputs) != 1 or model not in _FRAMED:
        return False
    if inputs[0].suffix.lower() not in CLIP_EXTENSIONS:
        return False
    from inrcodec.media.clips import is_clip

    return is_clip(inputs[0])


def is_clip_file(output: str | None, frames: int) -> bool:
    """Tell whether an output holds so many frames as a clip: a single one is an image, if it can
    be."""
    extensions = VIDEOS if frames == 1 else CLIP_EXTENSIONS
    return output is not None and Path(output).suffix.lower() in extensions


def encode_clip(
    inputs: Sequence[Path],
    output: Path,
    settings: Callable[[], Settings],
    fps: float | None,
    force: bool,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Encode frames that follow each other to one file."""

    def encode_all(_: Path) -> Iterator[Result]:
        check_target(output, force)
        set_threads(threads)
        from inrcodec.album.encoding import encode_sequence

        chosen = settings()
        with (
            _opened(inputs, chosen, fps) as (frames, times),
            watching(quiet) as watch,
        ):
            made = encode_sequence(frames, chosen, watch, times)
        write_output(output, made.data, force)
        yield _result(inputs, output, made)

    def failed(_: Path) -> Result:
        fields = {"input": [str(source) for source in inputs], "output": str(output)}
        return Result(fields, to_stderr=output == STANDARD)

    named = inputs[0] if len(inputs) == 1 else output
    run_each([named], encode_all, as_json, quiet, failed)


def _result(inputs: Sequence[Path], output: Path, made: EncodedAlbum) -> Result:
    count, seconds = len(made.items), sum(item.seconds for item in made.items.values())
    psnr_db = sum(item.psnr_db for item in made.items.values()) / count
    fields = {
        "input": [str(source) for source in inputs],
        "output": str(output),
        "frames": count,
        "bytes": len(made.data),
        "psnr_db": finite(psnr_db),
        "seconds": seconds,
    }
    quality = in_decibels("psnr_db", finite(psnr_db))
    line = f"{output_name(output)}: {count} frames, {len(made.data)} bytes, mean {quality}"
    return Result(fields, (f"{line}, {seconds:.1f} s",), output == STANDARD)


@contextmanager
def _opened(
    inputs: Sequence[Path], settings: Settings, fps: float | None
) -> Iterator[tuple[dict[str, Read], dict[str, int]]]:
    """Give what opens each frame, by its name, and how long it is shown."""
    if STANDARD in inputs:
        raise UsageError("frames are read more than once: name their files")
    if len(inputs) > 1:
        limits, bits = settings.limits, settings.bits
        frames: dict[str, Read] = {s.name: partial(open_named, s, limits, bits) for s in inputs}
        if len(frames) < len(inputs):
            raise UsageError("two frames have one name")
        yield frames, dict.fromkeys(frames, _time_of(fps) or _DEFAULT_TIME)
        return
    from inrcodec.media.clips import open_clip

    with open_clip(inputs[0], settings.limits) as clip:
        digits = len(str(len(clip.times)))
        names = [f"{number:0{digits}}.png" for number in range(1, len(clip.times) + 1)]
        frames = {name: partial(clip.frame, number) for number, name in enumerate(names)}
        times = zip(names, clip.times, strict=True)
        yield frames, {name: _time_of(fps) or time for name, time in times}


def _time_of(fps: float | None) -> int | None:
    """Return the microseconds of a frame at so many a second."""
    if fps is None:
        return None
    if fps < _LEAST_FPS:
        raise UsageError(f"--fps {fps:g}; {_LEAST_FPS:g} is the least")
    return max(1, round(1e6 / fps))


def frames_in(
    container: Container, items: Sequence[int], view: View, fps: float | None
) -> list[tuple[int, int]]:
    """Return the frames of a time range, and the microseconds that each is shown for; at so many a
    second, some left out or several times.

    Raises `UsageError` where there is none, `LimitError` where they would be too many.
    """
    shown = [read_time(container, item) or _DEFAULT_TIME for item in items]
    begin, end = view.time or (None, None)
    start, stop = round(1e6 * (begin or 0)), sum(shown) if end is None else round(1e6 * end)
    found, at = list[tuple[int, int, int]](), 0
    for item, time in zip(items, shown, strict=True):
        if max(at, start) < min(at + time, stop):
            found.append((item, max(at, start), min(at + time, stop)))
        at += time
    if not found:
        raise UsageError(f"no frame is shown at that time; there are {at / 1e6:g} s")
    if fps is None:
        return [(item, last - first) for item, first, last in found]
    apart = 1e6 / fps
    count = max(1, round((found[-1][2] - found[0][1]) / apart))
    if count > _MOST_FRAMES:
        raise LimitError(f"{count} frames; {_MOST_FRAMES} are the most")
    lasts = [last for _, _, last in found]
    instants = (found[0][1] + (k + 0.5) * apart for k in range(count))
    places = (min(bisect_right(lasts, instant), len(found) - 1) for instant in instants)
    ends = [round((k + 1) * apart) for k in range(count)]
    times = (max(1, b - a) for a, b in pairwise([0, *ends]))
    return [(found[place][0], time) for place, time in zip(places, times, strict=True)]


def is_timed(container: Container, items: Iterable[int]) -> bool:
    """Tell whether items are frames of a clip."""
    return any(container.find(b"time", item) or container.find(b"PRED", item) for item in items)


def write_frames(
    frames: Sequence[tuple[int, int]],
    view: View,
    target: Path,
    force: bool,
    represented: Callable[[int, dict[str, Any]], Any],
    limits: Limits,
) -> int:
    """Write frames to an animation or a video; return how many.

    Raises `LimitError` where they take more memory together than is allowed.
    """
    from inrcodec.media.clips import write_clip, writing_cost
    from inrcodec.media.images import with_8_bits

    check_target(target, force)
    kept: dict[str, Any] = {}
    still = replace(view, time=None)
    extension, (first, _) = target.suffix.lower(), frames[0]
    pixels = math.prod(represented(first, kept).info.raster(still).size)
    limits.check(writing_cost(extension, len(frames), pixels), "writing it")

    def rendered() -> Iterator[Any]:
        last: tuple[int, Any] | None = None
        for item, _ in frames:
            if last is None or last[0] != item:
                last = item, with_8_bits(represented(item, kept).decode(still)).samples
            yield last[1]

    out = io.BytesIO()
    write_clip(out, extension, rendered(), [time for _, time in frames])
    write_output(target, out.getvalue(), force)
    return len(frames)
