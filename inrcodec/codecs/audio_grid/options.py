"""Options of the latent grid of audio."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import UsageError
from inrcodec.settings import Options, Target, check_above_zero, check_whole

__all__ = ["DEFAULT_QUALITY", "TUNES", "AudioGridOptions"]

DEFAULT_QUALITY = 60.0
TUNES = ("hearing", "snr")


@dataclass(frozen=True)
class AudioGridOptions(Options):
    """Options of the latent grid of audio; of those that say what to aim at one is given at most.

    Attributes
    ----------
    quality
        1 to 100; 60 by default.
    kbps
        Reach so many thousands of bits a second of the whole file.
    target_snr
        Reach this SNR, in dB.
    target_size
        Reach so many bytes of the whole file.
    tune
        What an error counts by: `hearing`, or `snr`: all alike, as it is where there is a target
        SNR and nothing is said.

    Raises `UsageError` where a value is out of range or two of them say what to aim at.
    """

    quality: float | None = None
    kbps: float | None = None
    target_snr: float | None = None
    target_size: int | None = None
    tune: str | None = None

    def __post_init__(self) -> None:
        aims = ("quality", "kbps", "target_snr", "target_size")
        given = [name for name in aims if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"give {given[0]} or {given[1]}, not both")
        check_whole(self, "target_size")
        check_above_zero(self, *given)
        if self.tune is not None and self.tune not in TUNES:
            raise UsageError(f"tune {self.tune!r}; of audio it must be {' or '.join(TUNES)}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError(f"quality {self.quality}; it must be 1 to 100")

    @property
    def is_for_hearing(self) -> bool:
        """Tell whether errors count as they are heard."""
        if self.tune is None:
            return self.target_snr is None
        return self.tune == "hearing"

    def target(self, seconds: float) -> Target | None:
        """Return the target for a signal of so many seconds."""
        if self.target_snr is not None:
            return Target(snr_db=self.target_snr)
        if self.target_size is not None:
            return Target(bytes=self.target_size)
        if self.kbps is not None:
            return Target(bytes=max(1, int(self.kbps * 1000 / 8 * seconds)))
        return None
