"""The error that `--tune visual` descends on: SSIMULACRA2 in place of most of the squared error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.encoder.visual_metric import VisualMetric

__all__ = ["VISUAL_RATE", "VisualError"]

Floats = npt.NDArray[np.float32]

# The share of squared errors in what is descended on, and the rate of the descent's first step:
# about the best of 0 to 0.4 and of 0.08 to 0.3 on kodim19.
_SQUARES, VISUAL_RATE = 0.3, 0.15


class VisualError:
    """An image's errors as the eye sees them, in place of most of their squares.

    Both are weighed so that at the first coding their gradients are as large as each other, and so
    that this holds at other steps.

    Parameters
    ----------
    metric
        Of the original.
    """

    def __init__(self, metric: VisualMetric) -> None:
        self._metric = metric
        # What a unit of distance counts, in squared errors of samples summed over pixels.
        self._worth: float | None = None

    def gradients(
        self, channels: Floats, to_samples: npt.NDArray[np.floating], by_squares: Floats
    ) -> Floats:
        """Return gradients of both by the channels of an image.

        Parameters
        ----------
        channels
            (1 or 3, height, width), in units of the step.
        to_samples
            The square matrix that takes them to samples from 0 to 1.
        by_squares
            Gradients of squared errors, in squared steps.
        """
        samples = np.tensordot(to_samples, channels, 1).astype(np.float32)
        found = np.tensordot(to_samples.T, self._metric.distance(samples)[1], 1)
        unit = _squared_step(to_samples)
        if self._worth is None:
            size, other = (float(np.square(x).mean()) for x in (by_squares, found))
            if not size or not other:
                return by_squares
            self._worth = unit * float(np.sqrt(size / other))
        weight = np.float32((1 - _SQUARES) * self._worth / unit)
        mixed: Floats = (by_squares * np.float32(_SQUARES) + weight * found).astype(np.float32)
        return mixed

    def error(self, samples: Floats, squared_error: float) -> float:
        """Return what counts in place of a squared error of samples, summed over pixels."""
        if self._worth is None:
            return squared_error
        distance, _ = self._metric.distance(samples)
        return _SQUARES * squared_error + (1 - _SQUARES) * self._worth * distance


def _squared_step(to_samples: npt.NDArray[np.floating]) -> float:
    """Return a squared step in units of samples, of whose squared errors a pixel's is the mean."""
    return float(np.square(to_samples).sum() / len(to_samples) ** 2)
