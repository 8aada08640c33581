"""The latent grid of audio, architecture 9: sections 7 and 8 of `inr-v1-audio.md`."""

import math
from dataclasses import dataclass

import numpy as np
import reference_rows
from reference_audio_model import Headers, Samples, bands_of, read_headers
from reference_container import LIMIT, File, Reader, require
from reference_rows import Block
from reference_signals import Audio, Axis

# Times that a block is evaluated at, at once.
AT_ONCE = 512


# Section 7: coefficients


def noise(headers: Headers, block: Block, channel: int, row: Samples, steps: Samples) -> Samples:
    """What is added to the coefficients of a channel."""
    bands = bands_of(block.length, headers.signal.rate)
    zeros = block.numbers[channel] == 0
    amounts = np.zeros(block.length)
    for band, level in enumerate(block.levels[channel]):
        own = slice(bands.edges[band], bands.edges[band + 1])
        wanted = (own.stop - own.start) * 2.0 ** (level - 40)
        missing = max(0.0, wanted - float((row[own] ** 2).sum()))
        if level > 0:
            amounts[own] = math.sqrt(missing / max(1, int(zeros[own].sum())))
    h = (8 * (block.start + np.arange(block.length, dtype=np.uint64)) + channel) % 2**32
    h = (h ^ h >> 16) * 0x85EBCA6B % 2**32
    h = (h ^ h >> 13) * 0xC2B2AE35 % 2**32
    u = math.sqrt(3) * ((h ^ h >> 16) / 2**31 - 1)
    limited = np.minimum(amounts, steps / 2)
    return np.where(zeros, headers.noise / 16 * limited * u, 0.0)


def coefficients(headers: Headers, block: Block) -> Samples:
    """(channels, length)"""
    steps = 2.0 ** ((block.exponents - 256) / 8)
    rows = block.numbers * steps
    if headers.noise and len(block.levels):
        for channel, row in enumerate(rows):
            row += noise(headers, block, channel, row, steps[channel])
    bands = bands_of(block.length, headers.signal.rate)
    for pair, angles in enumerate(block.angles):
        t = bands.spread(angles[bands.places // 2] * (math.pi / 64))
        f, g = rows[2 * pair].copy(), rows[2 * pair + 1].copy()
        rows[2 * pair] = np.cos(t) * f - np.sin(t) * g
        rows[2 * pair + 1] = np.sin(t) * f + np.cos(t) * g
    return rows


# Section 8: samples


def slope(x: Samples) -> Samples:
    rise = np.sin(math.pi / 2 * np.clip(x, 0, 1)) ** 2
    return np.asarray(np.sin(math.pi / 2 * rise))


@dataclass(frozen=True)
class AudioGrid:
    headers: Headers
    blocks: list[Block]

    def render(self, axis: Axis) -> Samples:
        start, length, samples = axis
        times = start + (np.arange(samples) + 0.5) * length / samples
        values = np.zeros((self.headers.signal.channels, samples))
        for place, block in enumerate(self.blocks):
            before, after = self.reach(place - 1), self.reach(place)
            first = np.searchsorted(times, block.start - before)
            last = np.searchsorted(times, block.start + block.length + after)
            if first < last and block.numbers.size:
                c = coefficients(self.headers, block)
                k = np.arange(block.length)
                kept = (2 * k + 1) * length < 2 * block.length * samples
                kept[0] = True
                c = c[:, kept] * math.sqrt(2 / block.length)
                for part in range(int(first), int(last), AT_ONCE):
                    own = slice(part, min(part + AT_ONCE, int(last)))
                    t = times[own] - block.start
                    values[:, own] += (
                        c
                        @ cosines(block.length, c.shape[1], t)
                        * window(block.length, before, after, t)
                    )
        return self.headers.signal.samples(values.T)

    def peak(self) -> float:
        """The largest sample at the signal's own times."""
        frames = self.headers.signal.frames
        return float(np.abs(self.render((0, frames, frames))).max())

    def reach(self, place: int) -> int:
        """Of the joint after a block."""
        if not 0 <= place < len(self.blocks) - 1:
            return 0
        return min(self.blocks[place].length, self.blocks[place + 1].length) // 2


def cosines(length: int, count: int, t: Samples) -> Samples:
    return np.cos(math.pi / length * np.outer(np.arange(count) + 0.5, t))


def window(length: int, before: int, after: int, t: Samples) -> Samples:
    found = np.ones(len(t))
    if before:
        found *= slope((t + before) / (2 * before))
    if after:
        found *= slope((length + after - t) / (2 * after))
    return found


def decode(file: File, signal: Audio, network: Reader) -> AudioGrid:
    """`network` are the fields of NETW, after the architecture."""
    headers = read_headers(signal, network)
    samples = headers.frames * headers.frame * signal.channels
    require(samples <= LIMIT, f"{samples} coefficients are over this decoder's limit")
    tags = ["SIGN", "NETW"]
    if ("TIDX", file.item) in file.sections or ("TILE", file.item) in file.sections:
        tags += ["TIDX", "TILE"]
    file.expect({(tag, file.item) for tag in tags})
    return AudioGrid(headers, reference_rows.decode(file, headers, "TIDX" in tags))
