"""Plans of encodes to coded samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import Plan
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.costs import encoding_cost
from inrcodec.codecs.pixels.options import PixelsOptions
from inrcodec.codecs.pixels.spec import LEAST_SIDE, MOST_SIDE, PixelsSpec
from inrcodec.errors import UsageError
from inrcodec.limits import Cost, Limits
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo

__all__ = ["PixelsPlan", "default_tile", "fitting_spec", "plan_pixels"]

# Of a tile, about, and of one that was drawn; and what is cut in two, so that two threads share it.
_WIDTH, _PIXELS, _ONE_TILE = 1024, 1 << 18, 1 << 16
_DRAWN_WIDTH, _DRAWN_PIXELS = 2048, 1 << 21


@dataclass(frozen=True, kw_only=True)
class PixelsPlan(Plan):
    """A plan of coded samples.

    Attributes
    ----------
    has_tiles
        Whether the size of tiles is given; else it follows from the image.
    """

    spec: PixelsSpec
    info: ImageInfo
    options: PixelsOptions
    has_tiles: bool

    def described(self) -> dict[str, Any]:
        """Tell that nothing is fitted."""
        return {"steps": 0}


def default_tile(height: int, width: int, drawn: bool = False) -> tuple[int, int]:
    """Return the height and the width of the tiles of an image: equal parts of it, as far as that
    goes.

    Larger tiles know more of what comes; smaller ones are shared out among threads, and read on
    their own. What was drawn repeats itself from afar, and is read quickly: its tiles are larger.
    """
    most_across, most = (_DRAWN_WIDTH, _DRAWN_PIXELS) if drawn else (_WIDTH, _PIXELS)
    across = math.ceil(width / math.ceil(width / most_across))
    count = math.ceil(height / max(1, most // across))
    if across == width and height * width > _ONE_TILE and not drawn:
        count = max(2, count)
    sides = math.ceil(height / count), across
    down, across = (min(max(side, LEAST_SIDE), MOST_SIDE) for side in sides)
    return down, across


def fitting_spec(
    info: ImageInfo, content: Content, limits: Limits, given: PixelsSpec | None = None
) -> PixelsSpec:
    """Return a spec with the tiles that suit an image, and the squares that it is made of; all else
    is as given. What was drawn has large tiles where their memory is within limits."""
    spec = _with_tiles(info, content, content.is_drawn, given or PixelsSpec())
    if content.is_drawn and not limits.allows(_cost(spec, info)):
        return _with_tiles(info, content, False, spec)
    return spec


def _with_tiles(info: ImageInfo, content: Content, drawn: bool, spec: PixelsSpec) -> PixelsSpec:
    side = content.magnification
    down, across = (math.ceil(length / side) for length in info.shape)
    height, width = (
        side * min(max(count, math.ceil(LEAST_SIDE / side)), MOST_SIDE // side)
        for count in default_tile(down, across, drawn)
    )
    return replace(spec, tile_height=height, tile_width=width, magnification=side)


def _cost(spec: PixelsSpec, info: ImageInfo) -> Cost:
    return encoding_cost(spec.tiling(domain_of(info)), info.channels, info.dtype.itemsize)


def plan_pixels(model: type[PixelsSpec], settings: Settings, info: SignalInfo) -> PixelsPlan:
    """Plan the encode of an image; see `Codec.plan`."""
    options = settings.options_of(PixelsOptions)
    if not isinstance(info, ImageInfo):
        raise UsageError(f"model {model.name} is for images")
    height, width = default_tile(info.height, info.width)
    error = options.max_error
    chosen = {"tile_height": height, "tile_width": width, **settings.fields}
    if given := {"step", "max_error"} & set(chosen):
        raise UsageError(f"{given.pop()} follows from what may be lost: give near_lossless")
    if given := {"magnification", "levels"} & set(chosen):
        raise UsageError(f"{given.pop()} follows from the image")
    if error > info.peak // 2:
        raise UsageError(f"an error of {error} levels; {info.peak // 2} are the most")
    spec = model().with_options(chosen)
    spec = replace(spec, step=2 * error + 1, max_error=error)
    return PixelsPlan(
        spec=spec,
        info=info,
        settings=settings,
        cost=_cost(spec, info),
        options=options,
        has_tiles=bool({"tile_height", "tile_width"} & set(settings.fields)),
    )
