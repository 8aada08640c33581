"""A decoder of the `.inr` format, version 1, written to be read beside `inr-v1.md`.

It follows the specification section by section and prefers plain code to fast code; it needs
Python 3.11 and numpy. Anything that the specification does not allow ends in `Refused`.
`reference_container.py` has what all files share, `reference_signals.py` what images and
audio signals are, `reference_headers.py`, `reference_weights.py` and `reference_networks.py` the
coordinate networks, `reference_grid.py` the latent grid of images, `reference_audio.py` that of
audio, `reference_pixels.py` coded samples, `reference_mixed.py` a grid and samples,
`reference_tolerance.py` how far decoders may be apart.

    python reference_decoder.py photo.inr photo.ppm [WIDTHxHEIGHT]
    python reference_decoder.py song.inr song.wav [SAMPLES]

An audio signal is evaluated at the output's samples alone: no filter goes before a lower rate.
"""

import argparse
import math
import re
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# For who loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))

import reference_audio
import reference_grid
import reference_mixed
import reference_networks
import reference_pixels
import reference_tolerance
from reference_container import LIMIT, File, Reader, Refused, read_crop, require, unpack
from reference_headers import read_headers
from reference_signals import Audio, Axis, Image, Signal, read_signal

METADATA = ("iccp", "exif", "xmpm", "iptc", "reso", "tags", "cicp", "mdcv", "clli")

GRID, AUDIO_GRID, PIXELS, MIXED = 8, 9, 10, 11  # the architectures that are no networks

Size = tuple[int, int] | int | None  # of an output: of an image (width, height)


# Section 2: the file


def opened(data: bytes, place: int) -> tuple[File, Signal]:
    file = File(data)
    file.choose(place)
    return file, read_signal(file)


def visible(file: File, signal: Signal) -> tuple[Signal, list[int]]:
    """Section 3.5: what is visible as a signal of its own, and where it starts."""
    crop = read_crop(file, signal.shape)
    if crop is None:
        return signal, [0] * len(signal.shape)
    spans, _ = crop
    starts, lengths = [span.start for span in spans], [len(span) for span in spans]
    if isinstance(signal, Image):
        return signal._replace(height=lengths[0], width=lengths[1]), starts
    return signal._replace(frames=lengths[0]), starts


def metadata(data: bytes, place: int = 1) -> dict[str, bytes]:
    """Unpack the sections that describe a signal: `iccp`, `exif` and so on."""
    file, _ = opened(data, place)
    present = [tag for tag in METADATA if (tag, file.item) in file.sections]
    return {tag: unpack(file.payload(tag), 2**24, tag) for tag in present}


def decode(
    data: bytes,
    size: Size = None,
    region: tuple[int, int, int, int] | None = None,
    place: int = 1,
    time: tuple[int, int] | None = None,
    precision: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Render an image, or a region (x, y, width, height) of it, in a size (width, height); or a
    audio signal, or the frames from the first of `time` up to the second, as `size` samples. Of an
    album, what is at that place. Networks are computed in `precision`, float32 or float64.

    The result has the shape (height, width, channels) and is of `uint8` or `uint16`; or it has the
    shape (frames, channels) and is of `float32`.
    """
    file, signal = opened(data, place)
    shown, starts = visible(file, signal)
    if isinstance(shown, Image):
        axes = image_axes(shown, size, region)
        require(time is None, "an image has no time")
    else:
        axes = [audio_axis(shown, size, time)]
        require(region is None, "an audio signal has no region")
    axes = [(a + start, *rest) for (a, *rest), start in zip(axes, starts, strict=True)]
    network = Reader(file.payload("NETW"), "NETW")
    architecture = network.uint("the architecture", 1, MIXED)
    if architecture == GRID and isinstance(signal, Image):
        return reference_grid.decode(file, signal, network).render(*axes)
    if architecture == AUDIO_GRID and isinstance(signal, Audio):
        return reference_audio.decode(file, signal, network).render(*axes)
    if architecture == PIXELS and isinstance(signal, Image):
        return reference_pixels.decode(file, signal, network).render(*axes)
    if architecture == MIXED and isinstance(signal, Image):
        return reference_mixed.decode(file, signal, network).render(*axes)
    require(architecture < GRID, "the architecture is of another kind of signal")
    return reference_networks.render(file, signal, network, architecture, axes, precision)


def tolerance(data: bytes, place: int = 1) -> float:
    """Section 6.5: how far the samples of two decoders may be apart; infinite where nothing is
    promised."""
    file, signal = opened(data, place)
    network = Reader(file.payload("NETW"), "NETW")
    architecture = network.uint("the architecture", 1, MIXED)
    if architecture in (GRID, MIXED) and isinstance(signal, Image):
        return signal.peak / 255
    if architecture == AUDIO_GRID and isinstance(signal, Audio):
        peak = reference_audio.decode(file, signal, network).peak()
        return signal.apart(2.0**-20 * max(1.0, peak))
    if architecture == PIXELS and isinstance(signal, Image):
        # At the image's own size they are the same.
        return 1
    require(architecture < GRID, "the architecture is of another kind of signal")
    values = reference_tolerance.tolerance(file, signal, network, architecture)
    return signal.apart(values) if values < 1 else math.inf


def decided(data: bytes, place: int = 1) -> npt.NDArray[np.bool_]:
    """The samples, at the signal's own size, for which `tolerance` holds."""
    file, signal = opened(data, place)
    network = Reader(file.payload("NETW"), "NETW")
    architecture = network.uint("the architecture", 1, MIXED)
    if architecture >= GRID:
        return np.ones(visible(file, signal)[0].shape, bool)
    headers = read_headers(signal, network, architecture)
    shown, starts = visible(file, signal)
    seen = tuple(slice(a, a + n) for a, n in zip(starts, shown.shape, strict=True))
    return ~reference_tolerance.undecided(file, signal, headers)[seen]


def image_axes(signal: Image, size: Size, region: tuple[int, int, int, int] | None) -> list[Axis]:
    require(not isinstance(size, int), "the size is not one of an image")
    left, top, across, down = region or (0, 0, signal.width, signal.height)
    inside = 0 <= left < left + across <= signal.width and 0 <= top < top + down <= signal.height
    require(inside, "the region is not inside the image")
    width, height = size if isinstance(size, tuple) else (across, down)
    require(width > 0 and height > 0, "the size is not positive")
    require(width * height <= LIMIT, f"{width} × {height} pixels are over this decoder's limit")
    return [(top, down, height), (left, across, width)]


def audio_axis(signal: Audio, size: Size, time: tuple[int, int] | None) -> Axis:
    require(not isinstance(size, tuple), "the size is not one of an audio signal")
    start, stop = time or (0, signal.frames)
    require(0 <= start < stop <= signal.frames, "the time is not inside the audio signal")
    samples = size if isinstance(size, int) else stop - start
    require(samples > 0, "the size is not positive")
    over = f"{samples} samples of {signal.channels} channels are over this decoder's limit"
    require(samples * signal.channels <= LIMIT, over)
    return start, stop - start, samples


def save(samples: npt.NDArray[Any], signal: Signal, path: Path) -> None:
    if path.suffix == ".npy":
        np.save(path, samples)
    elif path.suffix == ".wav" and isinstance(signal, Audio):
        with wave.open(str(path), "wb") as file:
            file.setnchannels(signal.channels)
            file.setsampwidth(2)
            file.setframerate(max(1, round(signal.rate * len(samples) / signal.frames)))
            levels = np.rint(samples * 2**15).clip(-(2**15), 2**15 - 1)
            file.writeframes(levels.astype("<i2").tobytes())
    else:
        save_image(samples, path)


def save_image(pixels: npt.NDArray[Any], path: Path) -> None:
    kind = {(".pgm", 1): "P5", (".ppm", 3): "P6"}.get((path.suffix, pixels.shape[-1]))
    fits = kind is not None and pixels.ndim == 3
    require(fits, f"{pixels.shape[-1]} channels cannot be written as {path.suffix or path}")
    header = f"{kind} {pixels.shape[1]} {pixels.shape[0]} {np.iinfo(pixels.dtype).max}\n"
    big_endian = pixels.astype(pixels.dtype.newbyteorder(">"))
    path.write_bytes(header.encode() + big_endian.tobytes())


def read_size(text: str) -> Size:
    require(re.fullmatch("[0-9]{1,8}(x[0-9]{1,8})?", text) is not None, f"{text} is no size")
    width, _, height = text.partition("x")
    return (int(width), int(height)) if height else int(width)


def main() -> int:
    parser = argparse.ArgumentParser(description="Decode an .inr file of version 1.")
    parser.add_argument("source", type=Path, help="the .inr file")
    kinds = "what to write: .pgm (gray), .ppm (RGB), .wav (of 16 bits) or .npy"
    parser.add_argument("target", type=Path, help=kinds)
    parser.add_argument("size", nargs="?", help="WIDTHxHEIGHT or SAMPLES of the output")
    parser.add_argument("--place", type=int, default=1, help="of an album: which signal, from 1")
    arguments = parser.parse_args()
    try:
        size = read_size(arguments.size) if arguments.size else None
        data = arguments.source.read_bytes()
        signal, _ = visible(*opened(data, arguments.place))
        samples = decode(data, size, place=arguments.place)
        save(samples, signal, arguments.target)
    except Refused as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
