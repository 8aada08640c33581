"""Plans of encodes to a latent grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import Plan
from inrcodec.codecs.grid.costs import encoding_cost
from inrcodec.codecs.grid.options import (
    DEFAULT_QUALITY,
    ITERATIONS,
    LEAST_SIDE,
    TUNES,
    GridOptions,
)
from inrcodec.codecs.grid.pretrained import load_pretrained
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.rate_control import MOST_TRIES
from inrcodec.errors import UsageError
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo

__all__ = ["GridPlan", "default_blocks", "plan_grid"]

# On a side; and all of an image of few blocks.
_ONE_BLOCK, _FEW_BLOCKS = 512, 1 << 20


@dataclass(frozen=True, kw_only=True)
class GridPlan(Plan):
    """A plan of a latent grid: how long latents are refined.

    Attributes
    ----------
    iterations
        None for as many as there are `seconds` for.
    seconds
        Of the whole encode.
    """

    spec: GridSpec
    info: ImageInfo
    options: GridOptions
    iterations: int | None
    seconds: float

    def described(self) -> dict[str, Any]:
        """Iterations as steps, and the quality."""
        quality = self.options.quality
        return {
            "steps": self.iterations,
            "quality": DEFAULT_QUALITY if quality is None else quality,
        }


def default_blocks(shape: Sequence[int]) -> dict[str, int]:
    """Return the fields that cut an image (height, width) into blocks.

    One of a few hundred pixels on a side is one block; blocks of a small one cost few bytes; those
    of a larger one are so small that regions can be read.
    """
    if max(shape) <= _ONE_BLOCK:
        return {"block": 9, "split": 0}
    if math.prod(shape) <= _FEW_BLOCKS:
        return {"block": 9, "split": 1}
    return {"block": 8, "split": 3}


def plan_grid(model: type[GridSpec], settings: Settings, info: SignalInfo) -> GridPlan:
    """Plan the encode of an image; see `Codec.plan`."""
    options = settings.options_of(GridOptions)
    spec = model().with_options(settings.fields)
    if not isinstance(info, ImageInfo):
        raise UsageError(f"model {model.name} is for images")
    if not {"block", "split"} & settings.fields.keys():
        spec = spec.with_options(default_blocks(info.shape))
    if "offsets" not in settings.fields:
        spec = spec.with_options({"offsets": TUNES[options.counts_by][: spec.levels]})
    if any(spec.adapted.values()):
        raise UsageError(f"flags {spec.flags} cannot be set; 0 (none) and 1 (filters) can")
    scored = options.target_ssimulacra2 is not None
    if scored and min(info.shape) < LEAST_SIDE:
        raise UsageError(f"SSIMULACRA2 is of images of {LEAST_SIDE}×{LEAST_SIDE} pixels or more")
    timed = options.time is not None
    iterations = None if timed else ITERATIONS[settings.effort - 1]
    compared = iterations if options.counts_by == "visual" else 0
    if scored and compared is not None:
        compared += MOST_TRIES
    pretrained = load_pretrained(spec.pretrained)
    return GridPlan(
        spec=spec,
        info=info,
        settings=settings,
        cost=encoding_cost(domain_of(info), pretrained, iterations, compared),
        options=options,
        iterations=iterations,
        seconds=math.inf if options.time is None else options.time,
    )
