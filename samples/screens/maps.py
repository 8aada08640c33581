"""A map: sea and land, woods, contour lines, roads with their names, and places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from samples.noise import fbm, smoothstep
from samples.screens.drawing import SMOOTH, Color, font, rounded
from samples.screens.words import PLACES, STREETS

__all__ = ["map"]

Array = npt.NDArray[np.float64]
Point = tuple[float, float]

SIZE = (1024, 768)
LAND, SEA, BEACH, WOOD = (242, 239, 233), (170, 211, 223), (255, 241, 186), (173, 209, 158)
TOWN, HOUSE, CONTOUR, WATER = (224, 223, 223), (217, 208, 201), (199, 148, 107), (120, 170, 200)
# Casing, filling, and width of roads by their class.
ROADS: dict[str, tuple[Color, Color, float]] = {
    "street": ((196, 192, 186), (255, 255, 255), 5),
    "main": ((176, 138, 72), (252, 214, 164), 8),
    "motorway": ((220, 42, 103), (232, 146, 162), 10),
}
RAIL, LABEL, DIM = (112, 112, 112), (51, 51, 51), (102, 80, 60)


def ground() -> Array:
    """Heights from below 0, at sea, to about 1."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    hills = fbm(x / 210.0 + 3.1, y / 210.0 + 7.7, 5) - 0.5
    coast = (x - 250) / 900 - 0.25 * np.sin(y / 150)
    return np.asarray(0.75 * hills + coast + 0.05)


def _cover(value: Array) -> Array:
    """How much of each pixel is where a value is above 0, about its zero crossing."""
    slope_y, slope_x = np.gradient(value)
    return np.asarray(np.clip(0.5 + value / (np.hypot(slope_x, slope_y) + 1e-6), 0.0, 1.0))


def _contours(height: Array, step: float, width: float) -> Array:
    """How much of each pixel a contour line covers, above the sea."""
    slope_y, slope_x = np.gradient(height)
    away = np.abs((height / step + 0.5) % 1.0 - 0.5) * step
    near = away / (np.hypot(slope_x, slope_y) + 1e-6)
    return np.asarray(np.clip(0.5 + width / 2 - near, 0.0, 1.0) * (height > 0.6 * step))


def areas() -> Image.Image:
    """Land, sea, woods and contour lines."""
    height = ground()
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    growth = fbm(x / 90.0 + 40.0, y / 90.0, 4) - 0.53
    values = np.empty((*height.shape, 3))
    values[:] = LAND
    layers: list[tuple[Array, Color, float]] = [
        (_cover(growth) * smoothstep(0.08, 0.1, height), WOOD, 1.0),
        (_contours(height, 0.06, 1.0), CONTOUR, 0.75),
        (_contours(height, 0.30, 2.0), CONTOUR, 1.0),
        (_cover(0.03 - height), BEACH, 1.0),
        (_cover(-height), SEA, 1.0),
        (_contours(height + 0.30, 0.30, 1.2) * (height < 0.02), WATER, 1.0),
    ]
    for cover, color, strength in layers:
        values += (np.array(color) - values) * (strength * cover)[..., None]
    return Image.fromarray(np.rint(values).astype(np.uint8))


def curve(points: Sequence[Point], parts: int = 24) -> list[Point]:
    """A smooth curve through points (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    found: list[Point] = []
    for k in range(len(points) - 1):
        a, b, c, d = (np.array(p) for p in ends[k : k + 4])
        for t in np.linspace(0, 1, parts, endpoint=False):
            half = (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2) / 2
            x, y = half + (3 * b - a - 3 * c + d) * t**3 / 2
            found.append((float(x), float(y)))
    return [*found, points[-1]]


def _town(
    middle: Point, turn: float, size: int, seed: int
) -> tuple[list[list[Point]], list[list[Point]]]:
    """Streets and houses of a town: a grid that is turned about its middle."""
    rng = np.random.default_rng(seed)
    c, s = np.cos(turn), np.sin(turn)

    def at(u: float, v: float) -> Point:
        return middle[0] + c * u - s * v, middle[1] + s * u + c * v

    reach, gap = 42.0 * size, 42.0
    streets, houses = [], []
    for k in range(-size, size + 1):
        for across in (False, True):
            a, b = -reach * rng.uniform(0.5, 1), reach * rng.uniform(0.5, 1)
            ends = ((gap * k, a), (gap * k, b)) if across else ((a, gap * k), (b, gap * k))
            streets.append([at(*ends[0]), at(*ends[1])])
    for u in np.arange(-reach, reach, 14):
        for v in np.arange(-reach, reach, 21):
            if np.hypot(u, v) > 0.9 * reach or rng.random() < 0.3:
                continue
            w, h = rng.uniform(5, 10), rng.uniform(6, 13)
            u0, v0 = u + 3.5, v + 5
            corners = ((u0, v0), (u0 + w, v0), (u0 + w, v0 + h), (u0, v0 + h))
            houses.append([at(*corner) for corner in corners])
    return streets, houses


TOWNS = (
    ((470.0, 250.0), 0.25, 3, 1),
    ((800.0, 560.0), -0.35, 4, 2),
    ((650.0, 90.0), 0.1, 2, 3),
    ((480.0, 640.0), 0.6, 2, 4),
)
HIGHWAYS: dict[str, list[list[Point]]] = {
    "main": [
        curve([(395, -10), (440, 120), (470, 250), (600, 380), (800, 560), (860, 780)]),
        curve([(470, 250), (560, 180), (650, 90), (780, 60), (1034, 110)]),
        curve([(480, 640), (620, 600), (800, 560), (930, 470), (1034, 455)]),
    ],
    "motorway": [curve([(730, -10), (760, 180), (900, 320), (960, 560), (1000, 780)])],
}
RAILWAY = curve([(560, -10), (540, 150), (500, 300), (590, 480), (560, 640), (620, 780)])


def map() -> Image.Image:
    """A map of a coast with towns, 1024 × 768."""
    image = areas().resize((SIZE[0] * SMOOTH, SIZE[1] * SMOOTH), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(image)

    def line(points: Sequence[Point], color: Color, width: float) -> None:
        draw.line(
            [(SMOOTH * x, SMOOTH * y) for x, y in points], color, round(SMOOTH * width), "curve"
        )

    roads: dict[str, list[list[Point]]] = {"street": [], **HIGHWAYS}
    for middle, turn, size, seed in TOWNS:
        streets, houses = _town(middle, turn, size, seed)
        roads["street"] += streets
        for house in houses:
            draw.polygon([(SMOOTH * x, SMOOTH * y) for x, y in house], HOUSE, (190, 178, 168))
    for kind, lines in roads.items():
        casing, filling, width = ROADS[kind]
        for color, wide in ((casing, width), (filling, width - 2)):
            for points in lines:
                line(points, color, wide)
    line(RAILWAY, RAIL, 3.5)
    for k in range(0, len(RAILWAY) - 3, 4):
        line(RAILWAY[k : k + 3], (255, 255, 255), 1.8)
    image = image.reduce(SMOOTH)
    _names(image)
    return image


def _along(image: Image.Image, text: str, at: Point, turn: float) -> None:
    """Write the name of a street along it."""
    face = font("sans", 10)
    width = round(face.getlength(text)) + 8
    letters = Image.new("L", (width, 18))
    halo = letters.copy()
    ImageDraw.Draw(letters).text((width / 2, 9), text, 255, face, anchor="mm")
    ImageDraw.Draw(halo).text((width / 2, 9), text, 255, face, anchor="mm", stroke_width=2)
    for cover, color in ((halo, (255, 255, 255)), (letters, LABEL)):
        turned = cover.rotate(-np.degrees(turn), Image.Resampling.BICUBIC, expand=True)
        image.paste(
            color, (round(at[0] - turned.width / 2), round(at[1] - turned.height / 2)), turned
        )


def _names(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    for k, (middle, turn, size, _) in enumerate(TOWNS):
        c, s = np.cos(turn), np.sin(turn)
        for row in range(-size + 1, size, 2):
            place = (middle[0] - s * 42 * row, middle[1] + c * 42 * row)
            _along(image, STREETS[(4 * k + row + size) % len(STREETS)], place, turn)
    for k, (middle, _, size, _) in enumerate(TOWNS):
        face = font("bold", 13 + 2 * size)
        at = (middle[0] + 30, middle[1] - 22)
        draw.text(
            at, PLACES[3 * k % len(PLACES)], LABEL, face, "mm", stroke_width=3, stroke_fill="white"
        )
    for k, at in enumerate(((330, 420), (900, 200), (700, 260), (900, 690), (330, 60), (690, 720))):
        name = PLACES[(2 * k + 1) % len(PLACES)]
        draw.ellipse((at[0] - 3, at[1] - 3, at[0] + 3, at[1] + 3), (255, 255, 255), LABEL)
        draw.text(
            (at[0] + 8, at[1]),
            name,
            LABEL,
            font("sans", 12),
            "lm",
            stroke_width=2,
            stroke_fill="white",
        )
    for name, at in (
        ("Carrick Bay", (110, 380)),
        ("Inner Sound", (90, 640)),
        ("North Bank", (120, 110)),
    ):
        draw.text(at, name, (70, 120, 160), font("serif italic", 20), "mm")
    for k, at in enumerate(((757, 170), (925, 370), (975, 640))):
        rounded(
            image, (at[0] - 15, at[1] - 9, at[0] + 15, at[1] + 9), 3, (0, 100, 60), (255, 255, 255)
        )
        draw.text(at, f"M{5 + k // 2}", "white", font("bold", 11), "mm")
    for k, (x, y) in enumerate(((610, 200), (850, 330), (950, 250), (720, 430), (560, 540))):
        draw.polygon(((x, y - 5), (x + 5, y + 4), (x - 5, y + 4)), DIM)
        draw.text((x + 8, y), str(112 + 37 * k), DIM, font("sans", 10), "lm")
    draw.rectangle((14, 724, 214, 756), "white", (160, 160, 160))
    for k in range(4):
        draw.rectangle(
            (24 + 40 * k, 742, 64 + 40 * k, 748), LABEL if k % 2 == 0 else "white", LABEL
        )
    draw.text((24, 734), "0", LABEL, font("sans", 10), "lm")
    draw.text((184, 734), "2 km", LABEL, font("sans", 10), "mm")
