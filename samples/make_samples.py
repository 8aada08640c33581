"""Render the sample pictures that stand beside this script.

    python samples/make_samples.py

writes ``photo.png`` (RGB landscape), ``gray.png`` (grey dunes) and ``rgba.png`` (glass marble with
real transparency).  Every texture comes from seeded noise and every scene is drawn at a multiple of
its final size and averaged down, so a second run gives the same pixels.  Only numpy and Pillow are
needed.  Lengths in the landscapes are kilometres, x to the right, z away from the camera.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

Array = npt.NDArray[np.float64]
HeightField = Callable[[Array, Array], Array]
Color = tuple[int, int, int]

SEED = 20240607
SCALE = 2  # supersampling per axis
PERIOD = 512
MASK = PERIOD - 1
LATTICE: Array = np.random.default_rng(SEED).random((PERIOD, PERIOD))

WIDTH, HEIGHT = 768 * SCALE, 512 * SCALE
FOCAL = 0.98 * WIDTH
HORIZON = 0.545 * HEIGHT
EYE = 0.062
SUN = np.array([-0.365, 0.137])  # tangents of the sun's place in the picture
# The slopes are lit from further to the side than the visible disc: fully backlit mountains would
# be flat silhouettes and hide the relief that the picture is meant to show.
LIGHT = np.array([-0.86, 0.36, 0.10]) / np.linalg.norm([-0.86, 0.36, 0.10])
SUNLIGHT = np.array([3.3, 2.35, 1.5])
SKYLIGHT = np.array([0.34, 0.46, 0.70])


def smoothstep(low: float, high: float, x: Array) -> Array:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def mix(a: Array, b: Array, weight: Array) -> Array:
    """Blend colours ``a`` to ``b`` by a weight that has no channel axis."""
    return np.asarray(a + (b - a) * weight[..., None])


def noise(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return smooth lattice noise in [0, 1] and its two derivatives."""
    xi, yi = np.floor(x), np.floor(y)
    fx, fy = x - xi, y - yi
    x0, y0 = xi.astype(np.int64) & MASK, yi.astype(np.int64) & MASK
    x1, y1 = (x0 + 1) & MASK, (y0 + 1) & MASK
    a, b, c, d = LATTICE[y0, x0], LATTICE[y0, x1], LATTICE[y1, x0], LATTICE[y1, x1]
    u = fx * fx * fx * (fx * (fx * 6.0 - 15.0) + 10.0)
    v = fy * fy * fy * (fy * (fy * 6.0 - 15.0) + 10.0)
    du = 30.0 * fx * fx * (fx * (fx - 2.0) + 1.0)
    dv = 30.0 * fy * fy * (fy * (fy - 2.0) + 1.0)
    bend = a - b - c + d
    value = a + (b - a) * u + (c - a) * v + bend * u * v
    return value, du * (b - a + bend * v), dv * (c - a + bend * u)


def fbm(x: Array, y: Array, octaves: int, eroded: bool = False) -> Array:
    """Sum octaves of noise; ``eroded`` mutes detail on steep ground as running water does."""
    total, weight, norm = np.zeros(np.broadcast(x, y).shape), 1.0, 0.0
    slope_x, slope_y = np.zeros_like(total), np.zeros_like(total)
    for _ in range(octaves):
        value, dx, dy = noise(x, y)
        slope_x, slope_y = slope_x + dx, slope_y + dy
        damp = 1.0 + slope_x**2 + slope_y**2 if eroded else 1.0
        total = total + weight * value / damp
        norm += weight
        weight *= 0.5
        # Turning each octave keeps the lattice directions from adding up.
        x, y = 1.6 * x - 1.2 * y + 17.3, 1.2 * x + 1.6 * y + 5.1
    return np.asarray(total / norm)


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


def cast(height: HeightField, eye: float, across: Array, up: Array, depths: Array) -> Array:
    """Return the depth at which each ray (tangents ``across`` x ``up``) meets the ground, or inf.

    A running maximum of the elevation angle along each column is sorted, so a binary search finds
    the first crossing of every ray without marching.
    """
    z = depths[:, None]
    angle = (height(across[None, :] * z, z + 0.0 * across[None, :]) - eye) / z
    skyline = np.maximum.accumulate(angle, axis=0)
    depth = np.full((up.size, across.size), np.inf)
    for column in range(across.size):
        index = np.searchsorted(skyline[:, column], up)
        hit = (index > 0) & (index < depths.size)
        k = index[hit]
        low, high = angle[k - 1, column], angle[k, column]
        part = (up[hit] - low) / np.maximum(high - low, 1e-12)
        depth[hit, column] = depths[k - 1] + part * (depths[k] - depths[k - 1])
    return depth


def normals(height: HeightField, x: Array, z: Array, step: Array) -> Array:
    here = height(x, z)
    slope_x = (height(x + step, z) - here) / step
    slope_z = (height(x, z + step) - here) / step
    normal = np.stack([-slope_x, np.ones_like(here), -slope_z], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))


def sunlit(height: HeightField, x: Array, y: Array, z: Array, reach: float) -> Array:
    """Return how much of the sun each point sees past the ground between."""
    clear = np.ones_like(x)
    for t in reach * np.linspace(0.03, 1.0, 16) ** 1.6:
        above = y + t * LIGHT[1] - height(x + t * LIGHT[0], z + t * LIGHT[2])
        clear = np.minimum(clear, 0.5 + 9.0 * above / t)
    return np.asarray(np.clip(clear, 0.0, 1.0))


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


def sample(picture: Array, row: Array, column: Array) -> Array:
    """Read a picture between its pixels, clamping at the border."""
    row = np.clip(row, 0.0, picture.shape[0] - 1.001)
    column = np.clip(column, 0.0, picture.shape[1] - 1.001)
    r, c = row.astype(np.int64), column.astype(np.int64)
    fr, fc = (row - r)[..., None], (column - c)[..., None]
    top = picture[r, c] * (1 - fc) + picture[r, c + 1] * fc
    bottom = picture[r + 1, c] * (1 - fc) + picture[r + 1, c + 1] * fc
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


def film(linear: Array) -> Array:
    """Roll off highlights and encode linear light to display values in [0, 1]."""
    x = np.maximum(linear * 0.88, 0.0)
    rolled = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    shown = np.clip(rolled, 0.0, 1.0) ** (1.0 / 2.2)
    return np.asarray(0.45 * shown + 0.55 * smoothstep(0.03, 1.0, shown))


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


def to_image(values: Array) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8))


def to_values(picture: Image.Image) -> Array:
    return np.asarray(picture, dtype=np.float64) / 255.0


def shrink(values: Array, factor: int) -> Array:
    h, w = values.shape[0] // factor, values.shape[1] // factor
    return np.asarray(values.reshape(h, factor, w, factor, -1).mean(axis=(1, 3)))


def tint(color: Array) -> Color:
    r, g, b = (int(c) for c in np.clip(color, 0.0, 255.0))
    return r, g, b


def bank(x: Array) -> Array:
    """Return the upper edge of the grassy bank, as a fraction of the height."""
    u = x / WIDTH
    return np.asarray(0.885 - 0.085 * u - 0.05 * np.cos(5.2 * u) + 0.02 * noise(u * 7.0, u)[0])


def grass(
    picture: Image.Image, near: float, far: float, count: int, rng: np.random.Generator
) -> None:
    """Draw blades from ``far`` to ``near``: 0 is the edge of the bank, 1 the bottom border."""
    draw = ImageDraw.Draw(picture)
    place = np.sort(far + (near - far) * rng.random(count))
    x = (rng.random(count) * 1.04 - 0.02) * WIDTH
    edge = bank(x)
    foot = (edge + (1.04 - edge) * place) * HEIGHT
    patch = fbm(x / WIDTH * 14.0, foot / HEIGHT * 40.0, 5)
    height = (5.0 + 34.0 * place) * (0.45 + rng.random(count)) * (0.5 + patch) * SCALE
    lean = rng.normal(0.10, 0.28, count)
    glow = (0.15 + 0.85 * rng.random(count) ** 2) * np.clip(2.6 * patch - 0.65, 0.12, 1.2)
    hue = rng.random(count)
    for i in range(count):
        dark = np.array([22.0 + 10 * hue[i], 32.0, 12.0]) * (0.6 + 0.6 * patch[i])
        light = np.array([176.0 + 50 * hue[i], 172.0, 58.0 + 20 * hue[i]])
        bend, tall, wide = lean[i] * height[i], height[i], max(1, round(SCALE * (0.4 + place[i])))
        points = [(x[i] + bend * t**1.8, foot[i] - tall * t) for t in (0.0, 0.4, 0.75, 1.0)]
        for k, share in enumerate((0.10, 0.45, 0.95)):
            color = tint(dark + (light - dark) * glow[i] * share)
            draw.line(points[k : k + 2], fill=color, width=max(1, wide - (k == 2)))


def flowers(picture: Image.Image, count: int, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    palette = ((236, 226, 206), (226, 176, 52), (168, 120, 190))
    for place in np.sort(0.32 + 0.76 * rng.random(count)):
        x = rng.random() * WIDTH
        edge = float(bank(np.array([x]))[0])
        y = (edge + (1.0 - edge) * place) * HEIGHT - 14 * SCALE * place
        r = (0.5 + 1.7 * place) * SCALE * (0.7 + 0.5 * rng.random())
        color = palette[int(rng.random() ** 1.5 * 3)]
        shaded = tint(np.array(color) * 0.62)
        draw.ellipse((x - r, y - 0.7 * r, x + r, y + 0.9 * r), fill=shaded)
        draw.ellipse((x - r, y - 0.8 * r, x + 0.6 * r, y + 0.5 * r), fill=color)


def conifer(
    picture: Image.Image, x: float, foot: float, tall: float, rng: np.random.Generator
) -> None:
    """Draw a spruce against the light: whorls of drooping boughs hung with needles."""
    draw = ImageDraw.Draw(picture)
    trunk = [(x - 0.012 * tall, foot), (x + 0.012 * tall, foot), (x, foot - tall)]
    draw.polygon(trunk, fill=(34, 25, 18))
    levels = int(tall / SCALE / 5.5)
    for level in np.linspace(0.97, 0.0, levels) ** 1.1:
        reach = 0.20 * tall * level**0.75 * (0.55 + 0.65 * rng.random()) + 0.008 * tall
        for side in rng.permutation(np.array([-1.0, -0.9, -0.6, -0.3, 0.25, 0.5, 0.85, 1.0])):
            length = reach * side * (0.60 + 0.55 * rng.random())
            top = foot - tall * (1.0 - level) + rng.normal(0.0, 0.007 * tall)
            droop = abs(length) * (0.15 + 0.40 * rng.random())
            for t in np.linspace(0.06, 1.0, max(4, int(abs(length) / SCALE / 0.9))):
                bx, by = x + length * t, top + droop * t * (1.5 - 0.9 * t)
                hang = (0.008 + 0.020 * rng.random()) * tall * (1.1 - t)
                lit = rng.random() ** 2.2 * (1.0 if length < 0 else 0.55) * (0.25 + 0.75 * t)
                color = tint(np.array([14.0, 22, 15]) + lit * np.array([104.0, 90, 30]))
                end = (bx + rng.normal(0.3 * np.sign(length), 0.4) * hang, by + hang)
                draw.line([(bx, by), end], fill=color, width=SCALE)


def planks(width: int, height: int, count: int) -> Array:
    """Return weathered boards, one above the other, with the grain along them."""
    y, x = np.mgrid[0:height, 0:width] / float(SCALE)
    tall = height / SCALE / count
    board = np.floor(y / tall)
    waver = 1.2 * noise(x / 30.0, y / 14.0)[0]
    rings = smoothstep(0.2, 0.8, fbm(x / 60.0 + board * 9.7, y / 2.6 + board * 31.0 + waver, 5))
    color = mix(np.array([0.36, 0.265, 0.18]), np.array([0.70, 0.55, 0.39]), rings)
    color *= (0.90 + 0.16 * LATTICE[3, board.astype(np.int64)])[..., None]
    seam = np.minimum(y - board * tall, (board + 1) * tall - y)
    return np.asarray(color * (0.35 + 0.65 * smoothstep(0.0, 1.5, seam))[..., None])


def carve(board: Image.Image, text: str, y: float, size: float) -> None:
    """Write a centred line as a groove: a lit lower right edge under a dark cut."""
    draw = ImageDraw.Draw(board)
    font = ImageFont.load_default(size=size * SCALE)
    place = (board.width / 2, y * SCALE)
    for offset, color in ((size / 45.0, (214, 180, 134)), (0.0, (34, 21, 13))):
        at = (place[0] + offset * SCALE, place[1] + offset * SCALE)
        draw.text(at, text, font=font, fill=color, anchor="mm")


def signpost(picture: Image.Image, x: float, top: float) -> None:
    """Put up the sign; ``x`` and ``top`` place the left upper corner of its board."""
    w, h = 176 * SCALE, 66 * SCALE
    board = to_image(planks(w, h, 2)).convert("RGBA")
    carve(board, "inrcodec", 19, 31)
    carve(board, "a picture in a few weights", 49, 13)
    draw = ImageDraw.Draw(board)
    for nx in (7 * SCALE, w - 8 * SCALE):
        for ny in (9 * SCALE, h // 2, h - 10 * SCALE):
            draw.ellipse((nx - SCALE, ny - SCALE, nx + SCALE, ny + SCALE), fill=(44, 38, 36))
    draw.line([(0, 0), (w, 0)], fill=(232, 196, 144), width=SCALE)
    draw.line([(0, 0), (0, h)], fill=(236, 198, 142), width=SCALE)
    for share in (0.17, 0.83):
        post = to_image(planks(130 * SCALE, 11 * SCALE, 1)).rotate(90, expand=True)
        fall = np.linspace(1.12, 0.42, 11 * SCALE)[None, :, None]
        post = to_image(to_values(post) * fall)
        picture.paste(post, (int(x + share * w - post.width / 2), int(top - 9 * SCALE)))
    # A clear margin gives the turned board soft edges.
    board = ImageOps.expand(board, 2 * SCALE)
    turned = board.rotate(1.6, Image.Resampling.BICUBIC, expand=True)
    shadow = Image.new("RGB", turned.size, (20, 16, 14))
    dim = turned.getchannel("A").point(lambda v: v * 0.5)
    dim = dim.filter(ImageFilter.GaussianBlur(1.5 * SCALE))
    picture.paste(shadow, (int(x + 2.5 * SCALE), int(top + 2.5 * SCALE)), dim)
    picture.paste(turned, (int(x), int(top)), turned)


def foreground(picture: Image.Image, rng: np.random.Generator) -> None:
    """Draw the bank from back to front so that nearer grass hides the feet of things."""
    x = np.arange(0, WIDTH + 1, 4 * SCALE, dtype=np.float64)
    outline = list(zip(x, bank(x) * HEIGHT, strict=True))
    ground = [*outline, (WIDTH, HEIGHT), (0, HEIGHT)]
    ImageDraw.Draw(picture).polygon(ground, fill=(30, 36, 16))
    grass(picture, 0.22, 0.0, 14000, rng)
    conifer(picture, 0.145 * WIDTH, 0.885 * HEIGHT, 0.42 * HEIGHT, rng)
    conifer(picture, 0.035 * WIDTH, 0.93 * HEIGHT, 0.80 * HEIGHT, rng)
    grass(picture, 0.50, 0.18, 12000, rng)
    signpost(picture, 0.665 * WIDTH, 0.672 * HEIGHT)
    grass(picture, 1.0, 0.42, 22000, rng)
    flowers(picture, 120, rng)


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
    picture = to_image(landscape())
    foreground(picture, rng)
    return to_image(develop(shrink(to_values(picture), SCALE), rng, 0.005))


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
    """Return sand dunes under thin cloud, in grey."""
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


def premultiply(color: Array, alpha: Array) -> Array:
    return np.concatenate([color * alpha[..., None], alpha[..., None]], axis=-1)


def over(top: Array, bottom: Array) -> Array:
    """Lay one premultiplied RGBA picture on another."""
    return np.asarray(top + bottom * (1.0 - top[..., 3:]))


def marble(x: Array, y: Array) -> Array:
    """Return a glass ball with coloured bands inside, premultiplied; the disc has radius 1."""
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
    picture = shrink(over(marble(x, y), floor_light(x, y)), factor)
    alpha = picture[..., 3:]
    # Where alpha rounds to nothing the colour is noise: leave it black for the coder's sake.
    straight = np.where(alpha >= 0.5 / 255.0, picture[..., :3] / np.maximum(alpha, 1e-6), 0.0)
    return to_image(np.concatenate([straight, alpha], axis=-1))


def main() -> None:
    folder = Path(__file__).resolve().parent
    for name, render in (("photo", photo), ("gray", gray), ("rgba", rgba)):
        render().save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
