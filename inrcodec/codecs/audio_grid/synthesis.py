"""Blocks of a stream to coefficients: latents times their steps, noise where these are 0, and pairs
of channels rotated back.

Where levels say that a band has more energy than its latents, noise makes up for some of it: the
ear misses a band that is silent more than it minds one that is wrong.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import Bands, bands_of
from inrcodec.codecs.audio_grid.rotation import rotate
from inrcodec.codecs.audio_grid.steps import LEVEL_OF_1, step_sizes
from inrcodec.codecs.audio_grid.streams import Block

__all__ = ["coefficients_of"]

Doubles = npt.NDArray[np.float64]

# Noise has at most so many steps, before `noise` sixteenths of it are taken.
_MOST_NOISE = 0.5


def coefficients_of(block: Block, rate: int, noise: int, origin: int) -> Doubles:
    """Return the coefficients (channels, length) of a block.

    Parameters
    ----------
    rate
        In Hz.
    noise
        Sixteenths of the noise that would make up for all that is missing.
    origin
        Of the stream, in samples of the signal: the same places have the same noise however a
        signal is read.
    """
    steps, bands = step_sizes(block.exponents), bands_of(block.length, rate)
    coefficients: Doubles = block.latents * steps
    if noise and block.levels.size:
        places = origin + block.start + np.arange(block.length, dtype=np.int64)
        noisy = _amounts(block, coefficients, steps, bands) * _uniform(places, len(steps))
        coefficients += noise / 16 * noisy
    return rotate(coefficients, block.angles, bands, back=True)


def _amounts(block: Block, coefficients: Doubles, steps: Doubles, bands: Bands) -> Doubles:
    """Return the root mean square of noise for each coefficient; 0 where a latent is not."""
    levels, zero = block.levels, block.latents == 0
    wanted = np.where(levels > 0, 2.0 ** (levels - LEVEL_OF_1), 0.0) * bands.widths
    there, zeros = bands.sums(coefficients**2), bands.sums(zero.astype(np.float64))
    missing = np.sqrt(np.maximum(wanted - there, 0) / np.maximum(zeros, 1))
    amounts: Doubles = np.minimum(bands.spread(missing), _MOST_NOISE * steps)
    amounts *= zero
    return amounts


def _uniform(places: npt.NDArray[np.int64], channels: int) -> Doubles:
    """Return numbers (channels, places) of mean 0 and mean square 1 that look random, of places and
    a channel: what a hash of 32 bits (the end of MurmurHash3) makes of them."""
    bits = (8 * places + np.arange(channels)[:, None]).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        bits ^= bits >> np.uint32(shift)
        bits *= np.uint32(factor)
    numbers: Doubles = (bits / 2.0**31 - 1) * np.sqrt(3)
    return numbers
