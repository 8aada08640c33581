"""The photograph's near ground: a bank with grass, flowers, spruces and a lettered sign."""

from __future__ import annotations

import numpy as np
from images import to_image, to_values
from landscape import HEIGHT, SCALE, WIDTH
from noise import LATTICE, Array, fbm, mix, noise, smoothstep
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

Color = tuple[int, int, int]


def tint(color: Array) -> Color:
    r, g, b = (int(c) for c in np.clip(color, 0.0, 255.0))
    return r, g, b


def bank(x: Array) -> Array:
    """Return the upper edge of the grassy bank, as a fraction of the height."""
    u = x / WIDTH
    return np.asarray(0.885 - 0.085 * u - 0.05 * np.cos(5.2 * u) + 0.02 * noise(u * 7.0, u)[0])


def grass(
    image: Image.Image, near: float, far: float, count: int, rng: np.random.Generator
) -> None:
    """Draw blades from ``far`` to ``near``: 0 is the edge of the bank, 1 the bottom border."""
    draw = ImageDraw.Draw(image)
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


def flowers(image: Image.Image, count: int, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
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
    image: Image.Image, x: float, foot: float, tall: float, rng: np.random.Generator
) -> None:
    """Draw a spruce against the light: whorls of drooping boughs hung with needles."""
    draw = ImageDraw.Draw(image)
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


def signpost(image: Image.Image, x: float, top: float) -> None:
    """Put up the sign; ``x`` and ``top`` place the left upper corner of its board."""
    w, h = 176 * SCALE, 66 * SCALE
    board = to_image(planks(w, h, 2)).convert("RGBA")
    carve(board, "inrcodec", 19, 31)
    carve(board, "an image in a few weights", 49, 13)
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
        image.paste(post, (int(x + share * w - post.width / 2), int(top - 9 * SCALE)))
    # A clear margin gives the turned board soft edges.
    board = ImageOps.expand(board, 2 * SCALE)
    turned = board.rotate(1.6, Image.Resampling.BICUBIC, expand=True)
    shadow = Image.new("RGB", turned.size, (20, 16, 14))
    dim = turned.getchannel("A").point(lambda v: v * 0.5)
    dim = dim.filter(ImageFilter.GaussianBlur(1.5 * SCALE))
    image.paste(shadow, (int(x + 2.5 * SCALE), int(top + 2.5 * SCALE)), dim)
    image.paste(turned, (int(x), int(top)), turned)


def foreground(image: Image.Image, rng: np.random.Generator) -> None:
    """Draw the bank from back to front so that nearer grass hides the feet of things."""
    x = np.arange(0, WIDTH + 1, 4 * SCALE, dtype=np.float64)
    outline = list(zip(x, bank(x) * HEIGHT, strict=True))
    ground = [*outline, (WIDTH, HEIGHT), (0, HEIGHT)]
    ImageDraw.Draw(image).polygon(ground, fill=(30, 36, 16))
    grass(image, 0.22, 0.0, 14000, rng)
    conifer(image, 0.145 * WIDTH, 0.885 * HEIGHT, 0.42 * HEIGHT, rng)
    conifer(image, 0.035 * WIDTH, 0.93 * HEIGHT, 0.80 * HEIGHT, rng)
    grass(image, 0.50, 0.18, 12000, rng)
    signpost(image, 0.665 * WIDTH, 0.672 * HEIGHT)
    grass(image, 1.0, 0.42, 22000, rng)
    flowers(image, 120, rng)
