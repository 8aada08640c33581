"""Plans of encodes to a grid, to samples, or to both: as the image has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from inrcodec.codecs.codec import Plan
from inrcodec.codecs.grid.planning import GridPlan, plan_grid
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo

__all__ = ["MixedPlan", "plan_mixed"]


@dataclass(frozen=True, kw_only=True)
class MixedPlan(Plan):
    """A plan of an image whose samples are to decide what it is encoded to.

    Attributes
    ----------
    grid
        What it is encoded to where it is a photograph; the spec and the cost are of that, too.
    """

    spec: GridSpec
    info: ImageInfo
    grid: GridPlan

    @property
    def of_grid(self) -> GridPlan:
        """The plan of the grid of this image, which may not be that which it was planned for."""
        return replace(self.grid, info=self.info)

    @property
    def chooses(self) -> bool:
        """Tell whether it is open what it is encoded to: fields are a grid's."""
        return not self.settings.fields

    def described(self) -> dict[str, Any]:
        """As of a grid."""
        return self.grid.described()


def plan_mixed(settings: Settings, info: SignalInfo) -> MixedPlan:
    """Plan the encode of an image; see `Codec.plan`."""
    grid = plan_grid(GridSpec, settings, info)
    return MixedPlan(spec=grid.spec, info=grid.info, settings=settings, cost=grid.cost, grid=grid)
