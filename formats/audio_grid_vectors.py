"""Vectors of the latent grid of audio, for `make_vectors.py`. What they have is made by formula."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

import inrcodec
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.headers import model_section
from inrcodec.container.items import read_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.schema import Reader, pack, uint_bytes
from inrcodec.signal import AudioInfo, SampleType, Signal

Samples = npt.NDArray[np.float32]

# Short frames, and streams of two of them.
SHORT = {"frame": "8", "span": "1"}


def music(frames: int, channels: int = 1, rate: int = 8000) -> Samples:
    """Tones that swell, other ones in each channel, and clicks."""
    time = np.arange(frames)[:, None] / rate
    pitch = 200 * (1 + np.arange(channels))
    tones = np.sin(2 * np.pi * pitch * time) * np.sin(np.pi * np.arange(frames) / frames)[:, None]
    tones += 0.3 * np.sin(2 * np.pi * (pitch + 331) * time)
    apart = max(1, frames // 3)
    tones[apart::apart] += 1.5
    found: Samples = (0.3 * tones).astype(np.float32)
    return found


def noise(frames: int) -> Samples:
    """Noise that is louder than any sample can be."""
    generator = np.random.default_rng(1)
    return np.clip(generator.normal(0, 2, (frames, 1)), -1, 1).astype(np.float32)


def with_silence(frames: int) -> Samples:
    """Streams of which one in the middle is silent."""
    samples = music(frames, 2)
    samples[frames // 4 : 3 * frames // 4] = 0
    return samples


def made(
    samples: Samples, rate: int = 8000, kind: SampleType = SampleType.INT16, **options: Any
) -> bytes:
    """Return the file of samples (frames, channels)."""
    info = AudioInfo(*samples.shape, rate, kind)
    return inrcodec.encode(Signal(info.samples(samples), info), **options).data


def valid() -> dict[str, tuple[bytes, str]]:
    return {
        "audio-grid-mono": (made(music(6000)), "a grid of one channel, for hearing"),
        "audio-grid-stereo": (made(music(6000, 2)), "a pair of channels that is rotated"),
        "audio-grid-snr": (made(music(6000, 2), tune="snr"), "one step for all, and extents"),
        "audio-grid-5.1": (made(music(3000, 6), quality=30), "three pairs of channels"),
        "audio-grid-3": (made(music(3000, 3), tune="snr"), "a channel without a second one"),
        "audio-grid-96-khz": (made(music(9000, 1, 96000), 96000), "frames of 2^12 samples"),
        "audio-grid-one-sample": (made(music(1)), "less than a frame"),
        "audio-grid-silence": (made(np.zeros((5000, 2), np.float32)), "no stream at all"),
        "audio-grid-pause": (
            made(with_silence(8000), fields=SHORT),
            "streams of two short frames, some of them of 0 bytes",
        ),
        "audio-grid-loud-noise": (made(noise(3000), quality=20), "noise that is clipped"),
        "audio-grid-blocks": (
            made(clicks(16384), fields={"frame": "11"}, tune="snr", quality=70),
            "blocks of all lengths",
        ),
        "audio-grid-float": (
            made(np.float32(1e3) * music(3000), kind=SampleType.FLOAT32),
            "samples far beyond 1",
        ),
    }


def loud_to_faint(frames: int) -> Samples:
    """A loud tone that stops for noise that is a hundred thousandth of it."""
    samples = 4 * music(frames, 1, 11025)
    generator = np.random.default_rng(2)
    samples[frames // 2 :] = 1e-5 * generator.normal(size=(frames - frames // 2, 1))
    return samples


def clicks(frames: int) -> Samples:
    """Clicks, ever closer, over a soft tone."""
    samples = 0.02 * music(frames)
    place, apart = 100, 4000
    while place < frames and apart > 20:
        samples[place] += 0.8
        place, apart = place + apart, round(apart * 0.8)
    return samples


def unusual() -> dict[str, tuple[bytes, str]]:
    data = made(music(6000, 2))
    whole = Container(data)
    info = read_info(whole, 1)
    assert isinstance(info, AudioInfo)
    chunk = Section(b"SIGN", 1, uint_bytes(AudioInfo.number) + pack(replace(info, chunk=1 << 20)))
    return {
        "audio-grid-longer-chunk": (
            build([chunk, *_sections(whole)[1:]]),
            "a chunk that is longer than the signal",
        ),
        "audio-grid-loud-to-faint": (
            made(loud_to_faint(3000), 11025, kind=SampleType.FLOAT32, quality=100),
            "steps that are 13 octaves apart from one block to the next, at 11,025 Hz",
        ),
        "audio-grid-all-noise": (
            made(music(3000), fields={"noise": "16", "step": "300"}),
            "bands of nothing but noise",
        ),
    }


def _sections(container: Container) -> list[Section]:
    tags = (b"SIGN", b"NETW", b"TIDX", b"TILE")
    return [Section(tag, 1, container.read(tag, 1)) for tag in tags]


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Name to (bytes, error of the package, what is wrong)."""
    whole = Container(made(music(3000, 2), fields=SHORT))
    sign, network, index, tiles = _sections(whole)
    info = read_info(whole, 1)
    assert isinstance(info, AudioInfo)

    def signed(**fields: int) -> bytes:
        changed = replace(info, **fields)
        section = Section(b"SIGN", 1, uint_bytes(AudioInfo.number) + pack(changed))
        return build([section, network, index, tiles])

    def headed(*fields: int) -> bytes:
        payload = b"".join(map(uint_bytes, (AudioGridSpec.number, *fields, 1)))
        return build([sign, Section(b"NETW", 1, payload), index, tiles])

    def streamed(change: Any) -> bytes:
        read = TileIndex.read(Reader(index.payload), 6)
        offsets = read.offsets.tolist()
        parts = [tiles.payload[a:b] for a, b in pairwise(offsets)]
        parts[1] = change(parts[1])
        fresh = Section(b"TIDX", 1, TileIndex.of(parts).to_bytes())
        return build([sign, network, fresh, Section(b"TILE", 1, b"".join(parts))])

    data = bytearray(build([sign, network, index, tiles]))
    data[-3] ^= 1
    image = model_section(AudioGridSpec())
    return {
        "audio-grid-flip": (bytes(data), "ChecksumError", "the last stream damaged"),
        "audio-grid-chunks": (signed(chunk=1024), "MalformedError", "several chunks"),
        "audio-grid-overlap": (signed(overlap=8), "MalformedError", "an overlap"),
        "audio-grid-model-2": (
            headed(2, 8, 1, 200, 11, 9, 8),
            "UnknownNumberError",
            "another pretrained model",
        ),
        "audio-grid-step": (headed(1, 8, 1, 512, 11, 9, 8), "MalformedError", "a step of 512"),
        "audio-grid-tilt": (headed(1, 8, 1, 200, 0, 9, 0), "MalformedError", "a tilt, no masking"),
        "audio-grid-frame": (headed(1, 16, 1, 200, 11, 9, 8), "MalformedError", "frames of 2^16"),
        "audio-grid-no-tiles": (
            build([sign, network, index]),
            "MissingSectionError",
            "an index without streams",
        ),
        "audio-grid-padded": (
            streamed(lambda stream: b"\0" + stream),
            "MalformedError",
            "a stream with a zero byte to spare",
        ),
        "audio-grid-longer": (
            streamed(lambda stream: b"\1" * 9 + stream),
            "MalformedError",
            "a stream that is not used up, or has a level out of range",
        ),
        "audio-grid-image": (
            build([Section(b"SIGN", 1, bytes([1, 20, 30, 3, 8])), image, index, tiles]),
            "MalformedError",
            "a grid of audio under an image",
        ),
    }
