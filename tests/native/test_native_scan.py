"""Scans are coded to the same words and samples, compiled and by Python."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from inrcodec.codecs.pixels.pretrained import CURRENT, load_scan_model
from inrcodec.errors import InrError, MalformedError
from inrcodec.native.scan import LOSSLESS, ScanLoss, Tile, decode_scan, encode_scan

MODEL = load_scan_model(CURRENT)
STEPS = [1, 1, 1, 3, 5, 31, 255, 65535]


@dataclass(frozen=True)
class Scan:
    """What is encoded, and how."""

    samples: np.ndarray[Any, np.dtype[np.uint16]]
    tile: Tile
    repeats: bool = True
    loss: ScanLoss = LOSSLESS

    def encode(self) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], Any]:
        return encode_scan(self.samples, self.tile, MODEL, self.repeats, self.loss)


def drawn_samples(random: np.random.Generator, shape: tuple[int, int, int], kind: str) -> Any:
    """Samples from 0 to 1."""
    height, width, channels = shape
    if kind == "noise":
        return random.random(shape)
    if kind == "few colors":
        return random.random((3, channels))[random.integers(0, 3, (height, width))]
    if kind == "extremes":
        return random.integers(0, 2, shape)
    slopes = random.normal(0, 0.06, (3, channels))
    down, across = np.mgrid[:height, :width, :1][:2]
    return (0.5 + down * slopes[0] + across * slopes[1] + random.normal(0, 0.01, shape)).clip(0, 1)


@st.composite
def scans(draw: st.DrawFn, most_side: int = 12) -> Scan:
    """Small tiles of any color, depth, step and loss, of what repeats and what does not."""
    sides = st.integers(1, most_side)
    shape = (draw(sides), draw(sides), draw(st.integers(1, 4)))
    bits, step = draw(st.sampled_from([8, 16, 8, 16, 9, 11, 14])), draw(st.sampled_from(STEPS))
    random = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    kind = draw(st.sampled_from(["noise", "few colors", "extremes", "slopes"]))
    peak = (1 << bits) - 1
    samples = np.rint(drawn_samples(random, shape, kind) * peak).astype(np.uint16)
    kept = random.random(shape[:2]) < 0.8 if draw(st.booleans()) else None
    most = draw(st.sampled_from([0, 0, step // 2, 9, peak]))
    loss = ScanLoss(most, draw(st.sampled_from([0.0, 0.3, 17.0, 4000.0])))
    return Scan(samples, Tile(shape, bits, step, kept), draw(st.booleans()), loss)


@needs_kernels
@settings(max_examples=20)
@given(scans())
def test_words_are_the_same(scan: Scan) -> None:
    words, decoded = scan.encode()
    with on_numpy():
        plain_words, plain_decoded = scan.encode()
        plain_read = decode_scan(words, scan.tile, MODEL)
    np.testing.assert_array_equal(plain_words, words)
    np.testing.assert_array_equal(plain_decoded, decoded)
    np.testing.assert_array_equal(plain_read, decoded)


@needs_kernels
@settings(max_examples=20)
@given(scans(), st.integers(0, 1 << 20), st.integers(0, 60))
def test_words_by_chance_decode_alike(scan: Scan, seed: int, count: int) -> None:
    """To the same samples, as far as they come, and both say that they are too many or not."""
    words = np.random.default_rng(seed).integers(0, 1 << 32, count, dtype=np.uint32)

    def decoded() -> Any:
        try:
            return decode_scan(words, scan.tile, MODEL)
        except MalformedError:
            return None

    compiled = decoded()
    with on_numpy():
        plain = decoded()
    np.testing.assert_array_equal(plain, compiled)


@needs_kernels
@given(scans(most_side=30))
def test_what_is_encoded_decodes_within_its_loss(scan: Scan) -> None:
    words, decoded = scan.encode()
    np.testing.assert_array_equal(decode_scan(words, scan.tile, MODEL), decoded)
    kept = slice(None) if scan.tile.kept is None else scan.tile.kept
    apart = np.abs(decoded.astype(int) - scan.samples)[kept]
    assert apart.max(initial=0) <= max(scan.loss.most, scan.tile.step // 2)


def test_lossless_is_lossless_by_python() -> None:
    samples = np.random.default_rng(3).integers(0, 256, (5, 7, 3)).astype(np.uint16)
    with on_numpy():
        words, _ = encode_scan(samples, Tile(samples.shape, 8), MODEL, repeats=True)
        np.testing.assert_array_equal(decode_scan(words, Tile(samples.shape, 8), MODEL), samples)


@pytest.mark.parametrize("native", [True, False], ids=["compiled", "Python"])
def test_words_too_many_are_refused(native: bool) -> None:
    samples, tile = np.full((3, 3, 1), 9, np.uint16), Tile((3, 3, 1), 8)
    words, _ = encode_scan(samples, tile, MODEL, repeats=False)
    more = np.concatenate([words, np.full(9, 77, np.uint32)])
    if native:
        with pytest.raises(MalformedError, match="not used up"):
            decode_scan(more, tile, MODEL)
    else:
        with on_numpy(), pytest.raises(MalformedError, match="not used up"):
            decode_scan(more, tile, MODEL)


def test_a_model_whose_sums_may_overflow_is_refused() -> None:
    """Kernels add in 32 bits, whatever the stream has inputs come to."""
    with pytest.raises(InrError, match="32 bits"):
        replace(MODEL, third=np.full_like(MODEL.third, 32767))
