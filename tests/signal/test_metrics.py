"""PSNR by hand; SSIM between its extremes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import smooth_image

from inrcodec.errors import UsageError
from inrcodec.signal.metrics import psnr, ssim


def test_psnr_by_hand() -> None:
    a = np.zeros((2, 2, 1), np.uint8)
    b = a.copy()
    b[0, 0] = 10
    assert psnr(a, b) == pytest.approx(10 * math.log10(255**2 / 25))
    assert psnr(a.astype(np.uint16), b.astype(np.uint16)) == pytest.approx(
        10 * math.log10(65535**2 / 25)
    )


def test_psnr_of_tall_images_counts_all_rows() -> None:
    a = np.zeros((1000, 3, 1), np.uint8)
    b = a.copy()
    b[999] = 255
    assert psnr(a, b) == pytest.approx(30.0)


def test_equal_images() -> None:
    a = smooth_image(20, 20)
    assert psnr(a, a) == math.inf
    assert ssim(a, a) == pytest.approx(1.0)


def test_ssim_falls_with_noise() -> None:
    a = smooth_image(32, 32)
    noise = np.random.default_rng(0).normal(size=a.shape)
    scores = [ssim(a, np.clip(a + s * noise, 0, 255).astype(np.uint8)) for s in (2, 20, 80)]
    assert scores == sorted(scores, reverse=True)
    assert all(score is not None and 0 < score < 1 for score in scores)


def test_ssim_of_tiny_images_is_undefined() -> None:
    assert ssim(smooth_image(10, 40), smooth_image(10, 40)) is None


def test_unlike_images_are_refused() -> None:
    with pytest.raises(UsageError):
        psnr(smooth_image(4, 4), smooth_image(4, 5))
    with pytest.raises(UsageError):
        ssim(smooth_image(4, 4), smooth_image(4, 4).astype(np.uint16))
