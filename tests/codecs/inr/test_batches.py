"""Batches: what a step goes through, padding left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import smooth_image, values_of
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.inr.batches import make_batches, make_stack
from inrcodec.codecs.inr.differentiable import sample_tensor as sample
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.networks import EnrpSpec, MinrSpec, SirenSpec
from inrcodec.codecs.inr.networks.kernels import ROWS
from inrcodec.signal.geometry import pixel_centers

TILED = EnrpSpec(6, 1, 10.0, 10.0, tile=16)
SHARED = MinrSpec(5, 1, 9.0, 9.0)
ALONE = SirenSpec(4, 1, 9.0, 9.0)
SETTINGS = FitSettings(1, 1e-2)


def test_padding_is_not_part_of_the_loss() -> None:
    """The error of a batch is that of the image's own pixels, though its tiles reach beyond."""
    samples = smooth_image(20, 37)
    (batch,) = make_batches([values_of(samples)], TILED, SETTINGS)
    assert not batch.network.tiling.exact
    found = sum(float(m.squared_errors().sum().detach()) for m in batch.microbatches_at(0))
    axes = np.meshgrid(pixel_centers(20), pixel_centers(37), indexing="ij")
    points = torch.tensor(np.stack(axes, -1).reshape(-1, 2), dtype=torch.float32)
    values = sample(batch.network, points).detach().numpy().reshape(samples.shape)
    assert found == pytest.approx(np.square(values - (samples / 127.5 - 1)).sum(), rel=1e-4)


def test_images_of_one_shape_are_stacked() -> None:
    images = [smooth_image(8, 8), smooth_image(8, 8)[::-1], smooth_image(6, 8)]
    parts = make_batches([values_of(i) for i in images], SHARED, SETTINGS)
    assert [part.signals for part in parts] == [[0, 1], [2]]
    assert parts[0].network.weights["weight_first"].shape == (2, 5, 2)
    assert parts[0].network.weights["weight_middle0"] is parts[1].network.weights["weight_middle0"]


def test_a_step_of_many_samples_goes_through_some_of_each() -> None:
    """All turns together are all samples, and every signal has a part in each."""
    images = [smooth_image(30, 40), smooth_image(30, 40), smooth_image(17, 19)]
    settings = FitSettings(1, 1e-2, points=500)
    parts = make_batches([values_of(i) for i in images], SHARED, settings)
    for part in parts:
        per_row = part.network.tiling.samples_per_tile
        seen = [
            sum(m.values.shape[0] * m.values.shape[2] for m in part.microbatches_at(step))
            for step in range(len(part.turns))
        ]
        assert len(part.turns) == 6
        assert sum(seen) == per_row * len(part.signals)
        assert max(seen) <= (per_row // 6 + 16) * len(part.signals)
    first = [m for part in parts for m in part.microbatches_at(0)]
    total = sum(len(m.values) * m.values.shape[2] for m in first)
    assert 400 < total <= 520


@given(st.integers(1, 400), st.integers(1, 150))
def test_turns_are_alike_and_are_all_samples(side: int, points: int) -> None:
    """No step goes through a few samples alone, whose gradients would be noise."""
    settings = FitSettings(1, 1e-2, points=points)
    (batch,) = make_batches([np.zeros((1, side, 1), np.float32)], ALONE, settings)
    sizes = [sum(m.values.numel() for m in turn) for turn in batch.turns]
    assert sum(sizes) == side
    assert max(sizes) - min(sizes) <= 2 * ROWS
    assert min(sizes) >= min(side, max(ROWS, points // 2 - ROWS))


def test_signals_in_a_stack_go_through_the_same_samples_as_alone() -> None:
    images = [values_of(smooth_image(24, 30)), values_of(smooth_image(24, 30)[::-1])]
    settings = FitSettings(1, 1e-2, points=200)
    stack = make_stack(images, ALONE, settings)
    (alone,) = make_batches(images[1:], ALONE, settings)
    assert len(stack.turns) == len(alone.turns) == 4
    for turn, own in zip(stack.turns, alone.turns, strict=True):
        seen = torch.cat([m.values[1] for m in turn], -1)
        channels = [m.values.transpose(0, 1).reshape(3, -1) for m in own]
        torch.testing.assert_close(seen.sort(-1)[0], torch.cat(channels, -1).sort(-1)[0])
