"""``gray.png``: sand dunes with wind ripples under thin cloud."""

from __future__ import annotations

import numpy as np
from images import film, shrink, to_image
from noise import SEED, Array, fbm, smoothstep
from PIL import Image
from relief import cast, normals, sunlit
from sky import LIGHT, sky


def dunes(x: Array, z: Array) -> Array:
    """Return sand with long windward slopes, sharp crests and steep lee sides."""
    sway = fbm(x * 5.0 + 1.0, z * 5.0, 4)
    phase = 9.0 * x + 4.2 * z + 2.6 * sway + 0.90
    part = phase - np.floor(phase)
    climb = np.minimum(part / 0.70, (1.0 - part) / 0.30)
    profile = climb * climb * (1.6 - 0.6 * climb)
    size = 0.35 + 0.9 * fbm(x * 3.0, z * 3.0 + 9.0, 3)
    return np.asarray(0.021 * size * profile + 0.010 * fbm(x * 8.0, z * 8.0, 3))


def rippled(x: Array, z: Array) -> Array:
    """Add wind ripples, fading where they become finer than the pixels."""
    sway = fbm(x * 60.0, z * 60.0, 3)
    wave = np.sin(2.0 * np.pi * (1250.0 * x + 420.0 * z + 9.0 * sway))
    fade = np.exp(-((z / 0.075) ** 2)) * smoothstep(0.25, 0.6, fbm(x * 25.0, z * 25.0, 2))
    return np.asarray(dunes(x, z) + 0.000032 * wave * fade)


def gray() -> Image.Image:
    """Return sand dunes under thin cloud, in gray."""
    w, h, factor = 384, 256, 3
    across = (np.arange(w * factor) + 0.5 - w * factor / 2) / (w * factor)
    up = (0.36 * h * factor - np.arange(h * factor) - 0.5) / (w * factor)
    eye = 0.045
    depth = cast(dunes, eye, across, up, np.geomspace(0.012, 3.0, 3000))
    gx, gy = np.meshgrid(across, up)
    hit = np.isfinite(depth)
    tone = sky(gx, gy * 0.8 + 0.02).mean(axis=-1) * 0.42
    z = depth[hit]
    x, y = gx[hit] * z, eye + gy[hit] * z
    normal = normals(rippled, x, z, np.maximum(0.6 * z / (w * factor), 0.00004))
    sun = np.clip(normal @ LIGHT, 0.0, None) * sunlit(dunes, x, y + 0.0002, z, 0.12)
    speckle = 0.94 + 0.12 * fbm(x * 4000.0, z * 4000.0, 2)
    sand = (0.80 * sun**1.5 + 0.025 + 0.03 * normal[..., 1]) * speckle
    tone[hit] = sand + (0.33 - sand) * (1.0 - np.exp(-z * 0.9))
    values = shrink(film(tone[..., None]), factor)
    grain = np.random.default_rng(SEED + 1).normal(0.0, 0.005, values.shape)
    return to_image((values + grain)[..., 0])
