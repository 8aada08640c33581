"""Options of coded samples."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import UsageError
from inrcodec.settings import TargetOptions, check_whole

__all__ = ["MOST_ERROR", "PixelsOptions"]

# Half of the levels of 16 bits.
MOST_ERROR = (1 << 15) - 1
_LOSSLESS_QUALITY = 100


@dataclass(frozen=True)
class PixelsOptions(TargetOptions):
    """Options of coded samples: lossless, which they are by default, near-lossless, or lossy.

    Attributes
    ----------
    lossless
        Every sample is as it was; so does a quality of 100 have it.
    near_lossless
        No sample is off by more than so many levels, from 1 on: up to 127 of 8 bits, 32767 of 16.

    Raises `UsageError` where a value is out of range, or something else is aimed at.
    """

    lossless: bool = False
    near_lossless: int | None = None

    def __post_init__(self) -> None:
        check_whole(self, "near_lossless")
        self.check_aims("near_lossless")
        if self.near_lossless is not None and self.near_lossless > MOST_ERROR:
            raise UsageError(f"near_lossless {self.near_lossless}; it must be 1 to {MOST_ERROR}")
        others = [name for name in self.given() if name != "lossless"]
        if self.quality == _LOSSLESS_QUALITY:
            others.remove("quality")
        if self.lossless and others:
            raise UsageError(f"give lossless or {others[0]}, not both")

    @property
    def claims(self) -> bool:
        """Implement `Options`."""
        aims_high = self.quality == _LOSSLESS_QUALITY
        return self.lossless or self.near_lossless is not None or aims_high

    @property
    def is_lossy(self) -> bool:
        """Tell whether samples may be off by any number of levels, for fewer bytes."""
        return not self.claims and bool(self.given())

    @property
    def max_error(self) -> int:
        """The most levels that a sample may be off by."""
        return self.near_lossless or 0
