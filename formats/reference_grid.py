"""The latent grid, architecture 8: sections 6 to 8 of `inr-v1-grid.md`.

`reference_decoder.py` calls `decode` and then `render`. Filters are binary32, all else binary64.
"""

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import reference_latents
from reference_container import File, Reader, require, unpack
from reference_latents import with_deltas
from reference_model import (
    FILTERS,
    LOWEST,
    OWN,
    SCALES,
    SHARED,
    Bands,
    Headers,
    read_headers,
)
from reference_signals import Axis, Image, read_signal

STRIP = 2**16  # pixels that are filtered at once, so that memory is bounded

Samples = npt.NDArray[Any]


# Section 6: from latents to channels


def join(low: Samples, high: Samples) -> Samples:
    """The inverse of the lifting, along the first axis."""
    if not len(high):
        return low
    before = np.arange(len(low)).clip(1) - 1, np.arange(len(low)).clip(None, len(high) - 1)
    after = np.arange(len(high)), np.arange(1, len(high) + 1).clip(None, len(low) - 1)
    low, high = low / 1.149604398860241, high * 1.149604398860241
    low = low - 0.443506852043971 * (high[before[0]] + high[before[1]])
    high = high - 0.882911075530934 * (low[after[0]] + low[after[1]])
    low = low + 0.052980118572961 * (high[before[0]] + high[before[1]])
    high = high + 1.586134342059924 * (low[after[0]] + low[after[1]])
    joined = np.empty((len(low) + len(high), *low.shape[1:]))
    joined[::2], joined[1::2] = low, high
    return joined


def convolve(x: Samples, weight: Samples, bias: Samples) -> Samples:
    height, width = x.shape[1:]
    x = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    result = np.zeros((len(bias), height, width), np.float32) + bias[:, None, None]
    for a, b in product(range(3), repeat=2):
        result += np.tensordot(weight[:, :, a, b], x[:, a : a + height, b : b + width], 1)
    return result


def correction(headers: Headers, scale: int, channels: Samples) -> Samples:
    """What the filter of a scale adds to the channels (3, height, width)."""
    return filtered(headers, headers.model.filters[scale], scale + 1, channels)


def filtered(headers: Headers, weights: list[Samples], level: int, channels: Samples) -> Samples:
    d, offset = headers.d, headers.offset(level) / 64
    told = np.array([d / 64, d**2 // 64 / 64, abs(d) / 64, 1, offset], np.float32)
    first = weights[1] @ told
    result = np.empty_like(channels)
    height, width = channels.shape[1:]
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        # Three rows beyond a strip, lest its borders count as the image's.
        start = max(0, top - 3)
        x = channels[:, start : top + rows + 3].astype(np.float32)
        x = np.maximum(convolve(x, weights[0], first), 0)
        x = np.maximum(convolve(x, weights[2], weights[3]), 0)
        x = convolve(x, weights[4], weights[5])
        result[:, top : top + rows] = x[:, top - start :][:, :rows]
    return result


def synthesize(headers: Headers, bands: Bands, finest: int) -> Samples:
    """The channels (3, height, width) of a scale, in units of the step; those that are not there
    are 0."""
    count = headers.channels
    low = [bands[headers.levels, channel, LOWEST].astype(np.float64) for channel in range(count)]
    for scale in range(headers.levels - 1, finest - 1, -1):
        for channel in range(count):
            factor = 2 ** (headers.offset(scale + 1) / 64)
            high = [factor * bands[scale + 1, channel, number] for number in range(3)]
            upper = join(low[channel], high[1]).T
            low[channel] = join(upper, join(high[0], high[2]).T).T
        if headers.flags & FILTERS and scale < SCALES:
            channels = np.zeros((3, *low[0].shape))
            channels[:count] = low
            low = [*(channels + correction(headers, scale, channels))[:count]]
    channels = np.zeros((3, *low[0].shape))
    channels[:count] = low
    return channels


# Section 7: from channels to the image


def rotation(angles: list[int]) -> Samples:
    turns = [2 * math.pi * angle / 1024 for angle in angles]
    (a, b, c), (sa, sb, sc) = map(math.cos, turns), map(math.sin, turns)
    z = np.array([[a, -sa, 0], [sa, a, 0], [0, 0, 1]])
    y = np.array([[b, 0, sb], [0, 1, 0], [-sb, 0, b]])
    return np.asarray(z @ y @ np.array([[1, 0, 0], [0, c, -sc], [0, sc, c]]))


def at_scale(axis: Axis, scale: int, doublings: int) -> tuple[float, float, int]:
    start, length, samples = axis
    if doublings:
        return start * 2**doublings, length * 2**doublings, samples
    return (start - 0.5) / 2**scale + 0.5, length / 2**scale, samples


def resample(values: Samples, axis: tuple[float, float, int]) -> Samples:
    """The means along the first axis."""
    start, length, samples = axis
    p = start + (np.arange(samples) + 0.5) * length / samples
    f = max(1, length / samples)
    reach = math.ceil(3 * f)
    pixels = np.floor(p - 0.5).astype(np.int64)[:, None] + np.arange(1 - reach, 1 + reach)
    x = (pixels + 0.5 - p[:, None]) / f
    weights = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    pixels = pixels.clip(0, len(values) - 1)
    result = np.zeros((samples, *values.shape[1:]))
    for weight, pixel in zip(weights.T, pixels.T, strict=True):
        result += weight[:, None, None] * values[pixel]
    return result


def doubled(values: Samples) -> Samples:
    """Samples (height, width, channels) at twice the resolution."""
    for _ in range(2):
        values = resample(values, (0, len(values), 2 * len(values))).swapaxes(0, 1)
    return values


def enlarged(headers: Headers, channels: Samples) -> Samples:
    """Channels (3, height, width) at twice the resolution."""
    large = doubled(channels.transpose(1, 2, 0)).transpose(2, 0, 1).copy()
    for down, across in product((0, 1), (0, 1)):
        mirror = (slice(None), slice(None, None, 1 - 2 * down), slice(None, None, 1 - 2 * across))
        added = filtered(headers, headers.model.enlargement, 1, channels[mirror])[mirror]
        large[:, down::2, across::2] += added
    return large


@dataclass(frozen=True)
class Grid:
    headers: Headers
    latents: Bands
    alpha: Samples | None

    def values(self, scale: int = 0, doublings: int = 0) -> Samples:
        """The image (height, width, channels) at a scale, or enlarged, white being 1."""
        headers = self.headers
        channels = synthesize(headers, self.latents, scale)
        for _ in range(doublings):
            channels = enlarged(headers, channels)
            channels[headers.channels :] = 0
        step = 2 ** (headers.step / 64 - 6) / 255 / 2**scale
        x = channels * step
        if headers.angles:
            x = math.sqrt(3) * np.tensordot(rotation(headers.angles).T, x, 1)
        planes = [*x[: headers.channels]]
        if self.alpha is not None:
            alpha = (self.alpha / headers.signal.peak)[..., None]
            for count in x.shape[1:] if scale else ():
                places = 0.5 - 2**scale / 2, count * 2**scale, count
                alpha = resample(alpha, places).swapaxes(0, 1)
            for _ in range(doublings):
                alpha = doubled(alpha)
            planes.append(alpha[..., 0])
        return np.stack(planes, axis=-1)

    def render(self, rows: Axis, columns: Axis) -> Samples:
        factor = min(length // samples for _, length, samples in (rows, columns))
        scale = min(self.headers.levels, max(1, factor).bit_length() - 1)
        larger = min(samples / length for _, length, samples in (rows, columns))
        doublings = min(2, max(0, math.ceil(math.log2(larger))))
        values = self.values(scale, doublings)
        for axis in (rows, columns):
            values = resample(values, at_scale(axis, scale, doublings)).swapaxes(0, 1)
        return self.headers.signal.levels(values * self.headers.signal.peak)


# Section 8: alpha


def read_alpha(payload: bytes, signal: Image) -> Samples:
    kind = np.dtype("u1" if signal.bits == 8 else "<u2")
    size = signal.height * signal.width * kind.itemsize
    unpacked = unpack(payload, size, "ALPH")
    require(len(unpacked) == size, "ALPH is too short for the image")
    differences = np.frombuffer(unpacked, kind).reshape(signal.height, signal.width)
    plane: Samples = np.cumsum(differences, axis=1, dtype=kind)
    return plane


def read_grid_headers(file: File, signal: Image, network: Reader) -> Headers:
    """The headers with the file's and the image's own deltas; `network` are the fields of NETW,
    after the architecture."""
    headers = read_headers(signal, network)
    alpha = signal.channels % 2 == 0
    own, shared = bool(headers.flags & OWN), bool(headers.flags & SHARED)
    tags = ["SIGN", "NETW", "TIDX", "TILE", *["ALPH"] * alpha, *["ITEM"] * own]
    file.expect({*((tag, file.item) for tag in tags), *[("SHAR", 0)] * shared})
    if shared:
        headers = with_deltas(headers, "SHAR", file.payload("SHAR", 0), 7, 3)
    if own:
        payload = file.payload("ITEM")
        headers = with_deltas(headers, "ITEM", payload, headers.levels, headers.channels)
    return headers


# Section 10: images that follow others


def read_latents(file: File, headers: Headers, following: int = 0) -> Bands:
    """All latents of the image, with those that they add to."""
    latents = reference_latents.decode(file, headers)
    item = file.item
    if ("PRED", item) not in file.sections:
        return latents
    require(following < 255 and ("CROP", item) not in file.sections, "PRED: it follows too many")
    fields = Reader(file.payload("PRED"), "PRED")
    back, bits = fields.uint("how far back", 1), np.frombuffer(fields.rest(), np.uint8)
    blocks = np.unpackbits(bits, bitorder="little")
    count = sum(math.prod(headers.blocks(tier)) for tier in headers.tiers)
    require(len(bits) == -(-count // 8), "PRED has not one bit for each block")
    require(not blocks[count:].any(), "PRED has bits of no block")
    require(item - back in file.items, "PRED: there is no such image")
    file.item = item - back
    network = Reader(file.payload("NETW"), "NETW")
    require(("CROP", file.item) not in file.sections, "PRED: the image before is a part")
    require(read_signal(file) == headers.signal, "PRED: the image before is of another kind")
    require(network.uint("the architecture", 8, 8) == 8, "PRED: it is no grid")
    before = read_grid_headers(file, headers.signal, network)
    alike = all(
        getattr(before, name) == getattr(headers, name)
        for name in ("step", "levels", "block", "split", "angles", "offsets")
    )
    require(alike, "PRED: the image before is of another step")
    bases = read_latents(file, before, following + 1)
    file.item = item
    return {
        band: reference_latents.added(headers, band, values, bases[band], blocks)
        for band, values in latents.items()
    }


def decode(file: File, signal: Image, network: Reader) -> Grid:
    """`network` are the fields of NETW, after the architecture."""
    headers = read_grid_headers(file, signal, network)
    alpha = read_alpha(file.payload("ALPH"), signal) if signal.channels % 2 == 0 else None
    return Grid(headers, read_latents(file, headers), alpha)
