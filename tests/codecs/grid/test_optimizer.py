"""Refinement: gradients of rate and error, and the optimizer that follows them."""

from __future__ import annotations

import math
import time
from itertools import count
from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo

from inrcodec.codecs.grid import synthesis
from inrcodec.codecs.grid.coder import code_block
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.quantizer import RdoQuantizer
from inrcodec.codecs.grid.encoder.rate import rate_gradients
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.wavelet import synthesize
from inrcodec.entropy import DecisionWriter
from inrcodec.signal import ImageInfo

STEP = 640


@pytest.fixture(scope="module")
def photo() -> ImageCoder:
    return ImageCoder(crop_of_photo(96, 128), ImageInfo(96, 128, 3, 8), GridSpec())


def _bits(latents: Subbands[Any]) -> int:
    network, writer = ContextNetwork(load_pretrained(CURRENT), STEP), DecisionWriter()
    real = latents.map(lambda band: band.astype(np.float32))
    code_block(network, latents.map(np.zeros_like), RdoQuantizer(writer, real, 0.0))
    return 8 * len(writer.to_bytes())


def test_gradients_say_what_coding_more_costs(photo: ImageCoder) -> None:
    """Some latents of a pass's whole neighborhood are made larger by one, and coded anew."""
    latents = photo.coded(STEP).latents
    latents = Subbands(np.zeros_like(latents.low), latents.levels)
    generator = np.random.default_rng(0)
    network = ContextNetwork(load_pretrained(CURRENT), STEP)
    said, found = [], []
    for _ in range(12):
        share = generator.uniform(0.002, 0.02)
        odds = [share, 1 - 2 * share, share]
        signs = latents.map(lambda q, p=odds: generator.choice([-1, 0, 1], q.shape, p=p))
        pairs = [*zip(latents, signs, strict=True)]
        # A little towards the next whole number, which leaves contexts as they are.
        wanted = Subbands.from_bands([(q + 0.01 * s).astype(np.float32) for q, s in pairs])
        filled = [q.any((1, 2), keepdims=True) for q in latents]
        more = [q + s * any_ for (q, s), any_ in zip(pairs, filled, strict=True)]
        gradients = wanted.map(np.zeros_like)
        rate_gradients(network, wanted, gradients, 1.0)
        said.append(sum(float((s * g).sum()) for s, g in zip(signs, gradients, strict=True)))
        found.append(_bits(Subbands.from_bands(more)) - _bits(latents))
    assert np.corrcoef(said, found)[0, 1] > 0.98
    assert sum(said) == pytest.approx(sum(found), rel=0.25)


def test_the_error_falls_as_its_gradients_say(photo: ImageCoder) -> None:
    spec = photo.spec_at(STEP)
    latents = photo.start(spec)
    objective = photo.objective(spec)
    error, gradients = objective.error(latents)
    generator = np.random.default_rng(0)
    moved = [
        band - np.float32(1e-3) * gradient * generator.random(band.shape, np.float32)
        for band, gradient in zip(latents, gradients, strict=True)
    ]
    expected = sum(
        float(((m - b) * g).sum()) for m, b, g in zip(moved, latents, gradients, strict=True)
    )
    found = objective.error(Subbands.from_bands(moved))[0] - error
    assert found == pytest.approx(expected, rel=0.02)


def test_filters_see_each_scale(photo: ImageCoder) -> None:
    coded = photo.coded(STEP)
    seen = []
    latents = synthesis.as_floats(coded.latents)
    synthesize(latents, lambda x, scale: (seen.append((scale, *x.shape[1:])), x)[1])
    levels = coded.spec.levels
    assert seen == [(s, -(-96 >> s), -(-128 >> s)) for s in range(levels - 1, -1, -1)]


def _refined(photo: ImageCoder, iterations: int | None, seconds: float = math.inf) -> Refinement:
    return Refinement(photo, Budget(iterations, seconds, time.monotonic()))


def test_iterations_lower_the_cost(photo: ImageCoder) -> None:
    costs = [_refined(photo, iterations).at(STEP + 100).cost for iterations in (0, 8, 16)]
    assert costs[1] < 0.99 * costs[0]
    assert costs[2] < 0.998 * costs[1]


def test_another_step_goes_on_from_the_first(photo: ImageCoder) -> None:
    """With fewer iterations than from nothing, it is nearly as good."""
    refinement = _refined(photo, 16)
    refinement.at(STEP - 10)
    before = refinement.iterations
    again = refinement.at(STEP)
    assert refinement.iterations - before < 13
    assert again.cost < 1.01 * _refined(photo, 16).at(STEP).cost


def test_a_step_far_from_the_first_begins_anew(photo: ImageCoder) -> None:
    refinement = _refined(photo, 4)
    refinement.at(STEP + 100)
    before = refinement.iterations
    again = refinement.at(STEP + 60)
    assert refinement.iterations - before == 4
    assert again.cost == _refined(photo, 4).at(STEP + 60).cost


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
