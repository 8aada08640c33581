"""The lapped transform: an audio signal as blocks of any lengths, and back at any rate.

    samples ──▶ fold at each joint ──▶ DCT-IV of each block ──▶ coefficients

Around the joint of two blocks, as far as half of the shorter one, samples that mirror each other
are rotated by an angle that grows with their distance; what is left of a block then has a DCT-IV of
its own. Both are orthonormal, so an error in coefficients is one in samples. For blocks of one
length this is the MDCT with Vorbis' window (Princen and Bradley, 1986), for others its switching of
windows (Edler, 1989).

Each coefficient stands for a cosine under a window, which has a value at any time: that is how
audio is rendered at another rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "analyze",
    "analyze_evenly",
    "cosines_held",
    "dct4",
    "reaches",
    "render_block",
    "sample_block",
    "synthesize",
]

Doubles = npt.NDArray[np.float64]
_F = TypeVar("_F", np.float32, np.float64)

# Tables, of so many lengths.
_KEPT = 16
# Cosines of times that are held.
_PRODUCTS_AT_ONCE = 1 << 20


def dct4(values: npt.NDArray[_F]) -> npt.NDArray[_F]:
    """Return the orthonormal DCT-IV, its own inverse, along the last axis, of an even length."""
    count = values.shape[-1]
    # Of the precision of the values.
    turn = _turn(count).astype(np.result_type(values, np.complex64), copy=False)
    folded = (values[..., 0::2] + 1j * values[..., ::-2]) * turn
    turned = np.fft.fft(folded) * turn
    found = np.empty_like(values)
    found[..., 0::2] = turned.real
    found[..., ::-2] = -turned.imag
    found *= np.float32(np.sqrt(2 / count)) if found.dtype == np.float32 else np.sqrt(2 / count)
    return found


@lru_cache(_KEPT)
def _turn(count: int) -> npt.NDArray[np.complex128]:
    """Return what halves of a DCT-IV are multiplied by before and after their Fourier transform."""
    turn: npt.NDArray[np.complex128] = np.exp(-1j * np.pi / count * (np.arange(count // 2) + 1 / 8))
    return turn


def reaches(lengths: Sequence[int]) -> list[int]:
    """Return how far blocks of these lengths reach over the joints between them."""
    return [min(pair) // 2 for pair in pairwise(lengths)]


def _slope(shares: Doubles) -> Doubles:
    """Return a window's rise over a joint, from 0 to 1 of it; its square and that of the fall add
    up to 1."""
    slope: Doubles = np.sin(np.pi / 2 * np.sin(np.pi / 2 * np.clip(shares, 0, 1)) ** 2)
    return slope


@lru_cache(_KEPT)
def _turned_by(reach: int) -> tuple[Doubles, Doubles]:
    """Return the cosines and sines of the rotations from a joint on."""
    rise = _slope((reach + np.arange(reach) + 0.5) / (2 * reach)) if reach else np.zeros(0)
    return rise, np.sqrt(1 - rise**2)


def _rotate(samples: Doubles, joint: int, reach: int, sign: float) -> None:
    """Rotate samples (channels, times) that mirror each other at a joint, in place."""
    rise, fall = _turned_by(reach)
    after = samples[:, joint : joint + reach].copy()
    before = samples[:, joint - reach : joint][:, ::-1].copy()
    samples[:, joint : joint + reach] = rise * after + sign * fall * before
    samples[:, joint - reach : joint] = (rise * before - sign * fall * after)[:, ::-1]


def analyze(
    samples: npt.NDArray[np.floating], lengths: Sequence[int], before: int = 0, after: int = 0
) -> list[Doubles]:
    """Return the coefficients (channels, length) of each block.

    Parameters
    ----------
    samples
        (channels, times), of the blocks and as far as they reach.
    before, after
        How far they reach over the joints with what is before the first block, and after the last.
    """
    folded = samples.astype(np.float64)
    joints = [*accumulate(lengths, initial=before)]
    for joint, reach in zip(joints, [before, *reaches(lengths), after], strict=True):
        _rotate(folded, joint, reach, 1.0)
    return [dct4(folded[:, start:stop]) for start, stop in pairwise(joints)]


def analyze_evenly(samples: npt.NDArray[_F], length: int) -> npt.NDArray[_F]:
    """Return the coefficients (channels, blocks, length) of blocks of one length, in the precision
    of the samples; see `analyze`."""
    folded = samples.reshape(len(samples), -1, length).copy()
    rise, fall = (turned.astype(samples.dtype) for turned in _turned_by(length // 2))
    after = folded[:, 1:, : length // 2].copy()
    before = folded[:, :-1, -(length // 2) :][..., ::-1].copy()
    folded[:, 1:, : length // 2] = rise * after + fall * before
    folded[:, :-1, -(length // 2) :] = (rise * before - fall * after)[..., ::-1]
    return dct4(folded)


def synthesize(
    blocks: Sequence[Doubles], before: int = 0, after: int = 0
) -> npt.NDArray[np.float64]:
    """Return the samples (channels, times) of blocks of coefficients, without those as far as a
    neighbor reaches over the first joint and the last: these need that neighbor's, too."""
    lengths = [block.shape[1] for block in blocks]
    samples = np.concatenate([dct4(block) for block in blocks], axis=1)
    joints = [*accumulate(lengths)][:-1]
    for joint, reach in zip(joints, reaches(lengths), strict=True):
        _rotate(samples, joint, reach, -1.0)
    return samples[:, before : samples.shape[1] - after]


def cosines_held(length: int, count: int, span: int) -> int:
    """Count the cosines of a block of a length that are below half of a rate of so many samples for
    a span of the signal's: at least one."""
    # (2k + 1) · span < 2 · length · count, in whole numbers.
    held = -((span - 2 * length * count) // (2 * span))
    return max(1, min(length, held))


def render_block(
    coefficients: Doubles,
    before: int,
    after: int,
    first: float,
    apart: float,
    count: int,
    held: int,
) -> Doubles:
    """Return what a block adds to (channels, count) times.

    Parameters
    ----------
    coefficients
        (channels, length).
    before, after
        How far it reaches over its joints.
    first, apart, count
        Times, in samples from the start of the block, where sample n is at n + 0.5: the first,
        and how far they are apart.
    held
        Coefficients that are evaluated: see `cosines_held`.
    """
    length = coefficients.shape[1]
    times: Doubles = first + apart * np.arange(count, dtype=np.float64)
    window = _window(times, length, before, after)
    return window * _cosines(coefficients[:, :held], length, first, apart, count)


def sample_block(coefficients: Doubles, before: int, after: int, times: Doubles) -> Doubles:
    """Return what a block adds to (channels, count) any times; see `render_block`."""
    length = coefficients.shape[1]
    frequencies = np.pi / length * (np.arange(length) + 0.5)
    sums = np.empty((len(coefficients), len(times)))
    at_once = max(1, _PRODUCTS_AT_ONCE // length)
    for start in range(0, len(times), at_once):
        own = slice(start, start + at_once)
        sums[:, own] = coefficients @ np.cos(np.outer(frequencies, times[own]))
    return sums * _window(times, length, before, after)


def _window(times: Doubles, length: int, before: int, after: int) -> Doubles:
    """Return what cosines of a block are multiplied by."""
    window = np.full(len(times), np.sqrt(2 / length))
    if before:
        window *= _slope((times + before) / (2 * before))
    if after:
        window *= _slope((length + after - times) / (2 * after))
    window[(times < -before) | (times >= length + after)] = 0
    return window


def _cosines(kept: Doubles, length: int, first: float, apart: float, count: int) -> Doubles:
    """Sum cosines of frequencies (k + 1/2)/2 over the length at equally distant times, by a
    chirp-z transform (Bluestein, 1970)."""
    frequencies = np.arange(kept.shape[1])
    size = 1 << (len(frequencies) + count - 1).bit_length()
    unit = np.pi / length
    turned = kept * np.exp(1j * unit * (frequencies + 0.5) * first)
    # k·j is (k² + j² - (j - k)²) / 2, which makes a convolution of the sum.
    chirp = np.exp(0.5j * unit * apart * np.arange(max(len(frequencies), count)) ** 2.0)
    around = np.zeros(size, np.complex128)
    around[:count] = chirp[:count].conj()
    around[size - len(frequencies) + 1 :] = chirp[1 : len(frequencies)][::-1].conj()
    spread = np.fft.fft(turned * chirp[: len(frequencies)], size)
    convolved = np.fft.ifft(spread * np.fft.fft(around))[:, :count]
    carrier = np.exp(0.5j * unit * apart * np.arange(count))
    sums: Doubles = (convolved * chirp[:count] * carrier).real
    return sums
