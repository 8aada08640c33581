"""The evening sky over the landscapes, and the sun that lights them."""

from __future__ import annotations

import numpy as np
from noise import Array, fbm, mix, smoothstep

SUN = np.array([-0.365, 0.137])  # tangents of the sun's place in the image
# The slopes are lit from further to the side than the visible disc: fully backlit mountains would
# be flat silhouettes and hide the relief that the image is meant to show.
LIGHT = np.array([-0.86, 0.36, 0.10]) / np.linalg.norm([-0.86, 0.36, 0.10])


def sky(across: Array, up: Array) -> Array:
    """Return the linear-light sky for view tangents, clouds and sun included."""
    up = np.maximum(up, 0.0)
    horizon, zenith = np.array([0.80, 0.70, 0.56]), np.array([0.035, 0.135, 0.40])
    color = mix(horizon, zenith, 1.0 - np.exp(-up * 6.5))
    gap = np.hypot(across - SUN[0], (up - SUN[1]) * 1.15)
    color += np.exp(-gap * 4.5)[..., None] * np.array([1.05, 0.50, 0.09])
    deck = 1.0 / (up + 0.085)
    px, pz = across * deck * 1.3 + 2.1, deck * 1.3 + 11.0
    warp = 0.55 * fbm(px * 0.7, pz * 0.7, 4)
    density = fbm(px + warp, pz * 1.25 + warp, 8)
    toward_sun = fbm(px + warp - 0.16, pz * 1.25 + warp + 0.10, 8)
    cover = smoothstep(0.48, 0.70, density) * smoothstep(0.01, 0.10, up)
    cover *= 1.0 - 0.55 * np.exp(-((gap / 0.11) ** 2))
    bright = np.clip(0.55 + 4.5 * (density - toward_sun) - 0.9 * (density - 0.5), 0.0, 1.0)
    lit = np.array([1.55, 1.20, 0.94]) + np.exp(-gap * 3.5)[..., None] * np.array([1.5, 0.85, 0.25])
    color = mix(color, mix(np.array([0.31, 0.36, 0.48]), lit, bright), 0.88 * cover)
    disc = 14.0 * np.exp(-((gap / 0.017) ** 4)) + 3.2 * np.exp(-gap * 24.0)
    disc = disc * (1.0 - 0.75 * cover)
    return np.asarray(color + disc[..., None] * np.array([1.0, 0.80, 0.46]))
