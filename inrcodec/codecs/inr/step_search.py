"""The search for quantization steps: as few bits as a small loss allows.

    weights ──▶ error that noise in each tensor makes ──▶ steps ──▶ error ──▶ wider or finer steps

Noise of variance step²/12 in tensor t adds e_t · step_t² / 12 to the squared error, and its n_t
weights take n_t · log2(1/step_t) bits and more: bits are least for a sum of errors where each
tensor's share of it is its share of all weights (reverse water-filling).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import Quantized, Weights, quantized_by
from inrcodec.codecs.inr.renderer import render
from inrcodec.errors import UsageError
from inrcodec.signal.geometry import Raster, Region
from inrcodec.spreads import SpreadTable

__all__ = ["choose_steps"]

Values = npt.NDArray[np.float32]

# The PSNR that quantization may cost: at this, wider steps lose more than fewer weights would.
_LOSS_DB = 0.2
# Of noise that is tried, beside the root mean square of a tensor's weights.
_TRIED = 0.003
# Where a network has hardly an error, steps need not be finer than this of the range.
_LEAST_ERROR = 1e-7
_ROUNDS = 12
_NEAR, _TINY, _LEAST_CHANGE, _MOST_CHANGE = 1.1, 1e-3, 0.1, 2.0


def choose_steps(network: Network, values: Values) -> Quantized:
    """Quantize the weights of a network to steps that lose little of its values (*axes, channels).

    Raises `UsageError` where a weight is not finite: the fit diverged.
    """
    search = _Search(network, values)
    allowed = (10 ** (_LOSS_DB / 10) - 1) * max(search.before, _LEAST_ERROR * values.size)
    aimed, best = allowed, None
    for _ in range(_ROUNDS):
        tried = search.quantized(aimed)
        found = max(search.error(tried.weights) - search.before, _TINY * allowed)
        if found <= _NEAR * allowed:
            best = tried
            if found > allowed / _NEAR**2:
                break
        elif best is not None:
            break
        # Errors add up less well the wider steps are.
        aimed *= min(max(allowed / found, _LEAST_CHANGE), _MOST_CHANGE)
    return tried if best is None else best


class _Search:
    def __init__(self, network: Network, values: Values) -> None:
        self._network, self._values = network, values
        self._weights: Weights = network.arrays()
        for name, weights in self._weights.items():
            if not np.isfinite(weights).all():
                raise UsageError(f"tensor {name} has a weight that is no number: the fit diverged")
        self._count = sum(weights.size for weights in self._weights.values())
        self.before = self.error(self._weights)
        self._by_noise = {name: self._sensitivity(name) for name in self._weights}

    def error(self, weights: Mapping[str, npt.NDArray[np.float32]]) -> float:
        """Return the squared error of weights."""
        domain = self._network.domain
        tried = Network(self._network.spec, domain, weights, self._network.tiles)
        raster = Raster(Region.whole(domain.shape), domain.shape)
        return float(np.square(render(tried, raster) - self._values).sum(dtype=np.float64))

    def _sensitivity(self, name: str) -> float:
        """Return the squared error that noise in a tensor makes, by the noise's variance."""
        weights = self._weights[name]
        deviation = _TRIED * math.sqrt(float(np.square(weights).mean())) or _TRIED
        noise = np.random.default_rng(0).choice([-deviation, deviation], weights.shape)
        # Of both signs, so that what the error grows by at one sign does not count.
        errors = [
            self.error({**self._weights, name: weights + (sign * noise).astype(np.float32)})
            for sign in (1, -1)
        ]
        return max(sum(errors) / 2 - self.before, 0.0) / deviation**2 + 1e-12

    def quantized(self, increase: float) -> Quantized:
        """Return weights at steps that are to make such an increase of the squared error."""
        tables = {}
        for name, weights in self._weights.items():
            share = increase * weights.size / self._count
            step = math.sqrt(12 * share / self._by_noise[name])
            tables[name] = SpreadTable.measure(weights, step)
        return quantized_by(self._weights, tables)
