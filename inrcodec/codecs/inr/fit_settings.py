"""The settings of a fit: how many steps, how fast, from which start."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inrcodec.errors import UsageError

__all__ = ["FitSettings"]


@dataclass(frozen=True)
class FitSettings:
    """The settings of a fit.

    Attributes
    ----------
    steps
        Updates of all weights, at least 0.
    learning_rate
        Adam's, at the start; it falls to 0 along a half cosine.
    matrix_rate
        Muon's, of matrices between hidden layers, which falls likewise; None: Adam moves them too.
    stop_psnr
        Stop once the fit reaches this many dB on unrounded samples; None: never.
    seed
        Of the weights' start.
    prior
        The number of that whose weights networks start from, where it has some for them; 0 for
        none.
    device
        A torch device.
    points
        Of more samples than these a step goes through so many, drawn at random; None: all.
    overlap
        Samples by which tiles reach into their neighbors.
    audio
        The signals are audio: start from their frequencies (see `spectral`).
    constant
        Keep the learning rate as it starts, as papers do.
    betas
        Adam's decay of its means of gradients and of their squares.

    Raises `UsageError` where a value is out of range.
    """

    steps: int
    learning_rate: float
    stop_psnr: float | None = None
    seed: int = 0
    device: str = "cpu"
    points: int | None = None
    overlap: int = 0
    audio: bool = False
    constant: bool = False
    # The second below Adam's usual 0.999: fits are short, and the scale of gradients falls by
    # orders of magnitude within them.
    betas: tuple[float, float] = (0.9, 0.99)
    matrix_rate: float | None = None
    prior: int = 0

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise UsageError(f"{self.steps} steps; 0 is the least")
        if self.stop_psnr is not None and math.isnan(self.stop_psnr):
            raise UsageError("the PSNR to stop at is not a number")
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"learning rate {self.learning_rate}; it must be above 0")

    def share_at(self, step: int) -> float:
        """Return the share of the learning rates that a step takes."""
        return 1.0 if self.constant else (1 + math.cos(math.pi * step / self.steps)) / 2
