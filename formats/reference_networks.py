"""Coordinate networks, architectures 1 to 7: sections 3.3 and 4 to 6 of `inr-v1.md`.

`reference_decoder.py` calls `render`.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import accumulate, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import File, Reader, Stack, kept_tiles, read_crop, read_streams, require
from reference_headers import (
    COIN,
    ENRP,
    FINER,
    FOURIER,
    GABOR,
    GAUSSIAN,
    HARMONIZED,
    ITEM,
    LEAKY_RELU,
    LOCAL_GLOBAL,
    RELU,
    SECTIONS,
    SHARED,
    SINE,
    TILE,
    Headers,
    Tensor,
    read_headers,
)
from reference_signals import Axis, Image, Points, Signal, covered, divided, points_of
from reference_starts import check_prior, start_of

Samples = npt.NDArray[Any]  # of floats, or of complex numbers between two layers of Gabor wavelets
Tensors = dict[str, Samples]
Table = tuple[int, list[int]]  # the first exponent; the sums F_0, F_1, …, and at last 2^24


# Section 5: entropy coding


class Steps(NamedTuple):
    """Section 5.3: a step, how many lowest bits are plain, the largest number of the others, sums
    of frequencies, and whether weights are differences."""

    step: float
    low_bits: int
    largest: int
    sums: list[int]
    are_differences: bool


def read_table(fields: Reader, headers: Headers) -> Table | Steps:
    """A tensor's table, as the precision has it."""
    return read_exponents(fields) if headers.precision == 1 else read_steps(fields)


def read_exponents(fields: Reader) -> Table:
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


def read_steps(fields: Reader) -> Steps:
    """Section 5.3."""
    exponent, shape, spread = fields.u8(), fields.u8(), fields.u8()
    are_differences, shape = divmod(shape, 4)
    require(are_differences <= 1 and shape <= 2, f"{fields.name}: a table of no such shape")
    require(spread <= 176, f"{fields.name}: a table of spread {spread}")
    low_bits = max(0, -(-(spread - 80) // 8))
    with localcontext(prec=40):
        sigma = Decimal(2) ** (Decimal(spread - 8 * low_bits - 24) / 8)
        largest = math.ceil((2 if shape == 2 else 8) * sigma)
        power = -1 / (2 * sigma**2) if shape == 0 else -Decimal(2).sqrt() / sigma
        ratio = round(2**32 * power.exp()) if shape < 2 else 2**32
    weights, factor, square = [2**32], ratio, ratio * ratio >> 32
    for _ in range(largest):
        weights.append(weights[-1] * factor >> 32)
        if shape == 0:
            factor = factor * square >> 32
    both = [*reversed(weights[1:]), *weights]
    frequencies = [1 + w * (2**24 - len(both)) // sum(both) for w in both]
    frequencies[largest] += 2**24 - sum(frequencies)
    sums = [0, *accumulate(frequencies)]
    return Steps(2 ** ((exponent - 192) / 8), low_bits, largest, sums, bool(are_differences))


def read_stream(stream: bytes, tables: list[Table | Steps], tensors: list[Tensor]) -> Tensors:
    bits = 0 if tables and isinstance(tables[0], Steps) else 11
    least = max(0, bits * sum(math.prod(tensor.shape) for tensor in tensors) // 8 - 4)
    require(len(stream) >= least, "a stream is too short for its weights")
    require(len(stream) == least or stream[-1] > 0, "a stream ends with a zero byte for nothing")
    stack = Stack(stream)
    values = {}
    for table, tensor in zip(tables, tensors, strict=True):
        count = math.prod(tensor.shape)
        if isinstance(table, Steps):
            whole = np.array([stack.symbol(table.sums) for _ in range(count)]) - table.largest
            if table.low_bits:
                low = np.array([stack.number(table.low_bits) for _ in range(count)])
                whole = whole * 2**table.low_bits + low
            numbers = whole * table.step
            if not table.are_differences:
                numbers = numbers.astype(np.float32).astype(np.float64)
            values[tensor.name] = numbers.reshape(tensor.shape)
            continue
        first, sums = table
        exponents = np.full(count, first, np.uint16)
        if len(sums) > 2:
            exponents += np.array([stack.symbol(sums) for _ in range(count)], np.uint16)
        others = np.array([stack.number(11) for _ in range(count)], np.uint16)
        patterns = (others >> 10) << 15 | exponents << 10 | others % 1024
        numbers = patterns.view(np.float16).astype(np.float64)
        values[tensor.name] = numbers.reshape(tensor.shape)
    stack.end()
    return values


def from_start(
    headers: Headers, values: Tensors, tables: list[Table | Steps], tensors: list[Tensor], tile: int
) -> Tensors:
    """Sections 5.4 and 5.5: the values with the starts of those that are differences."""
    found = dict(values)
    for table, tensor in zip(tables, tensors, strict=True):
        if isinstance(table, Steps) and table.are_differences:
            whole = start_of(headers, tensor, tile) + values[tensor.name]
            found[tensor.name] = whole.astype(np.float32).astype(np.float64)
    return found


# Section 4: weights


def sounding_chunks(file: File, signal: Signal) -> set[int]:
    """The chunks that have weights."""
    if isinstance(signal, Image):
        return {0}
    tags = SECTIONS[ITEM] + SECTIONS[TILE]
    items = {item for tag, item in file.sections if tag in tags and file.owner(item) == file.item}
    return {item - file.item for item in items if item - file.item < signal.chunks}


def check_sections(file: File, headers: Headers, sounding: set[int]) -> None:
    wanted = {("SIGN", file.item), ("NETW", file.item)}
    for scope in {tensor.scope for tensor in headers.tensors}:
        items = {0 if scope == SHARED else file.item + chunk for chunk in sounding}
        wanted |= set(product(SECTIONS[scope], items))
    file.expect(wanted)


def tiles_of(file: File, signal: Signal, headers: Headers, chunk: int) -> list[int]:
    """Section 3.5: the numbers of the tiles that a chunk has; without tiles there is one, 0."""
    counts = headers.tiling if headers.scoped(TILE) else (1,) * headers.axes
    crop = read_crop(file, signal.shape)
    if crop is None:
        return [*range(math.prod(counts))]
    sounding = sorted(sounding_chunks(file, signal))
    require(len(crop[1]) == len(sounding), "CROP has not one box for each chunk")
    place = sounding.index(chunk)
    return kept_tiles(crop[1][place : place + 1], [tuple(counts)])


def weights(
    file: File, signal: Signal, headers: Headers, chunk: int, whole: bool
) -> Callable[[int], Tensors]:
    """What reads the tensors for a tile of a chunk, given its number; without tiles there is one,
    0."""
    item, kept = file.item + chunk, tiles_of(file, signal, headers, chunk)
    untiled: Tensors = {}
    for scope in SHARED, ITEM:
        if tensors := headers.scoped(scope):
            (tag,) = SECTIONS[scope]
            fields = Reader(file.payload(tag, 0 if scope == SHARED else item), tag)
            tables = [read_table(fields, headers) for _ in tensors]
            values = read_stream(fields.rest(), tables, tensors)
            untiled |= from_start(headers, values, tables, tensors, 0)
    tiled = headers.scoped(TILE)
    if not tiled:
        return lambda tile: untiled

    fields = Reader(file.payload("TIDX", item), "TIDX")
    tables = [read_table(fields, headers) for _ in tiled]
    stream = read_streams(file, fields, kept, whole, item)

    def read_tile(tile: int) -> Tensors:
        values = read_stream(stream(tile), tables, tiled)
        return untiled | from_start(headers, values, tables, tiled, tile)

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
    """Section 6.2: the outputs for positions of a coordinate for each axis, one a line."""
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
        cells = alpha * ((coordinates + 1) / 2)
        z = np.zeros((len(x), len(bias)), x.dtype)
        if headers.blending == 2:
            odd = 1 - np.abs((cells - 0.5) % 2 - 1)
            for bits, matrix in zip(product((0, 1), repeat=headers.axes), weight, strict=True):
                shares = np.where(bits, odd, 1 - odd).prod(axis=1)
                z += shares[:, None] * (x @ matrix.T)
            return z + bias
        odd = np.clip(np.floor(cells + 2**-10), 0, math.ceil(alpha) - 1) % 2
        numbers = odd @ [2**k for k in reversed(range(headers.axes))]
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
                x = x + hidden(f"merge {k}", g, omega, "harmonizer merge")
        return linear(f"local {headers.depth + 1}", x)

    if headers.activation == FOURIER:
        angles = 2 * math.pi * x @ tensors["mapping"].T
        x = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    for k in range(headers.frequencies):
        angles = 2**k * math.pi * coordinates
        x = np.concatenate([x, np.sin(angles), np.cos(angles)], axis=1)
    for layer in headers.layers[:-1]:
        x = hidden(layer.name, x, omega_0 if layer is headers.layers[0] else omega)
    return np.real(linear(headers.layers[-1].name, x))


def shifted(headers: Headers, tensors: Tensors) -> Tensors:
    """The biases of COIN++ with what comes from the latent."""
    parts = (tensors["map"] @ tensors["latent"]).reshape(headers.depth + 1, headers.hidden)
    return tensors | {f"bias {k}": tensors[f"bias {k}"] + part for k, part in enumerate(parts)}


def coordinates_of(headers: Headers, points: Points, axis: int, tile: int) -> Samples:
    """Section 6.3: the coordinates along an axis of points in a tile."""
    if headers.architecture != ENRP:
        return points.positions * 2 / (points.unit * headers.shape[axis]) - 1
    side = points.unit * headers.tile[axis]
    return (points.positions - tile * side) * 2 / side - 1


def draw(
    output: Samples,
    headers: Headers,
    read_tile: Callable[[int], Tensors],
    axes: list[Points],
    precision: npt.DTypeLike,
) -> None:
    """Add the values at the points of a grid, axis by axis, to the output."""
    cuts = zip(axes, headers.shape, headers.tile, strict=True)
    tiled = [list(divided(*cut, headers.overlap)) for cut in cuts]
    # Positions at a time, so that memory is bounded.
    batch = 2**20 // max(130, headers.hidden + headers.global_width)
    for numbers, inside in (zip(*chosen, strict=True) for chosen in product(*tiled)):
        stored = read_tile(int(np.ravel_multi_index(numbers, headers.tiling)))
        tensors: Tensors = {name: tensor.astype(precision) for name, tensor in stored.items()}
        if headers.architecture == COIN:
            tensors = shifted(headers, tensors)
        sides = [
            coordinates_of(headers, points, axis, tile)
            for axis, (points, tile) in enumerate(zip(inside, numbers, strict=True))
        ]
        shape = [len(side) for side in sides]
        for begin in range(0, math.prod(shape), batch):
            end = min(begin + batch, math.prod(shape))
            index = np.unravel_index(np.arange(begin, end), shape)
            by_axis = list(zip(inside, index, strict=True))
            shares = math.prod(points.shares[i] for points, i in by_axis)
            x = np.stack([side[i] for side, i in zip(sides, index, strict=True)], axis=1)
            with np.errstate(over="ignore", invalid="ignore"):
                values = evaluate(headers, tensors, x.astype(precision)) * shares[:, None]
                # An output sample may have points in several tiles, so they are summed up.
                np.add.at(output, tuple(points.output[i] for points, i in by_axis), values)


def render(
    file: File,
    signal: Signal,
    network: Reader,
    architecture: int,
    axes: list[Axis],
    precision: npt.DTypeLike = np.float64,
) -> Samples:
    """Samples of a part of the signal; `network` are the fields of NETW, after the architecture;
    the network is computed in a `precision`."""
    headers = read_headers(signal, network, architecture)
    if headers.precision == 3:
        check_prior(headers)
    sounding = sounding_chunks(file, signal)
    check_sections(file, headers, sounding)
    whole = all(axis[:2] == (0, n) for axis, n in zip(axes, signal.shape, strict=True))
    first, *others = (points_of(axis, signal.finer(axis)) for axis in axes)
    output = np.zeros((*(samples for *_, samples in axes), headers.channels))
    for chunk, points in divided(first, signal.shape[0], signal.chunk, signal.overlap):
        if chunk in sounding:
            start, length = covered(signal, chunk)
            moved = points._replace(positions=points.positions - points.unit * start)
            own = replace(headers, shape=(length, *signal.shape[1:]))
            read_tile = weights(file, signal, own, chunk, whole)
            draw(output, own, read_tile, [moved, *others], precision)
    return signal.samples(output)
