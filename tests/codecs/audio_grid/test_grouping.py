"""Groups of short blocks: one ends where it gets louder, so that what was before stays fine."""

from __future__ import annotations

import numpy as np
from audio_models import FRAME, layout

from inrcodec.codecs.audio_grid.encoder.grouping import choose_groups
from inrcodec.codecs.audio_grid.encoder.quantizer import prepare

SHORT = FRAME // 16


def blocks(*loudness: float) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [level * generator.normal(size=(2, SHORT)) for level in loudness]


def test_a_group_ends_before_an_onset() -> None:
    quiet, loud = [0.01] * 6, [0.3] * 10
    groups = choose_groups(layout(1, 2, 11), [[SHORT] * 16], blocks(*quiet, *loud))
    assert [group.count for group in groups[0]] == [4, 2, 2, 4, 4]


def test_without_levels_there_are_as_few_as_can_be() -> None:
    groups = choose_groups(layout(1, 2, 0), [[SHORT] * 16], blocks(*[0.01] * 6, *[0.3] * 10))
    assert [group.count for group in groups[0]] == [4, 4, 4, 4]


def test_levels_are_those_of_each_group() -> None:
    own = blocks(*[0.01] * 6, *[0.3] * 10)
    signal = prepare(layout(1, 2, 11), [[SHORT] * 16], own)
    before, after = signal.levels[1, :, 0], signal.levels[2, :, 0]
    assert (after - before > 6).all()
