"""Coordinate networks, architectures 1 to 7: sections 3 to 6 of `inr-v1.md`.

`reference_decoder.py` calls `render`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import LIMIT, File, Reader, Signal, Stack, read_streams, require

SIREN, ENRP, MINR, LEVELS_OF_EXPERTS, LOCAL_GLOBAL, INCODE, COIN = range(1, 8)
SINE, RELU, LEAKY_RELU, FOURIER, GAUSSIAN, GABOR, FINER, HARMONIZED = range(1, 9)
ALL = range(SINE, HARMONIZED + 1)
ACTIVATIONS = {SIREN: ALL, ENRP: ALL, MINR: ALL, LEVELS_OF_EXPERTS: (SINE, LEAKY_RELU)}
ACTIVATIONS |= {LOCAL_GLOBAL: (SINE, HARMONIZED), INCODE: (HARMONIZED,), COIN: (SINE,)}
# Scopes of tensors, and the sections, with their items, that go with them.
SHARED, ITEM, TILE = "shared", "item", "tile"
SECTIONS = {SHARED: [("SHAR", 0)], ITEM: [("ITEM", 1)], TILE: [("TIDX", 1), ("TILE", 1)]}
ALWAYS = [("SIGN", 1), ("NETW", 1)]

Samples = npt.NDArray[Any]  # of float64, or of complex128 between two layers of Gabor wavelets
Tensors = dict[str, Samples]
Axis = tuple[int, Samples, list[tuple[int, slice]]]
Table = tuple[int, list[int]]  # the first exponent; the sums F_0, F_1, …, and at last 2^24


# Section 3: headers


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
    height: int
    width: int
    channels: int
    bits: int
    architecture: int
    hidden: int
    depth: int
    omegas: tuple[float, float]
    activation: int
    scale: float
    tile: tuple[int, int]  # height and width; without tiles, those of the picture
    projection: int = 0
    unshared: int = 0
    alphas: tuple[float, ...] = ()
    global_width: int = 0
    merge: int = 0
    latent: int = 0

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return -(-self.height // self.tile[0]), -(-self.width // self.tile[1])

    @property
    def extent(self) -> tuple[int, int]:
        """Section 6.3: over how many rows and columns the coordinates go from -1 to 1."""
        return self.tile if self.architecture == ENRP else (self.height, self.width)

    @cached_property
    def layers(self) -> list[Layer]:
        """Section 3.4, in the order of the tensors."""
        w, g, depth = self.hidden, self.global_width, self.depth

        def chain(prefix: str, scope: str, features: list[int]) -> list[Layer]:
            steps = enumerate(pairwise(features))
            return [Layer(f"{prefix}{k}", scope, n, m) for k, (n, m) in steps]

        features = [130 if self.activation == FOURIER else 2, *[w] * (depth + 1), self.channels]
        if self.architecture == MINR:
            scopes = [ITEM if self.unshared >> k & 1 else SHARED for k in range(depth)]
            middle = [Layer(f"middle {k}", scope, w, w) for k, scope in enumerate(scopes)]
            if self.projection:
                scope = ITEM if self.projection == 1 else SHARED
                middle.insert(0, Layer("projection", scope, w, w))
            first, last = Layer("first", ITEM, features[0], w), Layer("last", ITEM, *features[-2:])
            return [first, *middle, last]
        if self.architecture == LOCAL_GLOBAL:
            merge = Layer("merge", ITEM, w + g if self.merge == 1 else g, w)
            whole = chain("global ", ITEM, [2, *[g] * (depth + 1)])
            return [*whole, merge, *chain("local ", TILE, features)]
        return chain("", {ENRP: TILE, COIN: SHARED}.get(self.architecture, ITEM), features)

    @cached_property
    def tensors(self) -> list[Tensor]:
        tensors = []
        for index, (name, scope, n, m) in enumerate(self.layers):
            complex_ = self.activation == GABOR and index > 0
            experts = self.architecture == LEVELS_OF_EXPERTS and index <= self.depth
            matrices = (2,) if complex_ else (4,) if experts else ()
            tensors += [Tensor(f"weight {name}", scope, (*matrices, m, n))]
            tensors += [Tensor(f"bias {name}", scope, (2 * m if complex_ else m,))]
        if self.activation == FOURIER:
            tensors.insert(0, Tensor("mapping", ITEM, (65, 2)))
        if self.activation == HARMONIZED and self.architecture == LOCAL_GLOBAL:
            names = [f"harmonizer {part}" for part in ("local", "global", "merge")]
            place = 2 * (self.depth + 2)  # after the merge
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


def read_headers(file: File, signal: Signal, network: Reader, architecture: int) -> Headers:
    hidden, depth = network.uint("the width", 1, 4096), network.uint("the depth", 0, 64)
    omegas = network.f32("omega_0", 10**6), network.f32("omega", 10**6)
    activation, scale = network.uint("the activation"), network.f32("the scale", 10**6)
    fits = activation in ACTIVATIONS[architecture]
    require(fits, f"NETW: activation {activation} does not go with architecture {architecture}")
    sides = [2**24]
    further: dict[str, Any] = {}
    if architecture == ENRP:
        sides = [network.uint("the tile", 1, 65536)]
    elif architecture == MINR:
        further["projection"] = network.uint("the projection", 0, 2)
        further["unshared"] = network.uint("unshared", 0, 2**depth - 1)
    elif architecture == LEVELS_OF_EXPERTS:
        alphas = network.values(lambda: network.f32("an alpha", 10**6), depth + 1, depth + 1)
        further["alphas"] = tuple(alphas)
    elif architecture == LOCAL_GLOBAL:
        sides = network.values(lambda: network.uint("a side of the tile", 1, 65536), 1, 2)
        further["global_width"] = network.uint("the global width", 1, 4096)
        further["merge"] = network.uint("the merge", 1, 2)
    elif architecture == COIN:
        further["latent"] = network.uint("the latent", 1, 4096)
    network.uint("the precision", 1, 1)
    network.end()

    tile = min(sides[0], signal.height), min(sides[-1], signal.width)
    headers = Headers(
        *signal, architecture, hidden, depth, omegas, activation, scale, tile, **further
    )
    file.expect(sum((SECTIONS[scope] for scope in {t.scope for t in headers.tensors}), ALWAYS))
    count = sum(math.prod(tensor.shape) for tensor in headers.tensors)
    require(count <= LIMIT, f"{count} weights are over this decoder's limit")
    return headers


# Section 5: entropy coding


def read_table(fields: Reader) -> Table:
    """Section 5.1, in Python's integers: they do not overflow."""
    first, n = fields.u8(), fields.u8()
    # As the exponents end at 30, no weight can be infinite or NaN.
    require(n >= 1 and first + n <= 31, f"{fields.name}: a table of {n} exponents from {first}")
    levels = fields.take(n)
    require(0 < max(levels) <= 167, f"{fields.name}: a table's levels are out of range")
    counts = [(8 + level % 8) << level // 8 if level else 0 for level in levels]
    total = sum(counts)
    frequencies = [1 + count * (2**24 - n) // total for count in counts]
    frequencies[frequencies.index(max(frequencies))] += 2**24 - sum(frequencies)
    return first, [0, *accumulate(frequencies)]


def read_stream(stream: bytes, tables: list[Table], tensors: list[Tensor]) -> Tensors:
    least = max(0, 11 * sum(math.prod(tensor.shape) for tensor in tensors) // 8 - 4)
    require(len(stream) >= least, "a stream is too short for its weights")
    require(len(stream) == least or stream[-1] > 0, "a stream ends with a zero byte for nothing")
    stack = Stack(stream)
    values = {}
    for (first, sums), tensor in zip(tables, tensors, strict=True):
        count = math.prod(tensor.shape)
        exponents = np.full(count, first, np.uint16)
        if len(sums) > 2:
            exponents += np.array([stack.symbol(sums) for _ in range(count)], np.uint16)
        others = np.array([stack.number(11) for _ in range(count)], np.uint16)
        patterns = (others >> 10) << 15 | exponents << 10 | others % 1024
        numbers = patterns.view(np.float16).astype(np.float64)
        values[tensor.name] = numbers.reshape(tensor.shape)
    stack.end()
    return values


# Section 4: weights


def weights(file: File, headers: Headers, whole: bool) -> Callable[[int], Tensors]:
    """What reads the tensors for a tile, given its number; without tiles there is one, 0."""
    untiled: Tensors = {}
    for scope in SHARED, ITEM:
        if tensors := headers.scoped(scope):
            ((tag, item),) = SECTIONS[scope]
            fields = Reader(file.payload(tag, item and file.item), tag)
            tables = [read_table(fields) for _ in tensors]
            untiled |= read_stream(fields.rest(), tables, tensors)
    tiled = headers.scoped(TILE)
    if not tiled:
        return lambda tile: untiled

    fields = Reader(file.payload("TIDX"), "TIDX")
    tables = [read_table(fields) for _ in tiled]
    stream = read_streams(file, fields, math.prod(headers.grid), whole)

    def read_tile(tile: int) -> Tensors:
        return untiled | read_stream(stream(tile), tables, tiled)

    return read_tile


# Section 6: rendering


def activate(headers: Headers, z: Samples, omega: float, harmonizer: Samples) -> Samples:
    """Section 6.1."""
    a, b, c, d = harmonizer
    functions: dict[int, Callable[[], Samples]] = {
        SINE: lambda: np.sin(omega * z),
        RELU: lambda: np.maximum(z, 0),
        LEAKY_RELU: lambda: np.maximum(z, 0.2 * z),
        FOURIER: lambda: np.maximum(z, 0),
        GAUSSIAN: lambda: np.exp(-((headers.scale * z) ** 2)),
        GABOR: lambda: np.exp(1j * omega * z - (headers.scale * np.abs(z)) ** 2),
        FINER: lambda: np.sin(omega * (np.abs(z) + 1) * z),
        HARMONIZED: lambda: np.exp(a) * np.sin(np.exp(b) * omega * z + c) + d,
    }
    return functions[headers.activation]()


def evaluate(headers: Headers, tensors: Tensors, coordinates: Samples) -> Samples:
    """Section 6.2: the outputs for positions (row, column), one a line."""
    omega_0, omega = headers.omegas

    def linear(name: str, x: Samples) -> Samples:
        weight, bias = tensors[f"weight {name}"], tensors[f"bias {name}"]
        if weight.ndim == 2:
            return x @ weight.T + bias
        if headers.activation == GABOR:
            real, imaginary = np.split(bias, 2)
            matrix = weight[0] + 1j * weight[1]
            return np.asarray(x @ matrix.T + (real + 1j * imaginary))
        alpha = headers.alphas[int(name)]
        cells = np.floor(alpha * ((coordinates + 1) / 2) + 2**-10)
        numbers = np.clip(cells, 0, math.ceil(alpha) - 1) % 2 @ (2, 1)
        z = np.empty((len(x), len(bias)))
        for number, matrix in enumerate(weight):
            z[numbers == number] = x[numbers == number] @ matrix.T + bias
        return z

    def hidden(name: str, x: Samples, factor: float, harmonizer: str = "harmonizer") -> Samples:
        return activate(headers, linear(name, x), factor, tensors.get(harmonizer, np.zeros(4)))

    x = g = coordinates
    if headers.architecture == LOCAL_GLOBAL:
        for k in range(headers.depth + 1):
            factor = omega if k else omega_0
            g = hidden(f"global {k}", g, factor, "harmonizer global")
            x = hidden(f"local {k}", x, factor, "harmonizer local")
            if headers.merge == 1:
                x = hidden("merge", np.concatenate([x, g], axis=1), omega, "harmonizer merge")
            else:
                x = x + hidden("merge", g, omega, "harmonizer merge")
        return linear(f"local {headers.depth + 1}", x)

    if headers.activation == FOURIER:
        angles = 2 * math.pi * x @ tensors["mapping"].T
        x = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    for layer in headers.layers[:-1]:
        x = hidden(layer.name, x, omega_0 if layer is headers.layers[0] else omega)
    return np.real(linear(headers.layers[-1].name, x))


def shifted(headers: Headers, tensors: Tensors) -> Tensors:
    """The biases of COIN++ with what comes from the latent."""
    parts = (tensors["map"] @ tensors["latent"]).reshape(headers.depth + 1, headers.hidden)
    return tensors | {f"bias {k}": tensors[f"bias {k}"] + part for k, part in enumerate(parts)}


def axis(start: int, length: int, samples: int, tile: int, extent: int) -> Axis:
    """Positions for each sample; all positions' coordinates; the tiles and their positions."""
    finer = min(-(-length // samples), 16)
    count = finer * samples
    # Positions in units of 1 / (2 · count) pixels are integers: none falls into the wrong tile.
    positions = 2 * count * start + (2 * np.arange(count, dtype=np.int64) + 1) * length
    found, first = np.unique(positions // (2 * count * tile), return_index=True)
    bounds = pairwise([*first.tolist(), count])
    tiles = [(number, slice(*b)) for number, b in zip(found.tolist(), bounds, strict=True)]
    return finer, positions % (2 * count * extent) / (count * extent) - 1, tiles


def render(
    file: File,
    signal: Signal,
    network: Reader,
    architecture: int,
    rows: tuple[int, int, int],
    columns: tuple[int, int, int],
) -> Samples:
    """Samples of a part of the picture; `network` are the fields of NETW, after the architecture,
    and of both axes the start, the length and the output's samples are given."""
    whole = rows[:2] == (0, signal.height) and columns[:2] == (0, signal.width)
    headers = read_headers(file, signal, network, architecture)
    read_tile = weights(file, headers, whole)
    tile, extent = headers.tile, headers.extent
    finer_y, coordinates_y, tiles_y = axis(*rows, tile[0], extent[0])
    finer_x, coordinates_x, tiles_x = axis(*columns, tile[1], extent[1])

    output = np.zeros((rows[2], columns[2], headers.channels))
    # Positions at a time, so that memory is bounded.
    batch = 2**20 // max(130, headers.hidden + headers.global_width)
    for (row, ys), (column, xs) in product(tiles_y, tiles_x):
        tensors = read_tile(row * headers.grid[1] + column)
        if headers.architecture == COIN:
            tensors = shifted(headers, tensors)
        shape = ys.stop - ys.start, xs.stop - xs.start
        for begin in range(0, math.prod(shape), batch):
            end = min(begin + batch, math.prod(shape))
            i, j = np.unravel_index(np.arange(begin, end), shape)
            i, j = i + ys.start, j + xs.start
            inputs = np.stack([coordinates_y[i], coordinates_x[j]], axis=1)
            with np.errstate(over="ignore", invalid="ignore"):
                values = evaluate(headers, tensors, inputs)
            # An output sample may have positions in several tiles, so they are summed up.
            np.add.at(output, (i // finer_y, j // finer_x), values)
    output /= finer_y * finer_x
    output[np.isnan(output)] = -1  # the sample 0

    return signal.samples((output + 1) * (signal.peak / 2))
