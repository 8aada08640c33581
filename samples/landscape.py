"""The photograph's scenery: mountains with forest and snow behind a rippled lake.

Lengths are kilometres, x to the right, z away from the camera.
"""

from __future__ import annotations

import numpy as np
from images import film
from noise import LATTICE, MASK, Array, fbm, mix, noise, smoothstep
from relief import cast, normals, sunlit
from sky import LIGHT, SUN, sky

SCALE = 2  # supersampling per axis
WIDTH, HEIGHT = 768 * SCALE, 512 * SCALE
FOCAL = 0.98 * WIDTH
HORIZON = 0.545 * HEIGHT
EYE = 0.062
SUNLIGHT = np.array([3.3, 2.35, 1.5])
SKYLIGHT = np.array([0.34, 0.46, 0.70])


def treetops(x: Array, z: Array, cell: float) -> Array:
    """Return a field of cones in [0, 1], one per jittered cell: conifers seen from afar."""
    # Bending the plane first hides the rows of the grid.
    bend = 7.0 * cell * noise(x / cell / 9.0, z / cell / 9.0)[0]
    x, z = x + 0.8 * z + bend, z - 0.8 * x - bend
    cx, cz = np.floor(x / cell), np.floor(z / cell)
    ix, iz = cx.astype(np.int64) & MASK, cz.astype(np.int64) & MASK
    jx, jz = LATTICE[iz, ix], LATTICE[ix, iz]
    gap = np.hypot(x / cell - cx - 0.2 - 0.6 * jx, z / cell - cz - 0.2 - 0.6 * jz)
    return np.asarray(np.clip(1.0 - 1.7 * gap, 0.0, 1.0) * (0.45 + 0.55 * LATTICE[iz, ix - 7]))


def terrain(x: Array, z: Array) -> Array:
    """Return the mountains without trees; the lake bed is below zero."""
    wobble = fbm(x * 0.9 + 3.0, z * 0.9, 5) - 0.5
    basin = np.hypot((x - 0.25) / 1.55, (z - 2.3) / 2.5) + 0.75 * wobble
    rise = smoothstep(0.85, 4.6, basin)
    # A valley runs from the lake towards the sun, so that ranges stand behind one another.
    valley = np.abs(x + 0.30 * z + 0.5 * np.sin(z * 0.55)) / (1.0 + 0.05 * z)
    peaks = fbm(x / 3.1 + 8.2, z / 3.1 + 4.4, 10, True)
    crags = np.abs(fbm(x * 2.3, z * 2.3, 7) - 0.5)
    rise = rise * (0.30 + 0.70 * smoothstep(0.1, 2.9, valley))
    shore = 0.14 * smoothstep(0.6, 1.3, basin) - 0.10
    return np.asarray(shore + rise * (5.1 * peaks - 1.05 * crags))


def forest_cover(x: Array, z: Array, height: Array) -> Array:
    patches = fbm(x * 1.7, z * 1.7, 5)
    return smoothstep(1.05, 0.55, height + 1.1 * (patches - 0.5))


def wooded_terrain(x: Array, z: Array) -> Array:
    ground = terrain(x, z)
    trees = 0.026 * treetops(x, z, 0.016) * forest_cover(x, z, ground)
    return np.asarray(np.where(ground < 0.0, -1.0, ground + trees))


def haze(color: Array, distance: Array, y: Array, across: Array) -> Array:
    """Let the air between add its light: bluish to the right, golden towards the sun."""
    amount = 1.0 - np.exp(-distance * 0.046 * np.exp(-0.35 * np.maximum(y, 0.0)))
    golden = np.exp(-(((across - SUN[0]) / 0.22) ** 2))
    air = mix(np.array([0.36, 0.47, 0.66]), np.array([1.15, 0.86, 0.62]), golden)
    return mix(color, air, amount)


def ground_color(x: Array, y: Array, z: Array, normal: Array) -> Array:
    """Return what grows or lies on the slope: rock, meadow, forest or snow."""
    strata = fbm(x * 3.0, y * 14.0 + z * 3.0, 6)
    rock = mix(np.array([0.13, 0.12, 0.12]), np.array([0.34, 0.30, 0.27]), strata)
    meadow = mix(np.array([0.10, 0.13, 0.04]), np.array([0.24, 0.21, 0.08]), fbm(x * 9, z * 9, 6))
    color = mix(rock, meadow, smoothstep(0.55, 0.8, normal[..., 1]) * smoothstep(1.3, 0.8, y))
    crowns = treetops(x, z, 0.016)
    leaf = mix(np.array([0.018, 0.040, 0.018]), np.array([0.07, 0.10, 0.035]), crowns)
    color = mix(color, leaf, forest_cover(x, z, terrain(x, z)))
    patchy = y + 1.1 * (fbm(x * 2.5 + 9.0, z * 2.5, 7) - 0.5)
    snow = smoothstep(1.25, 1.6, patchy) * smoothstep(0.42, 0.60, normal[..., 1])
    return mix(color, np.array([0.86, 0.88, 0.92]), snow)


def shade(depth: Array, across: Array, up: Array, eye: float) -> Array:
    """Light the ground at the hit points; all arguments are flat lists of rays."""
    x, y, z = across * depth, eye + up * depth, depth
    step = np.maximum(depth * 1.2 / FOCAL, 0.004)
    normal = normals(wooded_terrain, x, z, step)
    broad = normals(terrain, x, z, step * 2.0)
    # Tree cones are smaller than a pixel; their raw normals would only glitter.
    normal = mix(broad, normal, np.full(x.shape, 0.45) * (y < 1.4))
    sun = np.clip(normal @ LIGHT, 0.0, None) * sunlit(terrain, x, y + 0.02, z, 3.0)
    ambient = 0.45 + 0.55 * normal[..., 1]
    light = sun[..., None] * SUNLIGHT + ambient[..., None] * SKYLIGHT
    return haze(ground_color(x, y, z, broad) * light, depth, y, across)


def view(eye: float, across: Array, up: Array, depths: Array) -> tuple[Array, Array]:
    """Return linear light and depth for a grid of rays, without the water."""
    depth = cast(wooded_terrain, eye, across, up, depths)
    gx, gy = np.meshgrid(across, up)
    color = np.zeros((*gx.shape, 3))
    hit = np.isfinite(depth)
    color[~hit] = sky(gx[~hit], gy[~hit])
    color[hit] = shade(depth[hit], gx[hit], gy[hit], eye)
    return color, depth


def sample(image: Array, row: Array, column: Array) -> Array:
    """Read an image between its pixels, clamping at the border."""
    row = np.clip(row, 0.0, image.shape[0] - 1.001)
    column = np.clip(column, 0.0, image.shape[1] - 1.001)
    r, c = row.astype(np.int64), column.astype(np.int64)
    fr, fc = (row - r)[..., None], (column - c)[..., None]
    top = image[r, c] * (1 - fc) + image[r, c + 1] * fc
    bottom = image[r + 1, c] * (1 - fc) + image[r + 1, c + 1] * fc
    return np.asarray(top * (1 - fr) + bottom * fr)


def water(mirrored: Array, across: Array, down: Array) -> Array:
    """Ripple the mirrored view; ``down`` holds the positive tangents below the horizon."""
    gx, gy = np.meshgrid(across, down)
    z = EYE / gy
    rows, columns = np.indices(gy.shape).astype(np.float64)
    calm = 0.25 + 0.75 * smoothstep(0.42, 0.60, fbm(gx * z * 2.2, z * 1.1 + 4.0, 4))
    # Waves smaller than a pixel blur rather than bend the image, so far ripples are faded out.
    fade = np.clip(1.1 / z, 0.12, 1.0) * calm
    swell = fbm(gx * z * 42.0, z * 95.0, 4) - 0.5
    chop = fbm(gx * z * 150.0 + 7.0, z * 330.0, 3) - 0.5
    tilt = (swell + 0.55 * chop) * fade * SCALE
    color = np.zeros((*gy.shape, 3))
    taps = (-1.0, -0.66, -0.33, 0.0, 0.33, 0.66, 1.0)
    for tap in taps:
        blur = tap * (1.5 + 5.0 * fade) * SCALE
        color += sample(mirrored, rows + 36.0 * tilt + blur, columns + 7.0 * tilt) / len(taps)
    fresnel = 0.26 + 0.66 * np.exp(-gy * 7.0) + 0.25 * tilt / SCALE
    deep = np.array([0.020, 0.060, 0.075])
    color = mix(deep, color, np.clip(fresnel, 0.0, 1.0))
    glint = smoothstep(0.16, 0.34, swell + chop * 0.8) * np.exp(-(((gx - SUN[0]) / 0.10) ** 2))
    return np.asarray(color + (1.3 * glint)[..., None] * np.array([1.0, 0.72, 0.42]))


def landscape() -> Array:
    """Return sky, mountains and lake as display values."""
    across: Array = np.asarray((np.arange(WIDTH) + 0.5 - WIDTH / 2) / FOCAL, dtype=np.float64)
    up: Array = np.asarray((HORIZON - np.arange(HEIGHT) - 0.5) / FOCAL, dtype=np.float64)
    depths = np.geomspace(0.5, 45.0, 2400)
    color, depth = view(EYE, across, up, depths)
    below = up < 0.0
    mirrored, _ = view(-EYE, across, -up[below], depths)
    lake = water(mirrored, across, -up[below])
    wet = depth[below] > (EYE / -up[below])[:, None]
    color[below] = np.where(wet[..., None], lake, color[below])
    return film(color)
