"""Audio: length, rate, sample type, and how it is rendered and measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np

from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import MAX_FRAMES
from inrcodec.progress import Report, Told
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Raster, Region, Tiling, joined_ranges
from inrcodec.signal.info import Floats, Read, Samples, SignalInfo
from inrcodec.signal.metrics import Comparison, log_spectral_distance
from inrcodec.signal.renderer import Renderer
from inrcodec.signal.resampling import FRAMES_AT_ONCE, dependencies, rendered, resampled
from inrcodec.signal.views import View, rounded_size

__all__ = [
    "LONGEST_CHUNK",
    "MAX_CHANNELS",
    "SHORTEST_CHUNK",
    "AudioInfo",
    "SampleType",
]

MAX_CHANNELS = 8
MAX_RATE = 1 << 24
MAX_OVERLAP = 1 << 16
# What is fitted at a time: 24 seconds at 44.1 kHz.
LONGEST_CHUNK = 1 << 20
# Bytes that are known of a frame while it is rendered.
_OF_FRAME = 64
# So that no header claims more chunks than can be gone through.
SHORTEST_CHUNK = 1 << 10
_OVERLAP = 32
# Of damaged ranges, in words.
_MOST_SHOWN = 5


class SampleType(IntEnum):
    """A way in which audio files store samples."""

    UINT8 = 1
    INT16 = 2
    INT24 = 3
    INT32 = 4
    FLOAT32 = 5
    FLOAT64 = 6
    INT8 = 7

    @property
    def bits(self) -> int:
        """Bits of a sample."""
        return {1: 8, 2: 16, 3: 24, 4: 32, 5: 32, 6: 64, 7: 8}[self]

    @property
    def is_float(self) -> bool:
        """Tell whether samples may be beyond -1 and 1."""
        return self in (SampleType.FLOAT32, SampleType.FLOAT64)


@dataclass(frozen=True)
class AudioInfo(SignalInfo):
    """Audio's length, rate, channels and sample type, and how it is cut into chunks. Samples
    are float32 of shape (frames, channels), from -1 to 1 or, of float files, beyond.

    Attributes
    ----------
    frames
        Samples of each channel.
    rate
        Frames a second.
    chunk, overlap
        Frames of a chunk, and by how many chunks, and tiles within them, reach into each other.

    Raises `UsageError` where a field is out of range.
    """

    number = 2
    kind = "audio"
    plural = "audio files"
    value_range = (-1.0, 1.0)
    has_silence = True
    compared_fields = ("rate", "channels", "frames")

    frames: int = coded(UINT)
    channel_count: int = coded(UINT)
    rate: int = coded(UINT)
    sample_type: SampleType = coded(UINT)
    chunk: int = coded(UINT, default=LONGEST_CHUNK)
    overlap: int = coded(UINT, default=_OVERLAP)

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES:
            raise UsageError(f"an audio signal of {self.frames} samples")
        if not 1 <= self.channel_count <= MAX_CHANNELS:
            raise UsageError(f"{self.channel_count} channels; 1 to {MAX_CHANNELS} are possible")
        if not 1 <= self.rate <= MAX_RATE:
            raise UsageError(f"a rate of {self.rate} Hz; 1 to {MAX_RATE} are possible")
        if self.sample_type not in tuple(SampleType):
            raise UsageError(f"{self.sample_type} is not the number of a sample type")
        if not SHORTEST_CHUNK <= self.chunk <= MAX_FRAMES:
            raise UsageError(f"chunks of {self.chunk} samples")
        if not 0 <= self.overlap <= MAX_OVERLAP:
            raise UsageError(f"an overlap of {self.overlap}; 0 to {MAX_OVERLAP} are possible")
        object.__setattr__(self, "sample_type", SampleType(self.sample_type))

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis: (frames,)."""
        return (self.frames,)

    @property
    def channels(self) -> int:
        """Values per frame."""
        return self.channel_count

    @property
    def sample_bits(self) -> int:
        """Bits of the sample type."""
        return self.sample_type.bits

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of samples: float32."""
        return np.dtype(np.float32)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.frames / self.rate

    @property
    def peak(self) -> float:
        """Full scale: 1."""
        return 1.0

    @property
    def chunks(self) -> Tiling:
        """Implement `SignalInfo`."""
        return Tiling(self.shape, (self.chunk,), self.overlap)

    def values(self, samples: Samples) -> Floats:
        """Return samples as they are."""
        return samples.astype(np.float32, copy=False)

    def samples(self, values: Floats) -> Samples:
        """Rounded to what the sample type has between -1 and 1; of floats, as they are."""
        heard = np.nan_to_num(values, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        if self.sample_type.is_float:
            return heard
        # Of 32 bits float32 holds the upper 24, and no integer type has 1.
        bits = min(self.sample_type.bits, 24)
        step = np.float32(2.0 ** (1 - bits))
        return np.rint(heard.clip(-1, 1 - step) / step) * step

    def split_into_chunks(self, seconds: float | None) -> AudioInfo:
        """Implement `SignalInfo`."""
        longest = LONGEST_CHUNK if seconds is None else round(seconds * self.rate)
        if not SHORTEST_CHUNK <= longest <= LONGEST_CHUNK:
            least, most = SHORTEST_CHUNK / self.rate, LONGEST_CHUNK / self.rate
            raise UsageError(f"chunks of {seconds:g} s; {least:.2g} to {most:.3g} s are possible")
        count = math.ceil(self.frames / longest)
        return replace(self, chunk=max(SHORTEST_CHUNK, math.ceil(self.frames / count)))

    def in_8_bits(self, blocks: Iterable[Samples]) -> tuple[AudioInfo, Iterator[Samples]]:
        """Implement `SignalInfo`."""
        raise UsageError("an audio signal is not written in 8 bits: --bits is of images")

    def raster(self, view: View) -> Raster:
        """Implement `SignalInfo`."""
        view.refuse("an audio signal", "scale", "size", "region")
        start, stop = view.frames(self.frames, self.rate)
        size = rounded_size((view.rate or self.rate) / self.rate, stop - start)
        if size > MAX_FRAMES:
            raise LimitError(f"{size} samples; {MAX_FRAMES} are the most")
        return Raster(Region((start,), (stop - start,)), (size,))

    def dependencies(self, raster: Raster) -> Raster:
        """Implement `SignalInfo`."""
        return dependencies(raster, self.frames)

    def blocks(
        self, renderer: Renderer, raster: Raster, report: Report | None = None
    ) -> Iterator[Samples]:
        """Implement `SignalInfo`."""
        told = Told("rendering", raster.lengths[0], report)
        if renderer.band_limited:
            parts = rendered(renderer.values, raster, range(raster.size[0]))
        else:
            parts = resampled(renderer.values, raster, self.frames, self.channels)
        for values in parts:
            yield self.samples(values)
            told.advance(len(values))

    def points(self, raster: Raster) -> int:
        """Implement `SignalInfo`."""
        return max(raster.lengths[0], raster.region.length[0])

    def held(self, raster: Raster) -> int:
        """Count those of a block, with what is known of each point."""
        return min(raster.lengths[0], FRAMES_AT_ONCE) * (_OF_FRAME + 12 * self.channels)

    def seen_through(self, view: View, lengths: tuple[int, ...]) -> AudioInfo:
        """Implement `SignalInfo`."""
        rate = view.rate or self.rate
        return AudioInfo(lengths[0], self.channels, rate, self.sample_type)

    def part(self, region: Region) -> AudioInfo:
        """Implement `SignalInfo`; it is one chunk."""
        return AudioInfo(
            region.length[0], self.channels, self.rate, self.sample_type, MAX_FRAMES, 0
        )

    def fields(self) -> dict[str, Any]:
        """Length, rate, sample type and chunks."""
        return {
            "frames": self.frames,
            "rate": self.rate,
            "seconds": self.seconds,
            "sample_type": self.sample_type.name.lower(),
            "chunks": self.chunks.count,
            "overlap": self.overlap,
        }

    def output_fields(self) -> dict[str, Any]:
        """Length, rate and channels."""
        return {"frames": self.frames, "rate": self.rate, "channels": self.channels}

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s at {self.rate} Hz"

    def position(self, sample: int) -> str:
        """Implement `SignalInfo`."""
        return f"{sample / self.rate:.2f} s"

    def details(self) -> str:
        """Implement `SignalInfo`."""
        several = f", {self.chunks.count} chunks" if self.chunks.count > 1 else ""
        return f"{self}, {self.channels} × {self.sample_type.name.lower()}{several}"

    @property
    def extent(self) -> tuple[str, float]:
        """Implement `SignalInfo`."""
        return "kbps", 1000 * self.seconds

    def quality(self, comparison: Comparison) -> dict[str, float]:
        """SNR, and PSNR with a peak of 1, in dB."""
        return {"snr_db": comparison.snr_db, "psnr_db": comparison.psnr_db(self.peak)}

    def compare(self, original: Read, other: Read) -> dict[str, float | None]:
        """SNR, PSNR with a peak of 1, and log-spectral distance, all in dB."""
        comparison, distances = Comparison(), []
        for start in range(0, self.frames, FRAMES_AT_ONCE):
            part = Region((start,), (min(FRAMES_AT_ONCE, self.frames - start),))
            samples = original(part), other(part)
            comparison.add(*samples)
            distances.append(log_spectral_distance(*samples))
        spectra = np.concatenate(distances)
        distance = float(spectra.mean()) if len(spectra) else None
        return {**self.quality(comparison), "log_spectral_distance_db": distance}

    def loss(self, regions: Sequence[Region], cause: Exception) -> str:
        """Implement `SignalInfo`."""
        ranges = joined_ranges(regions)
        shown = [f"{a / self.rate:.3f}-{b / self.rate:.3f} s" for a, b in ranges[:_MOST_SHOWN]]
        places = ", ".join(shown) + (", …" if len(ranges) > _MOST_SHOWN else "")
        return f"silent, as it is damaged: {places} ({cause})"
