"""What colors of drawn images become when they may lose something."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pixel_images import Samples, noise

from inrcodec.codecs.pixels.colors import simplified
from inrcodec.codecs.pixels.pretrained import CURRENT, load_scan_model
from inrcodec.native.scan import ScanLoss, Tile, encode_scan

WEIGHTS = [20.0, 200.0, 2000.0]


def button(height: int = 48, width: int = 96) -> Samples:
    """Smooth text on a gradient, with a shadow that ends softly."""
    ramp = np.linspace(0, 1, height)[:, None, None]
    colors = np.array([104, 160, 246]) * (1 - ramp) + np.array([44, 98, 214]) * ramp
    fade = np.clip(np.arange(width)[None, :, None] / 24, 0, 1)
    image = Image.fromarray(np.rint(colors * fade).astype(np.uint8))
    ImageDraw.Draw(image).text((30, 14), "Send it", (255,) * 3, ImageFont.load_default(18))
    return np.asarray(image, np.uint16)


def cost(
    wanted: Samples, decoded_as: Samples, weight: float, loss: ScanLoss | None = None
) -> float:
    """The squared error of what is decoded, and its bits by what they are worth."""
    tile, model = Tile(wanted.shape, 8), load_scan_model(CURRENT)
    words, decoded = encode_scan(decoded_as, tile, model, True, loss or ScanLoss())
    error = np.square(decoded.astype(np.int64) - wanted).sum()
    return float(error) + weight * 32 * len(words)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_it_costs_less_than_without_loss_and_than_losing_pixel_by_pixel(weight: float) -> None:
    image = button()
    found = cost(image, simplified(image, None, weight), weight)
    assert found < 0.95 * cost(image, image, weight)
    assert found < 0.95 * cost(image, image, weight, ScanLoss(255, weight))


def test_a_bit_that_is_worth_more_takes_more_colors() -> None:
    image = button()
    counts = [
        len(np.unique(simplified(image, None, weight).reshape(-1, 3), axis=0)) for weight in WEIGHTS
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 2 * counts[-1]


def test_nothing_is_lost_where_bits_are_worth_nothing() -> None:
    image = button()
    np.testing.assert_array_equal(simplified(image, None, 0.0), image)


def test_what_is_not_coded_is_neither_looked_at_nor_changed() -> None:
    image, kept = button(), np.zeros((48, 96), bool)
    kept[8:40, 16:80] = True
    found = simplified(image, kept, 200.0)
    np.testing.assert_array_equal(found[~kept], image[~kept])
    other = image.copy()
    other[~kept] = 7
    np.testing.assert_array_equal(simplified(other, kept, 200.0)[kept], found[kept])


def test_more_colors_than_are_told_apart_lose_their_last_bits_first() -> None:
    image = button(400, 200) + np.uint16(1000)
    image += np.random.default_rng(1).integers(0, 25, image.shape, np.uint16)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 1 << 15
    found = simplified(image, None, 2000.0)
    assert len(np.unique(found.reshape(-1, 3), axis=0)) < 500
    assert np.square(found.astype(np.int64) - image).mean() < 500


def test_noise_stays_as_it_is() -> None:
    image = noise(200, 200).astype(np.uint16)
    assert simplified(image, None, 4.0) is image


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_colors_than_rgb(channels: int) -> None:
    image = np.repeat(button()[..., :1], channels, -1) * np.uint16(257)
    found = simplified(image, None, 200.0 * 257**2)
    assert found.shape == image.shape
    assert found.dtype == image.dtype
    assert np.abs(found.astype(int) - image).max() > 0
