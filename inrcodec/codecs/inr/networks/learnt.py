"""Starts of fits that were learnt on photographs (`training/learn_starts.py`), as integers.

A fit on an image goes on from where fits on others have ended in the mean. Nothing in a file
depends on it: weights are told by themselves, or from the start of a seed as ever.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.networks.base import NetworkSpec
from inrcodec.codecs.inr.networks.siren import SirenSpec
from inrcodec.errors import InrError
from inrcodec.signal import Color

__all__ = ["LEARNT_SEED", "learnt_start", "pack_start"]

Values = npt.NDArray[np.float32]
Integers = Mapping[str, npt.NDArray[np.int8]]

# Of the fits that starts are learnt from, so that biases and first layers are near its start.
LEARNT_SEED = 0

_FILE = ("starts-1.npz", "81aff2d13c4f5a878de6abf2a91eada039e097a4613134fdd4863ab3c81a8d90")
# The largest integer, and the exponent of a tensor's step below it: steps are 2^(e/8).
_LARGEST, _EXPONENT = 127, "exponents"


@cache
def _arrays() -> Mapping[str, npt.NDArray[np.int8]]:
    """Load all starts; `InrError` where their file is not what was shipped."""
    name, digest = _FILE
    data = (files("inrcodec.codecs.inr.networks") / name).read_bytes()
    if sha256(data).hexdigest() != digest:
        raise InrError(f"{name} is not the file of starts that was shipped; install again")
    with np.load(io.BytesIO(data)) as arrays:
        return dict(arrays)


def learnt_start(spec: NetworkSpec, domain: Domain) -> dict[str, Values] | None:
    """Return the weights (1, *shape) that fits of a network of a color image start from; None
    where none were learnt for it."""
    if type(spec) is not SirenSpec or len(domain.shape) != 2 or domain.channels != Color.RGB:
        return None
    if spec.with_options({"width": 1, "depth": 1}) != SirenSpec(1, 1, 30.0, 30.0):
        return None
    key, arrays = f"{spec.width}x{spec.depth}", _arrays()
    if f"{key}/{_EXPONENT}" not in arrays:
        return None
    names = [tensor.name for tensor in spec.tensors(domain)]
    steps = 2.0 ** (arrays[f"{key}/{_EXPONENT}"].astype(np.float64) / 8)
    return {
        name: (arrays[f"{key}/{name}"] * step).astype(np.float32)
        for name, step in zip(names, steps, strict=True)
    }


def pack_start(spec: SirenSpec, weights: Mapping[str, Values]) -> dict[str, npt.NDArray[np.int8]]:
    """Return the arrays that a start is in the file, in the order of the network's tensors."""
    key = f"{spec.width}x{spec.depth}"
    sizes = np.array([max(float(np.abs(own).max()), 1e-9) for own in weights.values()])
    exponents = np.ceil(8 * np.log2(sizes / _LARGEST)).astype(np.int8)
    packed = {f"{key}/{_EXPONENT}": exponents}
    for (name, own), exponent in zip(weights.items(), exponents, strict=True):
        packed[f"{key}/{name}"] = np.rint(own / 2.0 ** (exponent / 8)).astype(np.int8)
    return packed
