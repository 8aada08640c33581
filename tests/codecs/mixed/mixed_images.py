"""Small images that are drawn in part: a page, a window, a chart, a scan, a caption."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from conftest import SAMPLES, crop_of_photo
from PIL import Image, ImageDraw

from samples.screens import gradients, scans, windows
from samples.screens.charts import lines

Samples = npt.NDArray[np.unsignedinteger[Any]]

# The photograph in a page: columns and rows.
PHOTO = (slice(40, 136), slice(21, 149))


def page(kind: type[np.unsignedinteger[Any]] = np.uint8) -> Samples:
    """A page, 192 × 168, of text around a photograph of 128 × 96."""
    image = Image.new("RGB", (192, 168), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 191, 19), (20, 60, 90))
    draw.text((6, 4), "The Carrick Gazette", "white")
    draw.text((21, 25), "A walk above the lake", (33, 37, 41))
    draw.text((21, 138), "The signpost below the ridge", (108, 117, 125))
    draw.text((21, 152), "in October, with the first snow", (108, 117, 125))
    samples = np.array(image)
    samples[PHOTO] = crop_of_photo(96, 128)
    return samples if kind is np.uint8 else samples.astype(np.uint16) * np.uint16(257)


def gray_page() -> Samples:
    """The same in gray."""
    return np.array(Image.fromarray(page()).convert("L"))[..., None]


def window() -> Samples:
    """A part of a window with a form."""
    return np.array(windows.dialog().crop((60, 40, 220, 180)))


def chart() -> Samples:
    """A part of a chart with its axis."""
    return np.array(lines().convert("RGB").crop((40, 240, 240, 400)))


def buttons() -> Samples:
    """A part of a window with gradients and shadows."""
    return np.array(gradients.controls().convert("RGB").crop((20, 20, 180, 120)))


def scan() -> Samples:
    """A part of a scanned page."""
    return np.array(scans.scan().crop((100, 120, 260, 260)).convert("L"))[..., None]


def caption() -> Samples:
    """A photograph with a bar of text below."""
    with Image.open(SAMPLES / "photo.png") as photo:
        image = photo.convert("RGB").crop((350, 200, 510, 340))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 104, 159, 139), (20, 22, 26))
    draw.text((8, 108), "Snow line at 2,140 m", "white")
    draw.text((8, 122), "lowest since 1998", (189, 193, 199))
    return np.array(image)


def error_of(one: Samples, other: Samples) -> float:
    """The mean squared error."""
    assert (one.shape, one.dtype) == (other.shape, other.dtype)
    return float(np.square(one.astype(float) - other).mean())
