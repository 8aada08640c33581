"""What weights may be differences to: sections 5.4 and 5.5 of `inr-v1.md`."""

import math
from decimal import Decimal, localcontext
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from reference_container import require
from reference_headers import SHARED, SINES, Headers, Tensor

PRETRAINED = Path(__file__).parent / "pretrained"
PRIORS = {1: "81aff2d13c4f5a878de6abf2a91eada039e097a4613134fdd4863ab3c81a8d90"}
FIRST = ("0", "first", "global 0", "local 0")  # layers that take coordinates

Samples = npt.NDArray[Any]


def start_of(headers: Headers, tensor: Tensor, tile: int) -> Samples:
    """The start of a tensor in a tile; without tiles there is one, 0."""
    if headers.precision == 3:
        return of_prior(headers, tensor)
    return of_seed(headers, tensor, tile)


# Section 5.4


def mix(z: int) -> int:
    z = (z * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def of_seed(headers: Headers, tensor: Tensor, tile: int) -> Samples:
    kind, _, name = tensor.name.partition(" ")
    told = tensor.scope != SHARED and (kind == "bias" or name in FIRST)
    require(told, f"{tensor.name} has no start")
    inputs = next(layer.inputs for layer in headers.layers if layer.name == name)
    bound = 1 / inputs if kind == "weight" and headers.activation in SINES else inputs**-0.5
    key = mix(headers.start * 2**16 + headers.tensors.index(tensor))
    numbers = range(math.prod(tensor.shape))
    drawn = [mix((key + tile * 2**32 + i) % 2**64) >> 40 for i in numbers]
    starts = np.array([bound * (x / 2**23 - 1) for x in drawn]).astype(np.float32)
    return starts.reshape(tensor.shape)


# Section 5.5


@cache
def load(number: int) -> dict[str, Samples]:
    data = (PRETRAINED / f"starts-{number}.npz").read_bytes()
    require(sha256(data).hexdigest() == PRIORS[number], "the prior is another")
    with np.load(BytesIO(data)) as arrays:
        return dict(arrays)


def check_prior(headers: Headers) -> None:
    require(headers.prior in PRIORS, f"NETW: there is no prior {headers.prior}")
    learnt = (headers.architecture, headers.omegas, headers.activation, headers.scale)
    suits = learnt == (1, (30, 30), 1, 1) and headers.axes == 2 and headers.channels == 3
    known = f"{headers.hidden}x{headers.depth}/exponents" in load(headers.prior)
    require(suits and known, "NETW: the prior has no such network")


def of_prior(headers: Headers, tensor: Tensor) -> Samples:
    arrays, network = load(headers.prior), f"{headers.hidden}x{headers.depth}"
    exponent = int(arrays[f"{network}/exponents"][headers.tensors.index(tensor)])
    numbers = arrays[f"{network}/{tensor.name.replace(' ', '')}"].reshape(tensor.shape)
    with localcontext(prec=40):
        step = Decimal(2) ** (Decimal(exponent) / 8)
        exact = [float(int(number) * step) for number in numbers.flat]
    return np.array(exact).astype(np.float32).reshape(tensor.shape)
