"""The viewer decodes samples, and grids beside samples, as Python does; run by node."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from conftest import crop_of_photo, smooth_image
from vectors import VECTORS
from viewing import Job, Pixels, answers, as_rgba, levels_apart, needs_node, rendered, serving

import inrcodec
from inrcodec.codecs.grid.encoder.refinement import Budget
from inrcodec.codecs.mixed.cells import Cells, Mask, read_cells
from inrcodec.codecs.mixed.encoder.modes import MixedMode
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.rate_control import step_of_quality
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.container.items import item_file
from inrcodec.container.sections import Container
from inrcodec.media.images import from_array

pytestmark = needs_node

VALID = VECTORS / "valid"
PIXELS, MIXED = (
    [
        path
        for kind in ("valid", "unusual")
        for path in sorted((VECTORS / kind).glob(f"{model}-*.inr"))
    ]
    for model in ("pixels", "mixed")
)
FAULTY = [
    path
    for model in ("pixels", "mixed")
    for path in sorted((VECTORS / "faulty").glob(f"{model}-*.inr"))
]
TILES = {"tile_height": 48, "tile_width": 64}
CELL = 8
Samples = npt.NDArray[np.unsignedinteger]


def drawn(channels: int) -> Samples:
    """Bars of a few colors, 200 × 150, with letters that repeat; alpha, too, has them."""
    y, x = np.mgrid[:150, :200]
    colors = np.random.default_rng(3).integers(0, 256, (8, channels))
    bars = (y // 23 + x // 41) % 4
    letters = ((x % 7 < 2) ^ (y % 11 > 8)) & (y // 30 % 2 == 1)
    return colors[bars + 4 * letters].astype(np.uint8)


def deep(channels: int) -> Samples:
    """A smooth image of 16 bits."""
    wide = smooth_image(150, 200, channels).astype(np.uint16) * np.uint16(257)
    return wide ^ np.random.default_rng(1).integers(0, 64, wide.shape, np.uint16)


def encoded(folder: Path, samples: Samples, **options: int | bool) -> Path:
    """The file of samples in tiles of 64 × 48."""
    path = folder / "samples.inr"
    inrcodec.encode(samples, fields=TILES, **options).save(path)  # type: ignore[arg-type]
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph in a page of bars, 600 × 540: samples, save for where the photograph is."""
    samples = np.tile(drawn(3), (4, 3, 1))[:540, :600]
    samples[60:180, 440:580] = crop_of_photo(120, 140)
    source = from_array(samples)
    _, plan = plan_encode(make_settings(model="grid", effort=1), source.info)
    # A cell is of the grid where it lies within the photograph.
    rows, columns = (-(-n // CELL) for n in samples.shape[:2])
    of_samples = np.ones((rows, columns), bool)
    of_samples[8:22, 55:72] = False
    cells, budget = Cells(of_samples, CELL), Budget(0, math.inf, 0.0)
    mode = MixedMode(samples, plan, cells, Content(0.9), budget)
    item = mode.at(step_of_quality(60)).item
    path = tmp_path_factory.mktemp("page") / "page.inr"
    path.write_bytes(item_file(item.info, source.metadata, item.sections))
    return path


def own_pixels(path: Path) -> Mask:
    """Which pixels of a file of both are of samples."""
    info = inrcodec.info(path)["items"][0]
    height, width = info["height"], info["width"]
    shape = -(-height // CELL), -(-width // CELL)
    cells = read_cells(Container(path).read(b"CELL", 1), shape)
    return cells.repeat(CELL, 0).repeat(CELL, 1)[:height, :width]


def shown(path: Path, folder: Path, *views: Job) -> list[Pixels]:
    """What the viewer shows of a file: all of it, or views of it."""
    found = rendered([{"file": path, **view} for view in views or ({},)], folder)
    for pixels in found:
        assert not isinstance(pixels, str), pixels
    return [np.asarray(pixels) for pixels in found]


def test_every_vector_of_samples_is_pythons_byte_by_byte(tmp_path: Path) -> None:
    assert len(PIXELS) > 25
    for path, pixels in zip(PIXELS, rendered([{"file": p} for p in PIXELS], tmp_path), strict=True):
        assert not isinstance(pixels, str), (path.name, pixels)
        assert np.array_equal(pixels, as_rgba(inrcodec.open(path).render())), path.name


def test_every_vector_of_both_is_pythons(tmp_path: Path) -> None:
    assert len(MIXED) >= 4
    for path, pixels in zip(MIXED, rendered([{"file": p} for p in MIXED], tmp_path), strict=True):
        assert not isinstance(pixels, str), (path.name, pixels)
        assert levels_apart(pixels, as_rgba(inrcodec.open(path).render())) <= 1, path.name


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [drawn, deep])
def test_tiles_side_by_side_are_exact(tmp_path: Path, kind: type, channels: int) -> None:
    samples = kind(channels)
    path = encoded(tmp_path, samples, lossless=True)
    assert inrcodec.open(path).model == "pixels"
    (pixels,) = shown(path, tmp_path)
    assert np.array_equal(pixels, as_rgba(samples))


@pytest.mark.parametrize(
    ("samples", "error"), [(crop_of_photo(100, 130), 5), (drawn(4), 2), (deep(3), 1000)]
)
def test_near_lossless_samples_are_pythons(tmp_path: Path, samples: Samples, error: int) -> None:
    path = encoded(tmp_path, samples, near_lossless=error)
    (pixels,) = shown(path, tmp_path)
    assert np.array_equal(pixels, as_rgba(inrcodec.open(path).render()))
    assert not np.array_equal(pixels, as_rgba(samples))


def test_samples_of_a_page_are_exact_and_its_grid_is_within_a_level(
    page: Path, tmp_path: Path
) -> None:
    (pixels,) = shown(page, tmp_path)
    expected, own = as_rgba(inrcodec.open(page).render()), own_pixels(page)
    assert 0 < (~own).sum() < own.sum()
    assert np.array_equal(pixels[own], expected[own])
    assert levels_apart(pixels, expected) <= 1


# Region and size (width, height): some of it, smaller, larger, and neither alike.
VIEWS = [
    ((30, 20, 120, 90), (120, 90)),
    ((0, 0, 200, 150), (100, 75)),
    ((0, 0, 200, 150), (23, 17)),
    ((60, 40, 90, 70), (45, 140)),
    ((150, 110, 50, 40), (200, 160)),
    ((0, 0, 9, 5), (300, 160)),
    ((7, 3, 1, 1), (40, 40)),
    ((64, 48, 64, 48), (64, 96)),
]


@pytest.mark.parametrize("samples", [drawn(4), deep(1)])
def test_views_are_pythons(tmp_path: Path, samples: Samples) -> None:
    path = encoded(tmp_path, samples, lossless=True)
    jobs: list[Job] = [{"region": region, "size": size[::-1]} for region, size in VIEWS]
    for (region, size), pixels in zip(VIEWS, shown(path, tmp_path, *jobs), strict=True):
        expected = as_rgba(inrcodec.open(path).render(region=region, size=size))
        assert levels_apart(pixels, expected) <= 1, (region, size)


def test_views_of_a_page_are_pythons(page: Path, tmp_path: Path) -> None:
    # Across borders of cells, of the photograph, and of what is composed at a time.
    views = [
        ((420, 40, 180, 160), (180, 160)),
        ((420, 40, 180, 160), (90, 80)),
        ((500, 30, 60, 50), (240, 200)),
        ((0, 0, 600, 540), (75, 68)),
        ((500, 490, 30, 30), (120, 60)),
    ]
    jobs: list[Job] = [{"region": region, "size": size[::-1]} for region, size in views]
    for (region, size), pixels in zip(views, shown(page, tmp_path, *jobs), strict=True):
        expected = as_rgba(inrcodec.open(page).render(region=region, size=size))
        assert levels_apart(pixels, expected) <= 1, (region, size)


@pytest.mark.parametrize("name", ["pixels-crop", "mixed-part"])
def test_a_crop_is_seen_to_its_border(tmp_path: Path, name: str) -> None:
    path = VALID / f"{name}.inr"
    image = inrcodec.open(path)
    height, width = image.info.shape
    sizes = [(4 * width, 4 * height), (width // 2, height // 2), (width, 3 * height)]
    jobs: list[Job] = [{"size": size[::-1]} for size in sizes]
    for size, pixels in zip(sizes, shown(path, tmp_path, *jobs), strict=True):
        assert levels_apart(pixels, as_rgba(image.render(size=size))) <= 1, size


def test_tiles_are_parts_of_the_image_at_any_scale(page: Path, tmp_path: Path) -> None:
    image = inrcodec.open(page)
    jobs: list[Job] = [{"tile": tile} for tile in ((0, 2, 1), (1, 0, 0), (2, 0, 0), (-2, 1, 7))]
    own, half, quarter, enlarged = shown(page, tmp_path, *jobs)
    assert levels_apart(own, as_rgba(image.render(region=(256, 512, 256, 28)))) <= 1
    expected = as_rgba(image.render(region=(0, 0, 512, 512), size=(256, 256)))
    assert levels_apart(half, expected) <= 1
    assert levels_apart(quarter, as_rgba(image.render(size=(150, 135)))) <= 1
    expected = as_rgba(image.render(region=(448, 64, 64, 64), size=(256, 256)))
    assert levels_apart(enlarged, expected) <= 1


def test_an_image_has_as_coarse_a_scale_as_one_tile_has_room_for(
    page: Path, tmp_path: Path
) -> None:
    small, large = answers([{"file": VALID / "pixels-rgb.inr"}, {"file": page}], tmp_path)
    assert (small["scales"]["coarsest"], large["scales"]["coarsest"]) == (0, 2)


def test_a_preview_of_a_page_is_that_of_its_grid(page: Path, tmp_path: Path) -> None:
    preview, samples = answers(
        [{"file": path, "preview": True} for path in (page, VALID / "pixels-rgb.inr")], tmp_path
    )
    rows, columns = preview["size"]
    assert 2 * rows <= 540
    pixels = np.fromfile(tmp_path / "0.rgba", np.uint8).reshape(rows, columns, 4)
    whole = as_rgba(inrcodec.open(page).render(size=(columns, rows))).astype(int)
    factor = 540 / rows
    photo = np.s_[int(70 / factor) : int(170 / factor), int(450 / factor) : int(570 / factor)]
    assert np.abs(pixels[photo] - whole[photo]).mean() < 25
    # Samples alone have no coarse part.
    assert samples["size"] is None


def test_images_of_an_album_are_exact(tmp_path: Path) -> None:
    images = {"one": drawn(3)[:40, :50], "two": drawn(1)[:30, :60]}
    album = tmp_path / "album.inr"
    inrcodec.Album.encode(images, album, lossless=True)
    found = shown(album, tmp_path, {"item": 1}, {"item": "two"})
    for samples, pixels in zip(images.values(), found, strict=True):
        assert np.array_equal(pixels, as_rgba(samples))


def test_a_view_reads_the_tiles_that_it_touches(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (192, 256, 3), np.uint8)
    path = encoded(tmp_path, noise, lossless=True)
    with serving([path]) as server:
        job: Job = {"file": f"{server.url}files/0", "region": (70, 50, 20, 20), "size": (20, 20)}
        (part,) = answers([job], tmp_path)
    pixels = np.fromfile(tmp_path / "0.rgba", np.uint8).reshape(20, 20, 4)
    assert np.array_equal(pixels, as_rgba(noise[50:70, 70:90]))
    assert part["read"] < 0.3 * path.stat().st_size


def test_what_decodes_samples_is_loaded_where_there_are_samples(page: Path, tmp_path: Path) -> None:
    of_grids, of_samples = {"grid-4.npz"}, {"pixels-1.npz", "samples.wasm"}
    for path, needed in (
        (VALID / "grid-gray.inr", of_grids),
        (VALID / "pixels-gray.inr", of_samples),
        (page, of_grids | of_samples),
    ):
        (answer,) = answers([{"file": path}], tmp_path)
        assert set(answer["loaded"]) == {"kernels.wasm", *needed}, path.name


def test_faulty_files_are_refused(tmp_path: Path) -> None:
    assert len(FAULTY) > 25
    found = rendered([{"file": path} for path in FAULTY], tmp_path)
    accepted = [p.name for p, kind in zip(FAULTY, found, strict=True) if not isinstance(kind, str)]
    assert accepted == []
