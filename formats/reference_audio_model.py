"""An audio grid's model and header, architecture 9: sections 1, 2 and 3.1 of `inr-v1-audio.md`."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import Reader, require
from reference_model import PRETRAINED, Network, take_network
from reference_signals import Audio

MODELS = {1: "de276b306032d22cfaf47396e0b9e0634ea99be7a1dc061dc2f24c001ceefabf"}

EXTENT, LEVEL, COEFFICIENT = range(3)
FIRST = (0, 2, 1, 3)  # the first place of each pass
EDGES = [0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700]
EDGES += [3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500, 20000]

Integers = npt.NDArray[Any]
Samples = npt.NDArray[Any]
Kind = tuple[int, bool, bool, int]  # role, second, short, pass


def neighbors(index: int) -> list[int]:
    """How far those places are that passes before have had."""
    before = FIRST[:index]
    return [away for away in range(-3, 4) if (FIRST[index] + away) % 4 in before]


# Section 2: the pretrained model


class Model:
    def __init__(self, number: int) -> None:
        data = (PRETRAINED / f"audio-{number}.npz").read_bytes()
        require(sha256(data).hexdigest() == MODELS[number], "the pretrained model is another")
        with np.load(BytesIO(data)) as arrays:
            self.logarithm, self.slopes, self.expected, self.ratios, self.logistic = (
                arrays[name].astype(np.int64)
                for name in ("logarithm", "slopes", "expected", "ratios", "logistic")
            )
            left = {name: arrays[name].astype(np.float32) for name in ("weights", "biases")}

        kinds: list[Kind] = [(EXTENT, second, False, 0) for second in (False, True)]
        kinds += product([LEVEL], (False, True), [False], range(4))
        kinds += product([COEFFICIENT], (False, True), (False, True), range(4))
        self.networks: dict[Kind, Network] = {}
        for role, second, short, index in kinds:
            own = len(neighbors(index))
            m = [1, 4, 13][role] + second * [1, 4, 7][role] + own + 1
            v = [1, 2, 0][role] + second * [1, 4, 3][role] + own * (role == LEVEL)
            self.networks[role, second, short, index] = take_network(left, v, m)

    def m(self, q: Integers) -> Integers:
        return self.logarithm[np.minimum(np.abs(q), 1023)]

    def w(self, q: Integers) -> Integers:
        return self.slopes[np.minimum(np.abs(q), 8191)]

    def v(self, q: Integers) -> Integers:
        found: Integers = np.sign(q) * self.m(q)
        return found


@lru_cache(1)
def model(number: int) -> Model:
    return Model(number)


# Section 1: the header


@dataclass(frozen=True)
class Headers:
    signal: Audio
    model: Model
    frame_bits: int
    span: int
    step: int
    masking: int
    tilt: int
    noise: int

    @property
    def frame(self) -> int:
        return int(2**self.frame_bits)

    @property
    def frames(self) -> int:
        """All of the signal's."""
        return -(-self.signal.frames // self.frame)

    @property
    def streams(self) -> int:
        return int(-(-self.frames // 2**self.span))

    @property
    def pairs(self) -> int:
        return self.signal.channels // 2


def read_headers(signal: Audio, network: Reader) -> Headers:
    """`network` are the fields of NETW, after the architecture."""
    number = network.uint("the pretrained model")
    require(number in MODELS, f"NETW: there is no pretrained model {number} of audio")
    frame, span = network.uint("the frame", 8, 15), network.uint("the span", 0, 10)
    step, masking = network.uint("the step", 0, 511), network.uint("the masking", 0, 16)
    most = 16 if masking else 0
    tilt, noise = network.uint("the tilt", 0, most), network.uint("the noise", 0, most)
    network.uint("the precision", 1, 1)
    network.end()
    whole = signal.chunk >= signal.frames and signal.overlap == 0
    require(whole, "SIGN: a latent grid of audio is one chunk without an overlap")
    return Headers(signal, model(number), frame, span, step, masking, tilt, noise)


# Section 3.1: bands


class Bands(NamedTuple):
    edges: list[int]
    places: Integers

    def spread(self, values: Integers) -> Integers:
        """Those of bands, for each coefficient."""
        return np.repeat(values, np.diff(self.edges))


@lru_cache(64)
def bands_of(length: int, rate: int) -> Bands:
    edges, places, first = [0], [], 0
    for band in range(len(EDGES)):
        end = length
        if band + 1 < len(EDGES):
            end = min((4 * length * EDGES[band + 1] + rate) // (2 * rate), length)
        if end - edges[-1] >= 4:
            edges.append(end)
            places.append(first + band)
            first = band + 1
    edges[-1] = length
    return Bands(edges, np.array(places, np.int64))
