"""On a GPU: the same file renders the same, and a fit repeats itself. Skipped without one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import crop_of_photo

import inrcodec

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

QUICK = {"steps": 60, "device": "cuda"}
OPTIONS = {
    "enrp": {"model": "enrp", "tile": 16, "width": 4, "depth": 1},
    "siren": {"model": "siren", "width": 12, "depth": 1, "omega": 15.0},
}
Each = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())


@Each
def test_both_devices_render_the_same(options: dict) -> None:
    data = inrcodec.encode(crop_of_photo(36, 50), **options, **QUICK).data
    a, b = (inrcodec.open(data, device=device).render(scale=1.5) for device in ("cpu", "cuda"))
    assert np.abs(a.astype(int) - b).max() <= 1


@Each
def test_same_seed_same_bytes(options: dict) -> None:
    data = [inrcodec.encode(crop_of_photo(36, 50), **options, **QUICK).data for _ in range(2)]
    assert data[0] == data[1]


@Each
def test_both_devices_fit_alike(options: dict) -> None:
    gpu = inrcodec.encode(crop_of_photo(36, 50), **options, **QUICK)
    cpu = inrcodec.encode(crop_of_photo(36, 50), **options, **QUICK | {"device": "cpu"})
    assert gpu.psnr_db == pytest.approx(cpu.psnr_db, abs=0.5)
