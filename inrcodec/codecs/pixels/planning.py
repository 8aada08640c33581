"""Plans of encodes to coded samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import Plan
from inrcodec.codecs.pixels.costs import encoding_cost
from inrcodec.codecs.pixels.options import PixelsOptions
from inrcodec.codecs.pixels.spec import LEAST_SIDE, MOST_SIDE, PixelsSpec, step_of_error
from inrcodec.errors import UsageError
from inrcodec.native.scan import ScanLoss
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo

__all__ = ["PixelsPlan", "default_tile", "plan_pixels"]

# Of a tile, about; and what is cut in two, so that two threads share it.
_WIDTH, _PIXELS, _ONE_TILE = 1024, 1 << 18, 1 << 16


@dataclass(frozen=True, kw_only=True)
class PixelsPlan(Plan):
    """A plan of coded samples.

    Attributes
    ----------
    loss
        What the encoder may lose of a tile.
    """

    spec: PixelsSpec
    info: ImageInfo
    options: PixelsOptions
    loss: ScanLoss

    def described(self) -> dict[str, Any]:
        """Tell that nothing is fitted."""
        return {"steps": 0}


def default_tile(height: int, width: int) -> tuple[int, int]:
    """Return the height and the width of the tiles of an image: equal parts of it, as far as that
    goes.

    Larger tiles know more of what comes; smaller ones are shared out among threads, and read on
    their own.
    """
    across = math.ceil(width / math.ceil(width / _WIDTH))
    count = math.ceil(height / max(1, _PIXELS // across))
    if across == width and height * width > _ONE_TILE:
        count = max(2, count)
    sides = math.ceil(height / count), across
    down, across = (min(max(side, LEAST_SIDE), MOST_SIDE) for side in sides)
    return down, across


def plan_pixels(model: type[PixelsSpec], settings: Settings, info: SignalInfo) -> PixelsPlan:
    """Plan the encode of an image; see `Codec.plan`."""
    options = settings.options_of(PixelsOptions)
    if not isinstance(info, ImageInfo):
        raise UsageError(f"model {model.name} is for images")
    height, width = default_tile(info.height, info.width)
    step = step_of_error(options.max_error)
    chosen = {"tile_height": height, "tile_width": width, "step": step, **settings.fields}
    spec = model().with_options(chosen)
    if options.claims and spec.step != step:
        raise UsageError(f"step {spec.step} does not go with an error of {options.max_error}")
    if spec.step > info.peak:
        raise UsageError(f"an error of {spec.max_error} levels; {info.peak // 2} are the most")
    return PixelsPlan(
        spec=spec,
        info=info,
        settings=settings,
        cost=encoding_cost(spec.tiling(domain_of(info)), info.channels, info.dtype.itemsize),
        options=options,
        loss=ScanLoss(spec.max_error),
    )
