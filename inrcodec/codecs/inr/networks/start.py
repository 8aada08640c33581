"""The weights that fits start from (`formats/inr-v1.md`, sections 5.4 and 5.5).

They follow from a seed in integers, or are those of a prior, the same on every machine: a file may
then hold what a fit has changed of a weight in place of the weight.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import START_BITS, Domain, Scope, Start
from inrcodec.codecs.inr.networks.base import NetworkSpec, TensorSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.errors import MalformedError

__all__ = ["initialize", "kept_starts", "start_of", "start_weights"]

Values = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint64]

# Of a tensor's place, below those of the seed.
_PLACE_BITS = 16
# Steele et al. 2014, SplitMix64: the step of its counter, and the factors of its mixing.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIXING = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT = np.uint64(31)
# The bits of a draw, and how many of them make up a normal one, whose variance is then 1.
_BITS, _SUMMED = 24, 12


def start_of(
    tensor: TensorSpec, place: int, seed: int, rows: npt.NDArray[np.int64] | None = None
) -> Values:
    """Return the start of a tensor, (rows, *shape).

    Parameters
    ----------
    place
        Of the tensor among those of its network.
    rows
        The numbers of tiles, in tile scope; None for the one row that others have.
    """
    numbers = np.zeros(1, np.int64) if rows is None else rows
    draws = _SUMMED if tensor.normal else 1
    inner = np.arange(tensor.size * draws, dtype=np.uint64)
    counters = (numbers.astype(np.uint64)[:, None] << np.uint64(32)) + inner
    key = _mixed(np.array([(seed % (1 << START_BITS) << _PLACE_BITS) + place], np.uint64))
    unit = (_mixed(key + counters) >> np.uint64(64 - _BITS)).astype(np.float64) / 2**_BITS
    if tensor.normal:
        drawn = unit.reshape(len(numbers), tensor.size, draws).sum(2) - _SUMMED / 2
    else:
        drawn = 2 * unit - 1
    values: Values = (drawn * tensor.bound + tensor.center).astype(np.float32)
    return values.reshape(len(numbers), *tensor.shape)


def _mixed(numbers: Words) -> Words:
    """Return numbers of which every bit depends on all of the given ones."""
    with np.errstate(over="ignore"):
        z = numbers * _GOLDEN + _GOLDEN
        for shift, factor in _MIXING:
            z = (z ^ (z >> np.uint64(shift))) * factor
        return z ^ (z >> _LAST_SHIFT)


def start_weights(spec: NetworkSpec, domain: Domain, seed: int) -> dict[str, Values]:
    """Return all weights before a fit, by name."""
    tiles = np.arange(spec.tiling(domain).count)
    return {
        tensor.name: start_of(tensor, place, seed, tiles if tensor.scope is Scope.TILE else None)
        for place, tensor in enumerate(spec.tensors(domain))
    }


def kept_starts(
    spec: NetworkSpec,
    domain: Domain,
    start: Start,
    tiles: npt.NDArray[np.int64] | None = None,
) -> dict[str, Values]:
    """Return the starts of tensors that fits change little: files may tell the change alone.

    From a prior these are all tensors; from a seed biases, and matrices that multiply coordinates,
    save those that signals share: of all tiles, or of those given.

    Raises `MalformedError` where the prior is not of such a network.
    """
    if start.prior:
        weights = spec.prior(start.prior, domain)
        if weights is None:
            raise MalformedError(f"prior {start.prior} has no weights of this {spec.name}")
        return weights
    numbers = np.arange(spec.tiling(domain).count) if tiles is None else tiles
    first = {f"weight{layer}" for layer in spec.first_layers}
    return {
        tensor.name: start_of(
            tensor, place, start.seed, numbers if tensor.scope is Scope.TILE else None
        )
        for place, tensor in enumerate(spec.tensors(domain))
        if tensor.scope is not Scope.SHARED
        and (tensor.name in first or tensor.name.startswith("bias"))
    }


def initialize(spec: NetworkSpec, domain: Domain, seed: int, device: str = "cpu") -> Network:
    """Return a network of tensors before fitting.

    The weights depend on the seed alone, not on the device.
    """
    return Network(spec, domain, start_weights(spec, domain, seed)).on(device)
