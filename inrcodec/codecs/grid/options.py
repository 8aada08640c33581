"""Options of the latent grid."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import UsageError
from inrcodec.settings import TargetOptions, check_above_zero, check_whole

__all__ = ["DEFAULT_QUALITY", "ITERATIONS", "GridOptions"]

DEFAULT_QUALITY = 60.0
# Of each effort.
ITERATIONS = (0, 6, 10, 15, 21, 32, 48, 75, 125)


@dataclass(frozen=True)
class GridOptions(TargetOptions):
    """Options of the latent grid: targets, and those that only it has.

    Attributes
    ----------
    quality
        1 to 100, about as AVIF's; 60 by default.
    lmbda
        Instead of a quality: the mean squared error (samples from 0 to 1) that a bit per pixel is
        worth; above 0.
    alpha_quality
        0 to 100; below 100, alpha has fewer levels.
    time
        Instead of an effort: refine for this many seconds, counted from the start of the encode;
        above 0.

    Raises `UsageError` where a value is out of range or two of them say what to aim at.
    """

    quality: float | None = None
    lmbda: float | None = None
    alpha_quality: int | None = None
    time: float | None = None

    def __post_init__(self) -> None:
        self.check_aims("quality", "lmbda")
        check_whole(self, "alpha_quality")
        check_above_zero(self, "time")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError(f"quality {self.quality}; it must be 1 to 100")
        if self.alpha_quality is not None and not 0 <= self.alpha_quality <= 100:
            raise UsageError(f"alpha quality {self.alpha_quality}; it must be 0 to 100")
