"""Refinement: slopes of bits and error, and the descent along them."""

from __future__ import annotations

import math
import time
from itertools import count

import numpy as np
import pytest
import torch
from conftest import crop_of_photo

from inrcodec.codecs.grid import synthesis
from inrcodec.codecs.grid.coder import Block, walk
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.quantizer import Choosing
from inrcodec.codecs.grid.encoder.rate import block_slopes
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.pretrained import load_prior
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.wavelet import flattened, pyramid_of, synthesise
from inrcodec.entropy import DecisionWriter

STEP = 640


@pytest.fixture(scope="module")
def photo() -> ImageCoder:
    return ImageCoder(crop_of_photo(96, 128), 255, GridSpec())


def _bits(details: list) -> int:
    network = ContextNetwork(load_prior(1), STEP)
    writer = DecisionWriter()
    real = [[[plane.astype(np.float32) for plane in c] for c in level] for level in details]
    shapes = [[plane.shape for plane in level[0]] for level in details]
    walk(network, shapes, len(details[0]), Choosing(writer, real, 0.0))
    return 8 * len(writer.to_bytes())


def _block(photo: ImageCoder) -> Block:
    low, details = photo.coded(STEP).lattice
    channels = range(len(low))
    return list(low), [[[band[c] for band in bands] for c in channels] for bands in details]


def test_slopes_say_what_coding_more_costs(photo: ImageCoder) -> None:
    """Some latents of a pass's whole neighbourhood are made larger by one, and coded anew."""
    _, details = _block(photo)
    generator = np.random.default_rng(0)
    said, found = [], []
    for _ in range(12):
        share = generator.uniform(0.002, 0.02)
        signs = [
            [
                [generator.choice([-1, 0, 1], p.shape, p=[share, 1 - 2 * share, share]) for p in c]
                for c in level
            ]
            for level in details
        ]
        # A little towards the next whole number, which leaves contexts as they are.
        wanted = [
            [
                [(q + 0.01 * s).astype(np.float32) for q, s in zip(*planes, strict=True)]
                for planes in zip(*bands, strict=True)
            ]
            for bands in zip(details, signs, strict=True)
        ]
        more = [
            [
                [q + s * q.any() for q, s in zip(*planes, strict=True)]
                for planes in zip(*bands, strict=True)
            ]
            for bands in zip(details, signs, strict=True)
        ]
        slopes = block_slopes(ContextNetwork(load_prior(1), STEP), wanted)
        said.append(
            sum(
                float((s * slope).sum())
                for bands in zip(signs, slopes, strict=True)
                for planes in zip(*bands, strict=True)
                for s, slope in zip(*planes, strict=True)
            )
        )
        found.append(_bits(more) - _bits(details))
    assert np.corrcoef(said, found)[0, 1] > 0.98
    assert sum(said) == pytest.approx(sum(found), rel=0.25)


def test_the_error_falls_as_its_slopes_say(photo: ImageCoder) -> None:
    coded = photo.coded(STEP)
    latents = photo.start(coded)
    objective = photo.objective(coded.spec)
    error, slopes = objective.error(latents)
    generator = torch.Generator().manual_seed(0)
    moved = [
        band - 1e-3 * slope * torch.rand(band.shape, generator=generator)
        for band, slope in zip(flattened(latents), flattened(slopes), strict=True)
    ]
    expected = sum(
        float(((m - b) * s).sum())
        for m, b, s in zip(moved, flattened(latents), flattened(slopes), strict=True)
    )
    assert objective.error(pyramid_of(moved))[0] - error == pytest.approx(expected, rel=0.02)


def test_slopes_do_not_depend_on_what_is_kept(
    photo: ImageCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded = photo.coded(STEP)
    latents = photo.start(coded)
    objective = photo.objective(coded.spec)
    kept = flattened(objective.error(latents)[1])
    monkeypatch.setattr(synthesis, "_MOST_KEPT", 0)
    monkeypatch.setattr(synthesis, "CONV_ROWS", 20)
    monkeypatch.setattr(synthesis, "CONV_PIXELS", 20)
    for a, b in zip(kept, flattened(objective.error(latents)[1]), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_filters_see_each_scale(photo: ImageCoder) -> None:
    coded = photo.coded(STEP)
    seen = []
    latents = synthesis.pyramid_from(coded.lattice)
    synthesise(latents, lambda x, scale: (seen.append((scale, *x.shape[1:])), x)[1])
    levels = coded.spec.levels
    assert seen == [(s, -(-96 >> s), -(-128 >> s)) for s in range(levels - 1, -1, -1)]


def _refined(photo: ImageCoder, iterations: int | None, seconds: float = math.inf) -> Refinement:
    return Refinement(photo, Budget(iterations, seconds, time.monotonic()))


def test_iterations_lower_the_cost(photo: ImageCoder) -> None:
    costs = [_refined(photo, iterations).at(STEP).cost for iterations in (0, 8, 16)]
    assert costs[1] < 0.99 * costs[0]
    assert costs[2] < 0.99 * costs[1]


def test_another_step_goes_on_from_the_first(photo: ImageCoder) -> None:
    """With fewer iterations than from nothing, it is nearly as good."""
    refinement = _refined(photo, 16)
    refinement.at(STEP - 10)
    before = refinement.iterations
    again = refinement.at(STEP)
    assert refinement.iterations - before < 8
    assert again.cost < 1.01 * _refined(photo, 16).at(STEP).cost


def test_time_ends_it(photo: ImageCoder) -> None:
    began = time.monotonic()
    refinement = _refined(photo, None, 1.5)
    refinement.at(STEP)
    assert refinement.iterations >= 1
    assert time.monotonic() - began < 4


def test_a_caller_ends_it(photo: ImageCoder) -> None:
    calls = count(1)
    budget = Budget(50, math.inf, time.monotonic())
    refinement = Refinement(photo, budget, lambda progress: next(calls) == 3)
    refinement.at(STEP)
    assert refinement.iterations == 3
