"""The optimizer of a fit: Muon for matrices between hidden layers, Adam for all else."""

from __future__ import annotations

import pytest
import torch
from conftest import crop_of_photo, values_of

from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.inr.optimizers import Optimizer, orthogonalized


def weights(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    found = [torch.randn(shape, generator=generator) for shape in shapes]
    for weight in found:
        weight.grad = torch.randn(weight.shape, generator=generator)
    return found


@pytest.mark.parametrize("shape", [(6, 6), (3, 8, 5), (2, 2, 4, 9)])
def test_singular_values_become_about_1(shape: tuple[int, ...]) -> None:
    (matrix,) = weights(shape)
    values = torch.linalg.svdvals(orthogonalized(matrix))
    assert float(values.min()) > 0.3 and float(values.max()) < 1.3
    assert torch.equal(orthogonalized(torch.zeros(shape)), torch.zeros(shape))


def test_muon_moves_all_directions_alike() -> None:
    matrix, bias = weights((1, 8, 8), (1, 8))
    before = matrix.clone()
    settings = FitSettings(10, 1e-2, matrix_rate=0.1)
    Optimizer([matrix, bias], [matrix], settings).step(1.0)
    moved = torch.linalg.svdvals(before - matrix)
    assert float(moved.min()) > 0.03 and float(moved.max()) < 0.13


def test_without_a_rate_adam_moves_all() -> None:
    matrix, bias = weights((1, 4, 4), (1, 4))
    before = [matrix.clone(), bias.clone()]
    Optimizer([matrix, bias], [matrix], FitSettings(10, 1e-2)).step(0.5)
    for own, old in zip([matrix, bias], before, strict=True):
        assert torch.allclose((own - old).abs(), torch.full_like(own, 5e-3), atol=1e-6)


def test_what_is_fixed_stays() -> None:
    matrix, bias = weights((1, 4, 4), (1, 4))
    optimizer = Optimizer([matrix, bias], [matrix], FitSettings(10, 1e-2, matrix_rate=0.1))
    optimizer.step(1.0)
    kept = [matrix.clone(), bias.clone()]
    optimizer.fix([matrix])
    optimizer.step(1.0)
    assert torch.equal(matrix, kept[0])
    assert not torch.equal(bias, kept[1])


def test_a_copy_goes_on_as_the_original_would() -> None:
    matrix, bias = weights((1, 4, 4), (1, 4))
    optimizer = Optimizer([matrix, bias], [matrix], FitSettings(10, 1e-2, matrix_rate=0.1))
    optimizer.step(1.0)
    copy, kept = optimizer.copy(), [matrix.clone(), bias.clone()]
    optimizer.step(0.5)
    moved = [matrix.clone(), bias.clone()]
    matrix.copy_(kept[0])
    bias.copy_(kept[1])
    copy.step(0.5)
    assert torch.equal(matrix, moved[0])
    assert torch.equal(bias, moved[1])


def test_muon_fits_better() -> None:
    values = values_of(crop_of_photo(32, 48))
    spec = SirenSpec(20, 2, 30.0, 30.0)
    assert spec.matrix_rate is not None
    adam, muon = (
        fit(values, spec, FitSettings(120, 5e-3, matrix_rate=rate)).psnr_db
        for rate in (None, spec.matrix_rate)
    )
    assert muon > adam + 0.5
