"""Audio signals that tests share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

import inrcodec
from inrcodec.codecs.registry import codec_of, read_header
from inrcodec.container.sections import Container
from inrcodec.container.tiles import TileIndex
from inrcodec.schema import Reader

Floats = npt.NDArray[np.float32]
RATE = 16000
QUICK = {"model": "enrp", "tile": 1000, "width": 8, "depth": 1, "steps": 100}


def tone(seconds: float = 0.5, channels: int = 1, hertz: float = 440.0) -> Floats:
    """A sine, each further channel half as loud."""
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave / 2**c for c in range(channels)], -1).astype(np.float32)


def loudest(samples: Floats, rate: int) -> float:
    """The frequency, in Hz, of the highest peak of a spectrum, between its lines."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)), 8 * len(samples)))
    return float(np.argmax(spectrum)) * rate / (8 * len(samples))


@pytest.fixture(scope="module")
def encoded() -> inrcodec.Encoded:
    """Half a second in three chunks of several tiles."""
    return inrcodec.encode(tone(), rate=RATE, chunk=0.17, **QUICK)


def _index(container: Container, item: int):  # type: ignore[no-untyped-def]
    header, payload = read_header(container, 1), container.read(b"TIDX", item)
    before = codec_of(header.spec).before_index(payload, header, item - 1)
    return TileIndex.read(Reader(payload[len(before) :]), header.stream_count(item - 1))
