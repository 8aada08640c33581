"""Options of the latent grid."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import UsageError
from inrcodec.settings import Options, check_above_zero, check_whole

__all__ = ["DEFAULT_QUALITY", "ITERATIONS", "GridOptions"]

DEFAULT_QUALITY = 60.0
# Of each effort.
ITERATIONS = (0, 6, 10, 15, 21, 32, 48, 75, 125)
# What an encode aims at, of which there can be one.
_AIMS = ("quality", "lmbda", "target_psnr", "target_bpp", "target_size")


@dataclass(frozen=True)
class GridOptions(Options):
    """Options that only the latent grid has.

    Attributes
    ----------
    quality
        1 to 100, about as AVIF's; 60 by default.
    lmbda
        Instead of a quality: the mean squared error (samples from 0 to 1) that a bit per pixel is
        worth; above 0.
    target_psnr, target_bpp, target_size
        Instead of a quality: reach this PSNR (dB), or these bits per pixel or bytes of the whole
        file; `TargetError` where that cannot be.
    alpha_quality
        0 to 100; below 100, alpha has fewer levels.
    time
        Instead of an effort: refine for this many seconds, counted from the start of the encode;
        above 0.

    Raises `UsageError` where a value is out of range or two of them say what to aim at.
    """

    quality: float | None = None
    lmbda: float | None = None
    target_psnr: float | None = None
    target_bpp: float | None = None
    target_size: int | None = None
    alpha_quality: int | None = None
    time: float | None = None

    def __post_init__(self) -> None:
        given = [name for name in _AIMS if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"give {given[0]} or {given[1]}, not both")
        check_whole(self, "target_size", "alpha_quality")
        check_above_zero(self, *given, "time")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError(f"quality {self.quality}; it must be 1 to 100")
        if self.alpha_quality is not None and not 0 <= self.alpha_quality <= 100:
            raise UsageError(f"alpha quality {self.alpha_quality}; it must be 0 to 100")
