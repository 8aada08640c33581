"""The search for quantization steps: as few bits as a small loss allows.

Noise of variance step²/12 in tensor t adds e_t · step_t² / 12 to the squared error, and its n_t
weights take n_t · log2(1/step_t) bits and more: bits are least for a sum of errors where each
tensor's share of it is its share of all weights (reverse water-filling).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.allowance import Allowance
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import Table, Weights
from inrcodec.codecs.inr.renderer import render
from inrcodec.errors import UsageError
from inrcodec.signal.geometry import Raster, Region
from inrcodec.spreads import SpreadTable

__all__ = ["most_at_end", "noise_deviation", "remaining_tables", "settle_steps", "wanted_step"]

Values = npt.NDArray[np.float32]

# Of noise that is tried, beside the root mean square of a tensor's weights.
_TRIED = 0.003
_LEAST_SENSITIVITY = 1e-12
_DIVERGED = "the fit diverged; try a lower --lr or another --omega"
# How many times the error may be what it was before a tensor was rounded, where no steps of a fit
# are left, beside so many times what is allowed. So many steps are tried, each half as wide.
_MOST_GROWTH_AT_END, _MOST_ALLOWED_AT_END, _TRIES = 1.02, 4.0, 12
# Below 2^20 of the widest steps.
_MOST_WEIGHT = 2e8


def noise_deviation(weights: npt.NDArray[np.float32]) -> float:
    """Return the deviation of noise that tells how sensitive a network is to a tensor.

    Raises `UsageError` where a weight is no number, or more than steps reach.
    """
    if not float(np.abs(weights).max(initial=0)) < _MOST_WEIGHT:
        raise UsageError(_DIVERGED)
    return _TRIED * math.sqrt(float(np.square(weights).mean())) or _TRIED


def wanted_step(allowed: float, sensitivity: float) -> float:
    """Return the step at which a tensor adds an allowed error, where it adds so much by the
    variance of noise in it.

    Raises `UsageError` where an error is not finite.
    """
    step = math.sqrt(12 * allowed / max(sensitivity, _LEAST_SENSITIVITY))
    if not math.isfinite(step):
        raise UsageError(_DIVERGED)
    return step


def most_at_end(before: float, allowed: float) -> float:
    """Return the error that rounding a tensor may leave where no steps of a fit make up for it."""
    return _MOST_GROWTH_AT_END * before + _MOST_ALLOWED_AT_END * allowed


def settle_steps(
    steps: Sequence[float],
    widest: Sequence[float],
    is_worse: Callable[[Sequence[float]], Sequence[bool]],
) -> None:
    """Halve the steps of groups until rounding to them makes no error too large, or it was tried
    often enough: what noise tells of a step may be far off, and negative.

    Parameters
    ----------
    widest
        Steps that leave nothing of each group's tensor: wider ones are the same.
    is_worse
        Rounds to steps, and tells of which groups the error is too large.
    """
    for _ in range(_TRIES):
        worse = is_worse(steps)
        if not any(worse):
            return
        narrowed = zip(steps, widest, worse, strict=True)
        steps = [min(step, last) / 2 if bad else step for step, last, bad in narrowed]


def remaining_tables(
    network: Network,
    values: Values,
    known: Mapping[str, Table],
    starts: Mapping[str, Values],
    allowance: Allowance,
) -> dict[str, Table]:
    """Return the tables of all tensors of a network that is to give values (*axes, channels).

    Those known stay. Raises `UsageError` where a weight is not finite: the fit diverged.
    """
    weights = network.arrays()
    tables: dict[str, Table] = dict(known)
    left = [name for name in weights if name not in known]
    if not left:
        return tables
    total = sum(array.size for array in weights.values())
    before = _error(network, values, weights)
    for name in left:
        own = weights[name]
        allowed = allowance.of_weights(own.size / total, own.size, before, values.size)
        deviation = noise_deviation(own)
        noise = np.random.default_rng(0).choice([-deviation, deviation], own.shape)
        # Of both signs, so that what the error grows by at one sign does not count.
        errors = [
            _error(network, values, {**weights, name: own + (sign * noise).astype(np.float32)})
            for sign in (1, -1)
        ]
        sensitivity = (sum(errors) / 2 - before) / deviation**2
        most, start = most_at_end(before, allowed), starts.get(name)

        def is_worse(
            steps: Sequence[float],
            name: str = name,
            own: Values = own,
            most: float = most,
            start: Values | None = start,
        ) -> list[bool]:
            tables[name] = table = SpreadTable.measure(own, steps[0], start)
            rounded = table.dequantize(table.quantize(own, start), start)
            return [_error(network, values, {**weights, name: rounded}) > most]

        widest = 2 * float(np.abs(own).max(initial=0))
        settle_steps([wanted_step(allowed, sensitivity)], [widest], is_worse)
    return tables


def _error(network: Network, values: Values, weights: Weights) -> float:
    """Return the squared error of a network with some weights."""
    domain = network.domain
    tried = Network(network.spec, domain, weights, network.tiles)
    raster = Raster(Region.whole(domain.shape), domain.shape)
    return float(np.square(render(tried, raster) - values).sum(dtype=np.float64))
