"""What an encode tells of itself while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "Report"]


@dataclass(frozen=True)
class Progress:
    """Where an encode stands: steps done of `steps` (None: time alone ends it), best PSNR so far
    (dB), seconds gone."""

    step: int
    steps: int | None
    psnr_db: float
    elapsed: float


# Called now and then; a true answer asks the encode to end with the best it has.
Report = Callable[[Progress], object]
