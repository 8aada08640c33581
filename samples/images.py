"""Turn arrays into images and back: tone curve, eight-bit values, averaging down."""

from __future__ import annotations

import numpy as np
from noise import Array, smoothstep
from PIL import Image


def film(linear: Array) -> Array:
    """Roll off highlights and encode linear light to display values in [0, 1]."""
    x = np.maximum(linear * 0.88, 0.0)
    rolled = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    shown = np.clip(rolled, 0.0, 1.0) ** (1.0 / 2.2)
    return np.asarray(0.45 * shown + 0.55 * smoothstep(0.03, 1.0, shown))


def to_image(values: Array) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8))


def to_values(image: Image.Image) -> Array:
    return np.asarray(image, dtype=np.float64) / 255.0


def shrink(values: Array, factor: int) -> Array:
    h, w = values.shape[0] // factor, values.shape[1] // factor
    return np.asarray(values.reshape(h, factor, w, factor, -1).mean(axis=(1, 3)))
