"""Clips: animations (GIF, APNG, WebP) through Pillow and videos through PyAV, frame by frame."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.errors import SignalError, UsageError
from inrcodec.limits import Cost, Limits
from inrcodec.media.clip_formats import ANIMATIONS, CLIP_EXTENSIONS, VIDEOS
from inrcodec.media.images import from_array
from inrcodec.media.images.deep import CUT, deep_image
from inrcodec.signal import Signal

__all__ = ["Clip", "is_clip", "open_clip", "write_clip", "writing_cost"]

Samples = npt.NDArray[np.uint8]

# Where a file does not tell how long a frame is shown; microseconds.
_DEFAULT_TIME = 100_000
# Of H.264: a quality that hardly an eye tells from the frames.
_CRF = "17"
# Microseconds in which animations count time; GIF in hundredths of a second.
_UNIT, _GIF_UNIT = 1000, 10_000
# What Pillow holds of a pixel of each frame of an animation that it writes.
_HELD = 15


@dataclass(frozen=True)
class Clip:
    """Frames of one size that follow each other.

    Attributes
    ----------
    times
        Microseconds that each is shown for.
    frame
        Opens a frame by its number from 0; they are best asked for in order.
    """

    times: Sequence[int]
    frame: Callable[[int], AbstractContextManager[Signal]]


def is_clip(path: Path) -> bool:
    """Tell whether a file is a video by its name, or an animation of several frames."""
    extension = path.suffix.lower()
    if extension in VIDEOS:
        return True
    if extension not in ANIMATIONS:
        return False
    try:
        with Image.open(path) as image:
            return int(getattr(image, "n_frames", 1)) > 1
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        # What is wrong with it is told where images are read.
        return False


@contextmanager
def open_clip(path: Path, limits: Limits) -> Iterator[Clip]:
    """Open what `is_clip`.

    Raises `SignalError` where it cannot be read, `UsageError` where a video needs PyAV,
    `LimitError` where a frame takes too much.
    """
    if path.suffix.lower() in VIDEOS:
        yield _video(path, limits)
    else:
        with _animation(path, limits) as clip:
            yield clip


@contextmanager
def _animation(path: Path, limits: Limits) -> Iterator[Clip]:
    with _told():
        image = Image.open(path)
    with image:
        limits.check_image(*image.size, 4)
        with _told():
            if deep_image(image) is not None:
                warnings.warn(CUT, stacklevel=4)
            mode, times = _frames_of(image)

        def frame(number: int) -> AbstractContextManager[Signal]:
            with _told():
                image.seek(number)
                return nullcontext(from_array(np.asarray(image.convert(mode))))

        yield Clip(times, frame)


def _frames_of(image: Image.Image) -> tuple[str, list[int]]:
    """Return a mode that holds all frames of an animation, and the microseconds of each."""
    modes, times = set[str](), list[int]()
    for number in range(int(getattr(image, "n_frames", 1))):
        image.seek(number)
        # Of some formats only what is loaded tells how long it is shown.
        image.load()
        modes.add("RGBA" if image.has_transparency_data else "RGB")
        times.append(1000 * round(float(image.info.get("duration") or 0)) or _DEFAULT_TIME)
    return max(modes, key=len), times


@contextmanager
def _told() -> Iterator[None]:
    """Tell of what is wrong with a file that another library reads as an error of ours."""
    try:
        yield
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise SignalError(f"a frame cannot be read: {error}") from error


def _av() -> Any:
    """Load PyAV; `UsageError` where it is not installed."""
    try:
        import av
    except ImportError as error:
        raise UsageError("videos need PyAV: pip install 'inrcodec[video]'") from error
    return av


def _video(path: Path, limits: Limits) -> Clip:
    """Open a video: its times are read at once, its frames when they are asked for."""
    av = _av()

    has_sound: list[bool] = []

    def frames() -> Iterator[Any]:
        try:
            with av.open(str(path)) as file:
                has_sound.append(bool(file.streams.audio))
                stream = file.streams.video[0]
                limits.check_image(stream.width, stream.height, 3)
                yield from file.decode(stream)
        except (av.FFmpegError, IndexError) as error:
            raise SignalError(f"it is no video that can be read: {error}") from error

    starts, last = list[Fraction](), Fraction(0)
    for shown in frames():
        starts.append(Fraction(shown.time or 0).limit_denominator(10**6))
        last = Fraction((shown.duration or 0) * (shown.time_base or 0))
    if not starts:
        raise SignalError("it has no frame")
    if has_sound[0]:
        warnings.warn("the sound of a video is left out", stacklevel=4)
    apart = [b - a for a, b in pairwise(starts)]
    last = last or (apart[-1] if apart else Fraction(_DEFAULT_TIME, 10**6))
    times = [max(1, round(10**6 * t)) for t in [*apart, last]]
    reading: dict[str, Any] = {"place": -1, "frames": frames()}

    def frame(number: int) -> AbstractContextManager[Signal]:
        if number < reading["place"]:
            reading.update(place=-1, frames=frames())
        while reading["place"] < number:
            reading["last"] = next(reading["frames"])
            reading["place"] += 1
        return nullcontext(from_array(reading["last"].to_ndarray(format="rgb24")))

    return Clip(times, frame)


def write_clip(
    stream: BinaryIO, extension: str, frames: Iterator[Samples], times: Sequence[int]
) -> None:
    """Write frames (height, width, channels), each shown for so many microseconds, in the format
    of an extension.

    Raises `UsageError` where there is none of that name, or it needs PyAV, `SignalError` where it
    cannot hold frames of that size.
    """
    if extension in VIDEOS:
        _write_video(stream, extension, frames, times)
        return
    if extension not in ANIMATIONS:
        known = ", ".join(sorted(CLIP_EXTENSIONS))
        raise UsageError(f"a clip has no format {extension}; there are {known}")
    images = [
        Image.fromarray(samples.squeeze(-1) if samples.shape[2] == 1 else samples)
        for samples in frames
    ]
    shown = _in_milliseconds(times, _GIF_UNIT if extension == ".gif" else _UNIT)
    lossless = {"lossless": True} if extension == ".webp" else {}
    first, *others = images
    first.save(
        stream,
        ANIMATIONS[extension],
        save_all=True,
        append_images=others,
        duration=shown,
        loop=0,
        **lossless,
    )


def _in_milliseconds(times: Sequence[int], unit: int) -> list[int]:
    """Return times in milliseconds, of whole units: each ends where it should, to the nearest."""
    ends = [round(end / unit) for end in accumulate(times)]
    units = [max(1, b - a) for a, b in pairwise([0, *ends])]
    return [count * unit // 1000 for count in units]


def writing_cost(extension: str, frames: int, pixels: int) -> Cost:
    """Estimate what writing so many frames of so many pixels takes: those of an animation are all
    there at a time."""
    return Cost(0.0 if extension in VIDEOS else float(_HELD * frames * pixels))


def _write_video(
    stream: BinaryIO, extension: str, frames: Iterator[Samples], times: Sequence[int]
) -> None:
    av, formats = _av(), {".mkv": "matroska", ".m4v": "mp4"}
    container = formats.get(extension, extension[1:])
    codec, options = "libvpx-vp9", {"crf": "20"}
    if extension != ".webm":
        # Frames must come in their order: AVI tells no times, MP4 the last one's by the order.
        codec, options = "libx264", {"crf": _CRF, "bf": "0"}
    with av.open(stream, "w", format=container) as file:
        out, start = None, 0
        shown = dict[int, int]()

        def mux(packets: Iterable[Any]) -> None:
            for packet in packets:
                # Encoders tell the time of frames, and nothing of when the last one ends.
                packet.duration = shown.get(packet.pts, packet.duration)
                file.mux(packet)

        for samples, time in zip(frames, times, strict=True):
            is_gray = samples.shape[2] < 3
            colors = np.repeat(samples[..., :1], 3, axis=2) if is_gray else samples[..., :3]
            height, width = (n - n % 2 for n in colors.shape[:2])
            if not (height and width):
                raise SignalError("a video has at least 2×2 pixels")
            if out is None:
                out = file.add_stream(codec, rate=1_000_000 // max(1, time), options=options)
                out.width, out.height, out.pix_fmt = width, height, "yuv420p"
                out.time_base = out.codec_context.time_base = Fraction(1, 1_000_000)
            picture = np.ascontiguousarray(colors[:height, :width])
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = start, Fraction(1, 1_000_000)
            shown[start] = time
            start += time
            mux(out.encode(frame))
        if out is not None:
            mux(out.encode(None))
