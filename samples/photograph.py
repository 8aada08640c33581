"""``photo.png``: the landscape with its foreground, as a camera would take it."""

from __future__ import annotations

import numpy as np
from foreground import foreground
from images import shrink, to_image, to_values
from landscape import SCALE, landscape
from noise import SEED, Array, smoothstep
from PIL import Image


def develop(values: Array, rng: np.random.Generator, grain: float) -> Array:
    """Add what a camera adds: darker corners and a little luminance grain."""
    h, w = values.shape[:2]
    y, x = np.mgrid[0:h, 0:w]
    radius = np.hypot((x - w / 2) / w, (y - h / 2) / h)
    dimmed = values * (1.0 - 0.42 * smoothstep(0.30, 0.95, radius))[..., None]
    # Grain also breaks up the steps that eight bits leave in the sky.
    return np.asarray(dimmed + rng.normal(0.0, grain, (h, w, 1)))


def photo() -> Image.Image:
    rng = np.random.default_rng(SEED)
    image = to_image(landscape())
    foreground(image, rng)
    return to_image(develop(shrink(to_values(image), SCALE), rng, 0.005))
