"""A grid's model and header, architecture 8: sections 1 to 3 of `inr-v1-grid.md`."""

import math
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import Reader, require
from reference_signals import Image

PRETRAINED = Path(__file__).parent / "pretrained"
MODELS = {4: "c24fbedaba5a4c45caeac47b41b5a42244264f2799ba178f2242ade4d904623f"}

LOWEST = 3  # as the number of a band
SCALES = 4  # that have a filter, from the finest
FILTERS, SHARED, OWN = 1, 2, 4  # flags: synthesis filters, weight deltas of the file, of the image
HIGH = (0, 1), (1, 0), (1, 1), (0, 0)  # whether bands are high along columns, along rows
PASSES = (0, 0), (1, 1), (0, 1), (1, 0)
WIDER = [*product(range(-2, 3), range(-2, 3))]

Integers = npt.NDArray[Any]
Samples = npt.NDArray[Any]
Band = tuple[int, int, int]  # level, channel, number
Bands = dict[Band, Integers]


# Section 2: the pretrained model


class Network(NamedTuple):
    odd: Samples
    sign: Samples
    gate: Samples
    first: Samples
    constant: Samples
    second: Samples
    second_bias: Samples
    third: Samples
    third_bias: Samples


def take_network(left: dict[str, Samples], v: int, m: int) -> Network:
    """The next network of V values and M magnitudes; what follows it is left."""

    def take(name: str, *shape: int) -> Samples:
        values, left[name] = np.split(left[name], [math.prod(shape)])
        return values.reshape(shape)

    return Network(
        odd=take("weights", 16, v),
        sign=take("weights", 16, 1),
        gate=take("weights", 16, 32),
        first=take("weights", 32, m + 16),
        constant=take("weights", 32, 12),
        second=take("weights", 32, 32),
        second_bias=take("biases", 32, 1),
        third=take("weights", 4, 32),
        third_bias=take("biases", 4, 1),
    )


class Model:
    def __init__(self, number: int) -> None:
        data = (PRETRAINED / f"grid-{number}.npz").read_bytes()
        require(sha256(data).hexdigest() == MODELS[number], "the pretrained model is another")
        with np.load(BytesIO(data)) as arrays:
            self.logarithm = arrays["logarithm"].astype(np.int16)
            self.slopes = arrays["slopes"].astype(np.int16)
            self.logistic = arrays["logistic"].astype(np.int64)
            self.filters = [
                [arrays[f"filter{scale}_{i}"].astype(np.float32) / 1024 for i in range(6)]
                for scale in range(SCALES)
            ]
            self.enlargement = [
                arrays[f"enlargement_{i}"].astype(np.float32) / 1024 for i in range(6)
            ]
            left = {name: arrays[name].astype(np.float32) for name in ("weights", "biases")}

        self.networks = {}
        for channel, diagonal, index in product(range(3), (False, True), range(len(PASSES))):
            v = len(own(index)) + 9 * (1 + channel) + 12
            m = v + 2 + (18 if diagonal else 9) + (2 if channel else 0)
            self.networks[channel, diagonal, index] = take_network(left, v, m)


read_model = lru_cache(Model)


def own(index: int) -> list[tuple[int, int]]:
    """The offsets to what passes before this one have had."""
    row, column = PASSES[index]
    return [(a, b) for a, b in WIDER if ((row + a) % 2, (column + b) % 2) in PASSES[:index]]


# Sections 1 and 3: the header; levels, bands, blocks


@dataclass(frozen=True)
class Headers:
    signal: Image
    model: Model
    step: int
    levels: int
    block: int
    split: int
    angles: list[int]
    offsets: list[int]
    flags: int

    @property
    def channels(self) -> int:
        return len(self.angles) or 1

    @property
    def d(self) -> int:
        return limited_d(self.step)

    def offset(self, level: int) -> int:
        """What the step of a level's details is above the step."""
        return self.offsets[level - 1] if level <= len(self.offsets) else 0

    @property
    def tiers(self) -> list[range]:
        """The levels of each, the coarsest first."""
        finest = [range(level, level - 1, -1) for level in range(self.split, 0, -1)]
        return [range(self.levels, self.split, -1), *finest]

    def side(self, tier: range) -> int:
        """Pixels of a block of a tier, along each axis."""
        return 1 << self.block + tier.stop

    def blocks(self, tier: range) -> tuple[int, int]:
        """Rows and columns of them."""
        side = self.side(tier)
        return -(-self.signal.height // side), -(-self.signal.width // side)

    def shape(self, level: int, number: int) -> list[int]:
        """Of a band."""
        axes = zip(self.signal[:2], HIGH[number], strict=True)
        return [(-(-n >> level - 1)) // 2 if high else -(-n >> level) for n, high in axes]


def limited_d(step: int) -> int:
    return min(max((step - 704) // 2, -128), 96)


def read_headers(signal: Image, fields: Reader) -> Headers:
    """`fields` are those of NETW, after the architecture."""
    number, step = fields.uint("the pretrained model", 4, 4), fields.uint("the step", 0, 1023)
    levels = fields.uint("the number of levels", 0, 7)
    block = fields.uint("the block", 5, 12)
    split = fields.uint("the split", 0, max(0, levels - 1))
    require(block >= levels - split, "the block is too small for the levels")
    count = 3 if signal.channels > 2 else 0
    angles = fields.values(lambda: fields.uint("an angle", 0, 1023), count, count)
    offsets = fields.values(lambda: fields.uint("an offset", 0, 64), 0, levels)
    flags = fields.uint("the flags", 0, 7)
    require(flags in (0, 1, 3, 5, 7), "weight deltas without filters")
    fields.uint("the last field", 1, 1)
    fields.end()
    return Headers(signal, read_model(number), step, levels, block, split, angles, offsets, flags)
