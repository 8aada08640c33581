"""Weights of coordinate networks: sections 4 and 5 of `inr-v1.md`.

`reference_networks.py` calls `weights`.
"""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from itertools import accumulate, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import File, Reader, Stack, kept_tiles, read_crop, read_streams, require
from reference_headers import ITEM, SECTIONS, SHARED, TILE, Headers, Tensor
from reference_signals import Image, Signal
from reference_starts import start_of

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
