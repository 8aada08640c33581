"""The adaptation of networks to some images: one that has its own deltas, or those of an album."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.encoder.context_adaptation import fit_context_deltas
from inrcodec.codecs.grid.encoder.filter_adaptation import Target, fit_filter_deltas
from inrcodec.codecs.grid.pretrained import PretrainedModel
from inrcodec.codecs.grid.subbands import Subbands

__all__ = ["Sample", "fit_deltas"]


@dataclass(frozen=True)
class Sample:
    """An image as filters are to serve it, and its latents in blocks, as context networks are."""

    target: Target
    blocks: list[Subbands[npt.NDArray[np.float32]]]


def fit_deltas(
    samples: Sequence[Sample],
    model: PretrainedModel,
    weight: float,
    levels: int | None = None,
    channels: int | None = None,
) -> WeightDeltas:
    """Fit weight deltas to some images, where a bit is worth `weight` squared steps; for so many
    levels and channels, or those of the first."""
    first = samples[0].target
    levels = len(first.latents.levels) if levels is None else levels
    channels = len(first.channels) if channels is None else channels
    shape, _ = model.delta_shapes(levels, channels)
    filters = fit_filter_deltas([p.target for p in samples], model.filters, shape, weight)
    blocks = (((p.target.step, p.target.offsets), block) for p in samples for block in p.blocks)
    return WeightDeltas(filters, fit_context_deltas(model, blocks, channels))
