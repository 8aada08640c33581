"""The squared error that rounding weights may add, as a price of bits has it.

The more error rounding may add, the fewer bits weights take. An error D and R bits cost D + λ·R;
noise of variance step²/12 in each of n weights adds to D what is proportional to step², and takes
n·log2(step) bits off R, so that the sum is least where each weight adds λ / (2 ln 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from inrcodec.codecs.rate_control import lmbda_of_step, step_of_lmbda

__all__ = ["Allowance", "step_of_error"]

# The PSNR that rounding may cost where there is no price: at this, wider steps lose more than fewer
# weights would.
_LOSS_DB = 0.25
_SHARE = 10 ** (_LOSS_DB / 10) - 1
# Where a network has hardly an error, steps need not be finer than this of the range.
_LEAST_ERROR = 1e-7
# Squares of differences of values from -1 to 1, in those of samples from 0 to 1.
_SQUARES = 4


@dataclass(frozen=True)
class Allowance:
    """The squared error that rounding may add, of values from -1 to 1.

    Attributes
    ----------
    price
        Of a bit, λ, in squared error; None for a small share of the error that there is without.
    """

    price: float | None = None

    @classmethod
    def of_step(cls, step: int, channels: int) -> Allowance:
        """The allowance at a step of `rate_control`."""
        return cls(_SQUARES * channels * lmbda_of_step(step))

    def of_weights(self, share: float, weights: int, error: float, values: int) -> float:
        """Return what some of all weights may add, `share` of them, where so many values have an
        error."""
        if self.price is not None:
            return weights * self.price / (2 * math.log(2))
        return share * _SHARE * max(error, _LEAST_ERROR * values)


def step_of_error(mean_squared_error: float, pixels: int, weights: int) -> int:
    """Return the step at which rounding so many weights adds a small share of an error (samples
    from 0 to 1) of an image."""
    return step_of_lmbda(2 * math.log(2) * _SHARE * mean_squared_error * pixels / weights)
