"""The fit of audio's networks: it learns, goes on where it was, and costs what streams cost."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from row_fit import RowFit
from row_records import Records

from inrcodec.codecs.audio_grid.networks import AudioModel, RowNetworks, read_audio_model
from inrcodec.codecs.audio_grid.rows import KINDS, Kind
from inrcodec.codecs.grid.calibration import tally
from inrcodec.codecs.grid.pretrained import CONSTANTS, ODD


def records(kind: Kind, count: int = 600) -> Records:
    """Numbers that follow the first magnitude."""
    generator = np.random.default_rng(kind.number)
    magnitudes = generator.integers(0, 120, (count, kind.magnitudes)).astype(np.uint8)
    values = generator.integers(-100, 100, (count, kind.values)).astype(np.int16)
    sizes = magnitudes[:, 0] // 40
    numbers = sizes * generator.choice([-1, 1], count)
    constants = np.zeros((count, CONSTANTS), np.int16)
    return Records(magnitudes, values, constants, numbers.astype(np.int32))


def model_of(fit: RowFit) -> AudioModel:
    file = BytesIO()
    np.savez(file, **fit.arrays())  # type: ignore[arg-type]
    return read_audio_model(file.getvalue())


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[7], KINDS[-1]])
def test_it_learns_what_there_is_to_be_learned(kind: Kind) -> None:
    fit, known = RowFit(None, 2e-2), records(kind)
    costs = [fit.learn(kind, known, 1.0, whole=False) for _ in range(120)]
    assert costs[-1] < 0.6 * costs[0]


def test_costs_are_those_of_the_networks_that_are_stored() -> None:
    kind = KINDS[-1]
    fit, known = RowFit(None, 2e-2), records(kind)
    for _ in range(60):
        fit.learn(kind, known, 1.0, whole=True)
    networks = RowNetworks(model_of(fit))
    told = RowFit(model_of(fit), 0.0).learn(kind, known, 0.0, whole=True)
    blank = np.zeros((ODD, len(known.numbers)), np.float32)
    inputs = np.concatenate([known.magnitudes.T.astype(np.float32), blank])
    constants = np.zeros(CONSTANTS, np.float32)
    logits = networks.logits(kind, inputs, known.values.T.astype(np.float32), constants)
    trials, hits = tally(known.numbers)
    exact = (trials * np.logaddexp(0, logits / 64) - hits * logits / 64).sum() / np.log(2)
    assert told == pytest.approx(exact / len(known.numbers), rel=0.02)


def test_a_fit_goes_on_where_it_was() -> None:
    kind = KINDS[3]
    first, known = RowFit(None, 1e-2), records(kind)
    for _ in range(5):
        first.learn(kind, known, 1.0, whole=False)
    second = RowFit(None, 1e-2, seed=1)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for fit in (first, second):
        fit.learn(kind, known, 1.0, whole=False)
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(second.arrays()[name], array)
