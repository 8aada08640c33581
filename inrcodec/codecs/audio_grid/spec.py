"""`grid` of audio: coefficients of a lapped transform, coded by context networks."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.audio_grid.costs import decoding_cost
from inrcodec.codecs.audio_grid.pretrained import CURRENT
from inrcodec.codecs.audio_grid.streams import MOST_MASKING, MOST_STEP, MOST_TILT, Layout
from inrcodec.codecs.base import Domain, ModelSpec, Scope
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import UINT, coded
from inrcodec.signal import AudioInfo
from inrcodec.signal.geometry import Raster, Tiling

__all__ = ["MOST_NOISE", "AudioGridSpec"]

MOST_NOISE = 16
_FRAMES, _SPANS = (8, 15), (0, 10)


@dataclass(frozen=True)
class AudioGridSpec(ModelSpec):
    """The header fields of a latent grid of audio.

    Attributes
    ----------
    pretrained
        Number of the pretrained model.
    frame
        Frames of the transform have 2^frame samples.
    span
        A stream has 2^span frames, the last what is left.
    step
        The quantization step is 2^(step/8 - 32), or grows from there with levels.
    masking
        Sixteenths: how far steps follow what levels mask; 0: there are no levels.
    tilt
        Sixteenths: how many eighths of an octave steps grow by for half a band of the ear.
    noise
        Sixteenths of what latents lack beside levels that noise makes up for.
    """

    number = 9
    name = "grid"
    summary = "lapped coefficients coded by context networks; smallest files"

    pretrained: int = coded(UINT, default=CURRENT)
    frame: int = coded(UINT, default=12)
    span: int = coded(UINT, default=6)
    step: int = coded(UINT, default=200)
    masking: int = coded(UINT, default=0)
    tilt: int = coded(UINT, default=0)
    noise: int = coded(UINT, default=0)

    def __post_init__(self) -> None:
        ranges = {
            "frame": _FRAMES,
            "span": _SPANS,
            "step": (0, MOST_STEP),
            "masking": (0, MOST_MASKING),
            "tilt": (0, MOST_TILT if self.masking else 0),
            "noise": (0, MOST_NOISE if self.masking else 0),
        }
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(f"{name} {value}; it must be {least} to {most}")

    @property
    def stream(self) -> int:
        """Samples of a stream that is whole."""
        return 1 << (self.frame + self.span)

    def tiling(self, domain: Domain) -> Tiling:
        """The streams of a signal."""
        return Tiling(domain.shape, (self.stream,))

    def layout(self, info: AudioInfo, number: int) -> Layout:
        """Return what is known of a stream before it is read."""
        frames = -(-info.frames >> self.frame)
        own = min(1 << self.span, frames - (number << self.span))
        steps = (self.step, self.masking, self.tilt)
        return Layout(1 << self.frame, own, info.channels, info.rate, *steps)

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count latents."""
        return {Scope.TILE: domain.shape[0] * domain.channels}

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """Implement `ModelSpec`."""
        stream = min(self.stream, -(-domain.shape[0] >> self.frame) << self.frame)
        return decoding_cost(stream, domain.channels, raster, output)

    def mismatch(self, domain: Domain) -> str | None:
        """Tell what does not suit: it is of audio in one piece."""
        if len(domain.shape) != 1:
            return "a grid of audio is for audio"
        if domain.overlap or domain.chunks > 1:
            return "a grid of audio is one chunk, without an overlap"
        return None
