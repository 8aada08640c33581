"""Coordinate networks, architectures 1 to 7: sections 3.3 and 6 of `inr-v1.md`.

`reference_decoder.py` calls `render`.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
from reference_container import File, Reader
from reference_headers import (
    COIN,
    ENRP,
    FINER,
    FOURIER,
    GABOR,
    GAUSSIAN,
    HARMONIZED,
    LEAKY_RELU,
    LOCAL_GLOBAL,
    RELU,
    SINE,
    Headers,
    read_headers,
)
from reference_signals import Axis, Points, Signal, covered, divided, points_of
from reference_starts import check_prior
from reference_weights import Samples, Tensors, check_sections, sounding_chunks, weights

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
