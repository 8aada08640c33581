"""The headers of coordinate networks, architectures 1 to 7, and the tensors that follow from them:
sections 3.2 to 3.4 of `inr-v1.md`."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from reference_container import LIMIT, Reader, require
from reference_signals import Signal

SIREN, ENRP, MINR, LEVELS_OF_EXPERTS, LOCAL_GLOBAL, INCODE, COIN = range(1, 8)
SINE, RELU, LEAKY_RELU, FOURIER, GAUSSIAN, GABOR, FINER, HARMONIZED = range(1, 9)
ALL = range(SINE, HARMONIZED + 1)
SINES = (SINE, FINER, HARMONIZED)
ACTIVATIONS = {SIREN: ALL, ENRP: ALL, MINR: ALL, LEVELS_OF_EXPERTS: (SINE, LEAKY_RELU)}
ACTIVATIONS |= {LOCAL_GLOBAL: (SINE, HARMONIZED), INCODE: (HARMONIZED,), COIN: (SINE,)}
# Scopes of tensors, and the sections that go with them.
SHARED, ITEM, TILE = "shared", "item", "tile"
SECTIONS = {SHARED: ["SHAR"], ITEM: ["ITEM"], TILE: ["TIDX", "TILE"]}


class Layer(NamedTuple):
    name: str
    scope: str
    inputs: int
    outputs: int


class Tensor(NamedTuple):
    name: str
    scope: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Headers:
    shape: tuple[int, ...]  # of the image, or of what an audio signal's chunk covers
    channels: int
    overlap: int
    architecture: int
    hidden: int
    depth: int
    omegas: tuple[float, float]
    activation: int
    scale: float
    sides: list[int]  # of a tile
    projection: int = 0
    unshared: int = 0
    alphas: tuple[float, ...] = ()
    frequencies: int = 0
    blending: int = 0
    global_width: int = 0
    merge: int = 0
    latent: int = 0
    precision: int = 1
    start: int = 0
    prior: int = 0

    @property
    def axes(self) -> int:
        return len(self.shape)

    @property
    def tile(self) -> tuple[int, ...]:
        """Section 3.3; without tiles, all of the shape."""
        sides = self.sides * (self.axes // len(self.sides))
        return tuple(min(side, n) for side, n in zip(sides, self.shape, strict=True))

    @property
    def tiling(self) -> tuple[int, ...]:
        """Tiles along each axis."""
        return tuple(-(-n // tile) for n, tile in zip(self.shape, self.tile, strict=True))

    @cached_property
    def layers(self) -> list[Layer]:
        """Section 3.4, in the order of the tensors."""
        w, g, depth = self.hidden, self.global_width, self.depth

        def chain(prefix: str, scope: str, features: list[int]) -> list[Layer]:
            steps = enumerate(pairwise(features))
            return [Layer(f"{prefix}{k}", scope, n, m) for k, (n, m) in steps]

        inputs = self.axes * (1 + 2 * self.frequencies)
        inputs = 130 if self.activation == FOURIER else inputs
        features = [inputs, *[w] * (depth + 1), self.channels]
        if self.architecture == MINR:
            scopes = [ITEM if self.unshared >> k & 1 else SHARED for k in range(depth)]
            middle = [Layer(f"middle {k}", scope, w, w) for k, scope in enumerate(scopes)]
            if self.projection:
                scope = ITEM if self.projection == 1 else SHARED
                middle.insert(0, Layer("projection", scope, w, w))
            first, last = Layer("first", ITEM, inputs, w), Layer("last", ITEM, *features[-2:])
            return [first, *middle, last]
        if self.architecture == LOCAL_GLOBAL:
            merges = [Layer("merge", ITEM, w + g, w)]
            if self.merge == 2:
                merges = [Layer(f"merge {k}", ITEM, g, w) for k in range(depth + 1)]
            whole = chain("global ", ITEM, [inputs, *[g] * (depth + 1)])
            return [*whole, *merges, *chain("local ", TILE, features)]
        return chain("", {ENRP: TILE, COIN: SHARED}.get(self.architecture, ITEM), features)

    @cached_property
    def tensors(self) -> list[Tensor]:
        tensors = []
        for index, (name, scope, n, m) in enumerate(self.layers):
            complex_ = self.activation == GABOR and index > 0
            experts = self.architecture == LEVELS_OF_EXPERTS and index <= self.depth
            matrices = (2,) if complex_ else (2**self.axes,) if experts else ()
            tensors += [Tensor(f"weight {name}", scope, (*matrices, m, n))]
            tensors += [Tensor(f"bias {name}", scope, (2 * m if complex_ else m,))]
        if self.activation == FOURIER:
            tensors.insert(0, Tensor("mapping", ITEM, (65, self.axes)))
        if self.activation == HARMONIZED and self.architecture == LOCAL_GLOBAL:
            names = [f"harmonizer {part}" for part in ("local", "global", "merge")]
            place = 2 * [layer.scope for layer in self.layers].index(TILE)  # after the merges
            tensors[place:place] = [Tensor(name, ITEM, (4,)) for name in names]
        elif self.activation == HARMONIZED:
            scope = TILE if self.architecture == ENRP else ITEM
            tensors.insert(0, Tensor("harmonizer", scope, (4,)))
        if self.architecture == COIN:
            tensors += [Tensor("map", SHARED, ((self.depth + 1) * self.hidden, self.latent))]
            tensors += [Tensor("latent", ITEM, (self.latent,))]
        return tensors

    def scoped(self, scope: str) -> list[Tensor]:
        return [tensor for tensor in self.tensors if tensor.scope == scope]


def read_headers(signal: Signal, network: Reader, architecture: int) -> Headers:
    """`network` are the fields of NETW, after the architecture."""
    hidden, depth = network.uint("the width", 1, 4096), network.uint("the depth", 0, 64)
    omegas = network.f32("omega_0", 10**6), network.f32("omega", 10**6)
    activation, scale = network.uint("the activation"), network.f32("the scale", 10**6)
    fits = activation in ACTIVATIONS[architecture]
    require(fits, f"NETW: activation {activation} does not go with architecture {architecture}")
    sides = [2**30]
    further: dict[str, Any] = {}
    if architecture == ENRP:
        sides = [network.uint("the tile", 1, 2**24)]
    elif architecture == MINR:
        further["projection"] = network.uint("the projection", 0, 2)
        further["unshared"] = network.uint("unshared", 0, 2**depth - 1)
        bare = activation == GABOR and further["projection"] == depth == 0
        require(not bare, "NETW: wavelets have no layer between the first and the last")
    elif architecture == LEVELS_OF_EXPERTS:
        alphas = network.values(lambda: network.f32("an alpha", 10**6), depth + 1, depth + 1)
        further["alphas"] = tuple(alphas)
        further["frequencies"] = network.uint("the frequencies", 0, 12)
        further["blending"] = network.uint("the blending", 1, 2)
    elif architecture == LOCAL_GLOBAL:
        sides = network.values(lambda: network.uint("a side of the tile", 1, 2**24), 1, 2)
        require(len(sides) in (1, len(signal.shape)), "NETW: the tile has not a side for each axis")
        further["global_width"] = network.uint("the global width", 1, 4096)
        further["merge"] = network.uint("the merge", 1, 2)
    elif architecture == COIN:
        further["latent"] = network.uint("the latent", 1, 4096)
    further["precision"] = network.uint("the precision", 1, 3)
    if further["precision"] == 2:
        further["start"] = network.uint("the start", 0, 2**32 - 1)
    elif further["precision"] == 3:
        further["prior"] = network.uint("the prior", 1)
    network.end()

    headers = Headers(
        *(signal.shape, signal.channels, signal.overlap, architecture, hidden, depth),
        *(omegas, activation, scale, sides),
        **further,
    )
    count = sum(math.prod(tensor.shape) for tensor in headers.tensors)
    require(count <= LIMIT, f"{count} weights are over this decoder's limit")
    return headers
