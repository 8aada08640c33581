"""``rgba.png``: a glass marble with real transparency and its soft shadow."""

from __future__ import annotations

import numpy as np
from images import shrink, to_image
from noise import Array, fbm, mix, smoothstep
from PIL import Image


def premultiply(color: Array, alpha: Array) -> Array:
    return np.concatenate([color * alpha[..., None], alpha[..., None]], axis=-1)


def over(top: Array, bottom: Array) -> Array:
    """Lay one premultiplied RGBA image on another."""
    return np.asarray(top + bottom * (1.0 - top[..., 3:]))


def marble(x: Array, y: Array) -> Array:
    """Return a glass ball with colored bands inside, premultiplied; the disc has radius 1."""
    radius = np.hypot(x, y)
    z = np.sqrt(np.clip(1.0 - radius**2, 0.0, 1.0))
    rim = (1.0 - z) ** 2.4
    # Bands run along a tilted axis and twist about it, faster towards the front of the ball.
    along, across = 0.82 * x - 0.57 * y, (0.57 * x + 0.82 * y) / (1.05 - 0.45 * z)
    frayed = fbm(across * 7.0, along * 1.3, 5) - 0.5
    veil = np.sin(8.2 * across + 1.5 * np.sin(1.9 * along + 0.5 * z + 0.6) + 2.2 * frayed + 0.4)
    band = smoothstep(0.30, 0.80, veil) * smoothstep(1.0, 0.66, radius)
    glass = mix(np.array([0.10, 0.44, 0.46]), np.array([0.02, 0.16, 0.25]), rim)
    core = smoothstep(0.55, 1.0, veil + 0.9 * frayed)
    hot = mix(np.array([0.93, 0.42, 0.10]), np.array([0.98, 0.88, 0.60]), core)
    light = 0.55 + 0.55 * np.clip(-0.55 * x - 0.60 * y + 0.58 * z, 0.0, 1.0)
    # Light gathers on the side of a ball that faces away from the lamp.
    gather = np.exp(-(np.hypot(x - 0.42, y - 0.50) ** 2) / 0.13)
    color = mix(glass, hot, band) * light[..., None]
    color += gather[..., None] * np.array([0.25, 0.50, 0.38])
    alpha = np.clip(0.30 + 0.62 * rim + 0.78 * band + 0.25 * gather, 0.0, 1.0)
    shine = np.exp(-((np.hypot((x + 0.40) * 1.1, y + 0.46) / 0.15) ** 4))
    shine += 0.35 * np.exp(-(((radius - 0.93) / 0.025) ** 2)) * smoothstep(0.2, 0.9, (x + y) / 1.3)
    alpha = alpha + (1.0 - alpha) * np.clip(shine, 0.0, 1.0)
    color = mix(color, np.ones(3), np.clip(shine, 0.0, 1.0))
    inside = (radius < 1.0).astype(np.float64)
    return premultiply(np.clip(color, 0.0, 1.0), alpha * inside)


def floor_light(x: Array, y: Array) -> Array:
    """Return the soft shadow on the invisible table and the bright spot within it."""
    away = np.hypot((x - 0.30) / 1.12, (y - 0.96) / 0.27)
    dark = 0.60 * smoothstep(1.15, 0.0, away)
    spot = 0.75 * np.exp(-(np.hypot((x - 0.52) / 0.34, (y - 0.99) / 0.075) ** 2))
    shadow = premultiply(np.array([0.03, 0.05, 0.10]), dark)
    return over(premultiply(np.array([0.62, 0.95, 0.84]), spot), shadow)


def rgba() -> Image.Image:
    """Return a marble on nothing: opaque, half clear and fully clear parts."""
    size, factor = 256, 4
    span = (np.arange(size * factor) + 0.5) / (size * factor)
    x, y = np.meshgrid((span - 0.44) / 0.375, (span - 0.44) / 0.375)
    image = shrink(over(marble(x, y), floor_light(x, y)), factor)
    alpha = image[..., 3:]
    # Where alpha rounds to nothing the color is noise: leave it black for the coder's sake.
    straight = np.where(alpha >= 0.5 / 255.0, image[..., :3] / np.maximum(alpha, 1e-6), 0.0)
    return to_image(np.concatenate([straight, alpha], axis=-1))
