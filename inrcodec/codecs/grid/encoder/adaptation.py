"""The networks that serve some images best: one that has its own, or those of an album."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from inrcodec.codecs.grid.deltas import Tuning
from inrcodec.codecs.grid.encoder.context_adaptation import fit_contexts
from inrcodec.codecs.grid.encoder.filter_adaptation import Source, fit_filters
from inrcodec.codecs.grid.pretrained import Prior

__all__ = ["Sample", "fit_tuning"]


@dataclass(frozen=True)
class Sample:
    """An image's latents, as filters see them, and in blocks (by level, channel and band), as
    context networks do."""

    source: Source
    blocks: list[list[list[list[npt.NDArray[Any]]]]]


def fit_tuning(
    samples: Sequence[Sample],
    prior: Prior,
    weight: float,
    levels: int | None = None,
    channels: int | None = None,
) -> Tuning:
    """The best differences from a prior for some images, where a bit is worth `weight` squared
    steps; for so many levels and channels, or those of the first."""
    first = samples[0].source
    levels = len(first.latents[1]) if levels is None else levels
    channels = len(first.target) if channels is None else channels
    shape, _ = prior.tuning_shapes(levels, channels)
    filters = fit_filters([p.source for p in samples], prior.filters, shape, weight)
    blocks = ((p.source.step, block) for p in samples for block in p.blocks)
    return Tuning(filters, fit_contexts(prior, blocks, channels))
