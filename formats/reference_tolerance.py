"""How far two decoders may be apart, from a file's own weights: section 6.5 of `inr-v1.md`.

`reference_decoder.py` calls `tolerance`. Of everything a pair of arrays is carried along: how large
it may be, and by how much rounding may move it.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import File, Reader, Refused
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
from reference_networks import shifted
from reference_signals import Image, Signal, covered, reach
from reference_weights import Samples, Tensors, sounding_chunks, tiles_of, weights

U = 2.0**-24  # the rounding of binary32
FACTOR = 4
HIGHEST = 2.0**127  # about what binary32 holds


class Range(NamedTuple):
    most: Samples
    error: Samples


def joined(*parts: Range) -> Range:
    return Range(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def through(weight: Samples, bias: Samples | float, x: Range) -> Range:
    """A linear layer, of absolute weights."""
    most = weight @ x.most + bias
    return Range(most, np.sqrt(weight**2 @ x.error**2) + U * most)


def activated(headers: Headers, z: Range, omega: float, harmonizer: Samples) -> Range:
    """The table: the most that φ can be, its steepest slope, and how large the phase is that is
    rounded, times φ's slope by the phase."""
    s, z_most, one = headers.scale, z.most, np.ones_like(z.most)
    a, b, c, d = harmonizer
    # Of Gabor wavelets, that of a complex z; powers beyond binary64 promise nothing.
    peak = math.exp(min(700, (omega / s) ** 2 / 4))
    rows: dict[int, Callable[[], tuple[Samples, Samples, Samples]]] = {
        SINE: lambda: (one, omega * one, omega * z_most),
        RELU: lambda: (z_most, one, 0 * one),
        LEAKY_RELU: lambda: (z_most, one, 0 * one),
        FOURIER: lambda: (z_most, one, 0 * one),
        GAUSSIAN: lambda: (one, s * one, one),
        GABOR: lambda: (peak * one, (omega + s) * one, (1 + (omega / s) ** 2) * one),
        FINER: lambda: (one, omega * (2 * z_most + 1), omega * (z_most + 1) * z_most),
        HARMONIZED: lambda: (
            (np.exp(a) + abs(d)) * one,
            np.exp(a + b) * omega * one,
            np.exp(a + b) * omega * z_most + np.exp(a) * abs(c),
        ),
    }
    most, slope, phase = rows[headers.activation]()
    error = slope * z.error + U * (phase + most)
    # On the way to φ, too, nothing may overflow.
    largest = np.maximum(most + phase, np.exp(b) * max(1, omega) * np.maximum(1, z_most))
    return Range(most, np.where(largest < HIGHEST, error, math.inf))


def waves(angles: Range, factor: float) -> Range:
    """Sine or cosine of a factor times angles."""
    one = np.ones_like(angles.most)
    return Range(one, factor * (angles.error + U * angles.most) + U)


def network(headers: Headers, tensors: Tensors, beyond: float) -> Range:
    """The outputs, over all positions; coordinates go from -1 to 1 and as far beyond."""
    omega_0, omega = headers.omegas
    sizes = {name: np.abs(tensor) for name, tensor in tensors.items()}
    if headers.architecture == COIN:
        sizes = shifted(headers, sizes)

    def linear(name: str, x: Range) -> Range:
        weight, bias = sizes[f"weight {name}"], sizes[f"bias {name}"]
        if weight.ndim == 2:
            return through(weight, bias, x)
        if headers.activation == GABOR:
            return through(np.hypot(*weight), np.hypot(*np.split(bias, 2)), x)
        of_each = [through(matrix, bias, x) for matrix in weight]
        most, error = (np.max(arrays, axis=0) for arrays in zip(*of_each, strict=True))
        # How far the shares of the matrices are off, if they have such.
        shares = (headers.blending - 1) * headers.axes * headers.alphas[int(name)]
        return Range(most, error + 2 * U * shares * most)

    def hidden(name: str, x: Range, factor: float, harmonizer: str = "harmonizer") -> Range:
        return activated(headers, linear(name, x), factor, tensors.get(harmonizer, np.zeros(4)))

    edge = np.full(headers.axes, 1 + beyond)
    x = g = Range(edge, U * edge)
    if headers.architecture == LOCAL_GLOBAL:
        for k in range(headers.depth + 1):
            factor = omega if k else omega_0
            g = hidden(f"global {k}", g, factor, "harmonizer global")
            x = hidden(f"local {k}", x, factor, "harmonizer local")
            if headers.merge == 1:
                x = hidden("merge", joined(x, g), omega, "harmonizer merge")
            else:
                y = hidden(f"merge {k}", g, omega, "harmonizer merge")
                most = x.most + y.most
                x = Range(most, np.hypot(x.error, y.error) + U * most)
        return linear(f"local {headers.depth + 1}", x)

    if headers.activation == FOURIER:
        angles = through(sizes["mapping"], 0, x)
        x = joined(*2 * [waves(angles, 2 * math.pi)])
    octaves = [waves(x, 2**k * math.pi) for k in range(headers.frequencies)]
    x = joined(x, *(wave for octave in octaves for wave in (octave, octave)))
    for layer in headers.layers[:-1]:
        x = hidden(layer.name, x, omega_0 if layer is headers.layers[0] else omega)
    return linear(headers.layers[-1].name, x)


def undecided(file: File, signal: Signal, headers: Headers) -> npt.NDArray[np.bool_]:
    """The samples, at the signal's own size, for which a decoder may take either matrix."""
    found = np.zeros(signal.shape, bool)
    for chunk in sounding_chunks(file, signal) if headers.blending == 1 else ():
        whole = 0, signal.shape[0]
        start, length = whole if isinstance(signal, Image) else covered(signal, chunk)
        part = found[start : start + length]
        for axis, alpha in product(range(headers.axes), headers.alphas):
            side = part.shape[axis]
            cells = alpha * (np.arange(side) + 0.5) / side + 2**-10
            border = np.rint(cells)
            inside = (border > 0) & (border < math.ceil(alpha))
            near = inside & (np.abs(cells - border) <= alpha * 2**-22)
            part |= near if axis == headers.axes - 1 else near[:, None]
    return found


def networks(file: File, signal: Signal, headers: Headers) -> Iterator[tuple[Headers, Tensors]]:
    """Those of all chunks and tiles."""
    for chunk in sorted(sounding_chunks(file, signal)):
        length = signal.shape[0] if isinstance(signal, Image) else covered(signal, chunk)[1]
        own = replace(headers, shape=(length, *signal.shape[1:]))
        read_tile = weights(file, signal, own, chunk, whole=True)
        for tile in tiles_of(file, signal, own, chunk):
            # A crop may have more tiles than anyone looks at.
            with suppress(Refused):
                yield own, read_tile(tile)


def tolerance(file: File, signal: Signal, fields: Reader, architecture: int) -> float:
    """T of section 6.5, in values; infinite where nothing is promised. `fields` are those of NETW,
    after the architecture."""
    headers = read_headers(signal, fields, architecture)
    errors = [0.0]
    with np.errstate(over="ignore", invalid="ignore"):
        for own, tensors in networks(file, signal, headers):
            sides = zip(own.shape, own.tile, strict=True)
            ahead = [2 * reach(n, tile, own.overlap) / tile for n, tile in sides]
            beyond = max(ahead) if own.architecture == ENRP else 0
            errors.append(float(network(own, tensors, beyond).error.max()))
    worst = float(np.max(errors))
    return FACTOR * (worst + U) if worst < math.inf else math.inf
