"""An image coded at one step, and what may be given of its coding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.blocks import Latents
from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.pretrained import PretrainedModel
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.rate_control import BIT_WEIGHT

__all__ = ["Base", "Coded"]

Samples = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Base:
    """The givens of an image's coding: its networks, and streams of blocks that stay as they
    are, by their numbers; `chooses` whether it may still do without filters."""

    model: PretrainedModel
    streams: Mapping[int, bytes]
    chooses: bool = False


@dataclass(frozen=True)
class Coded:
    """An image coded at one quantization step.

    Attributes
    ----------
    latents, streams
        Whole latents, and each block's stream.
    samples
        What they decode to, (height, width, channels), from 0 to the image's peak.
    error
        The mean squared error after clamping.
    deltas
        The item's own, if it has any.
    """

    spec: GridSpec
    latents: Latents
    streams: list[bytes]
    samples: Samples
    error: float
    deltas: WeightDeltas | None = None

    @property
    def cost(self) -> float:
        """The mean squared error plus what the bits per pixel are worth."""
        coded = sum(map(len, self.streams))
        if self.deltas is not None:
            coded += len(self.deltas.to_bytes())
        height, width, _ = self.samples.shape
        bits = 8 * coded / (height * width)
        return float(self.error + BIT_WEIGHT * self.spec.step_size**2 * bits)
