"""Options of the latent grid."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import UsageError
from inrcodec.settings import Target, TargetOptions, check_above_zero, check_whole

__all__ = [
    "DEFAULT_QUALITY",
    "ITERATIONS",
    "LEAST_SIDE",
    "TUNES",
    "GridOptions",
]

DEFAULT_QUALITY = 60.0
# Of each tune the offsets of the finest levels, in 64ths of an octave of the step.
TUNES: dict[str, tuple[int, ...]] = {"psnr": (), "visual": (64, 20)}
_DEFAULT_TUNE = "psnr"
# The least side that SSIMULACRA2 is of.
LEAST_SIDE = 8
# Iterations of each effort.
ITERATIONS = (0, 6, 10, 15, 21, 32, 48, 75, 125)


@dataclass(frozen=True)
class GridOptions(TargetOptions):
    """Options of the latent grid: targets, quality 60 by default, and those that only it has.

    Attributes
    ----------
    target_ssimulacra2
        Reach this SSIMULACRA2, above 0 and below 100: 70 is high quality, 90 what no eye tells from
        the image.
    alpha_quality
        0 to 100; below 100, alpha has fewer levels.
    tune
        What an error counts by: `psnr`, the default, or `visual`: SSIMULACRA2, with larger steps of
        the two finest levels.
    time
        Instead of an effort: refine for this many seconds, counted from the start of the encode;
        above 0.

    Raises `UsageError` where a value is out of range or two of them say what to aim at.
    """

    target_ssimulacra2: float | None = None
    alpha_quality: int | None = None
    tune: str | None = None
    time: float | None = None

    def __post_init__(self) -> None:
        self.check_aims("target_ssimulacra2")
        check_whole(self, "alpha_quality")
        check_above_zero(self, "time")
        if self.tune is not None and self.tune not in TUNES:
            raise UsageError(f"tune {self.tune!r}; of images it must be {' or '.join(TUNES)}")
        if self.target_ssimulacra2 is not None and self.target_ssimulacra2 >= 100:
            raise UsageError(f"SSIMULACRA2 of {self.target_ssimulacra2:g}; it must be below 100")
        if self.alpha_quality is not None and not 0 <= self.alpha_quality <= 100:
            raise UsageError(f"alpha quality {self.alpha_quality}; it must be 0 to 100")

    @property
    def counts_by(self) -> str:
        """The measure of errors: one of `TUNES`."""
        return self.tune or _DEFAULT_TUNE

    def target(self, pixels: int) -> Target | None:
        """Return the target for an image of so many pixels."""
        if self.target_ssimulacra2 is not None:
            return Target(ssimulacra2=self.target_ssimulacra2)
        return super().target(pixels)
