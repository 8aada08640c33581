"""Calibration: logits follow what decisions turn out to be."""

from __future__ import annotations

import numpy as np
import pytest

from inrcodec.codecs.grid.calibration import Calibration, tally
from inrcodec.codecs.grid.coder import Probabilities
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.quantizer import code_lengths
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained

NETWORK = ContextNetwork(load_pretrained(CURRENT), 640)


def drawn(logits: np.ndarray, shift: int, seed: int) -> np.ndarray:
    """Latents of logits that are wrong by a shift."""
    generator = np.random.default_rng(seed)
    probabilities = NETWORK.probabilities((logits + shift).clip(-1023, 1023)) / 65536
    sizes = np.zeros(logits.shape[1], np.int32)
    going = np.ones(logits.shape[1], bool)
    for step in range(18):
        going &= generator.random(len(sizes)) < probabilities[min(step, 3)]
        sizes += going
    return np.where(generator.random(len(sizes)) < probabilities[4], sizes, -sizes)


def test_nothing_is_corrected_before_anything_is_known() -> None:
    logits = np.random.default_rng(0).integers(-1023, 1024, (5, 300)).astype(np.int32)
    np.testing.assert_array_equal(Calibration(NETWORK).corrected(logits), logits)


@pytest.mark.parametrize("shift", [-48, 0, 48])
def test_it_finds_what_logits_are_wrong_by(shift: int) -> None:
    logits = np.random.default_rng(1).integers(-128, 128, (5, 20000)).astype(np.int32)
    calibration = Calibration(NETWORK)
    calibration.learn(logits, drawn(logits, shift, 2))
    found = calibration.corrected(logits) - logits
    assert np.abs(np.median(found, axis=1) - shift).max() < 12


def test_it_saves_bits_where_a_model_is_wrong() -> None:
    logits = np.random.default_rng(3).integers(-200, 100, (5, 5000)).astype(np.int32)
    calibration = Calibration(NETWORK)
    calibration.learn(logits, drawn(logits, 40, 4))
    later = np.abs(drawn(logits, 40, 5))
    before, after = (
        code_lengths(later, Probabilities(*NETWORK.probabilities(a))).sum()
        for a in (logits, calibration.corrected(logits))
    )
    assert after < 0.98 * before


def test_each_decision_counts_as_often_as_it_is_taken() -> None:
    trials, hits = tally(np.array([0, 1, -2, 3, -5, 40]))
    np.testing.assert_array_equal(trials[0], [1, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(hits[0], [0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(trials[1], [0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(hits[2], [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(trials[3], [0, 0, 0, 1, 3, 16])
    np.testing.assert_array_equal(hits[3], [0, 0, 0, 0, 2, 16])
    np.testing.assert_array_equal(hits[4], [0, 1, 0, 1, 0, 1])
