"""Priors: weights that were learnt on photographs (`training/learn_starts.py`), as integers
(`formats/inr-v1.md`, section 5.5).

A fit on an image goes on from where fits on others have ended in the mean, and a file may tell what
that has changed of them. A prior has a number, which files name; it never changes once a release
has shipped it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cache
from hashlib import sha256
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError

__all__ = ["PRIORS", "learnt_weights", "pack_weights"]

Values = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int8]

# The file of each number, and the SHA-256 that the specification gives.
PRIORS = {1: ("starts-1.npz", "81aff2d13c4f5a878de6abf2a91eada039e097a4613134fdd4863ab3c81a8d90")}
# The largest integer, and the name of the exponents of tensors' steps, which are 2^(e/8).
_LARGEST, _EXPONENTS = 127, "exponents"


@cache
def _arrays(number: int) -> Mapping[str, Integers]:
    """Load a prior; `InrError` where its file is not what was shipped."""
    name, digest = PRIORS[number]
    data = (files("inrcodec.codecs.inr.networks") / name).read_bytes()
    if sha256(data).hexdigest() != digest:
        raise InrError(f"{name} is damaged: its SHA-256 is another; install again")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)


def _key(width: int, depth: int) -> str:
    return f"{width}x{depth}"


def _step(exponent: int) -> float:
    """Return 2^(e/8), rounded from exact arithmetic: powers of machines differ."""
    with localcontext(prec=40):
        return float(Decimal(2) ** (Decimal(exponent) / 8))


def learnt_weights(
    number: int, width: int, depth: int, names: Sequence[str]
) -> dict[str, Values] | None:
    """Return the weights (1, *shape) that a prior has of a network with tensors of such names, in
    their order; None where it has none."""
    key, arrays = _key(width, depth), _arrays(number)
    if f"{key}/{_EXPONENTS}" not in arrays:
        return None
    exponents = arrays[f"{key}/{_EXPONENTS}"].tolist()
    return {
        name: (arrays[f"{key}/{name}"] * _step(exponent)).astype(np.float32)
        for name, exponent in zip(names, exponents, strict=True)
    }


def pack_weights(width: int, depth: int, weights: Mapping[str, Values]) -> dict[str, Integers]:
    """Return the arrays that weights are in the file of a prior, in the order of the network's
    tensors."""
    key = _key(width, depth)
    sizes = np.array([max(float(np.abs(own).max()), 1e-9) for own in weights.values()])
    exponents = np.ceil(8 * np.log2(sizes / _LARGEST)).astype(np.int8)
    packed = {f"{key}/{_EXPONENTS}": exponents}
    for (name, own), exponent in zip(weights.items(), exponents.tolist(), strict=True):
        packed[f"{key}/{name}"] = np.rint(own / _step(exponent)).astype(np.int8)
    return packed
