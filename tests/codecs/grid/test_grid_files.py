"""The latent grid from image to file and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import crop_of_photo, smooth_image
from grids import read_latents, spec_of

import inrcodec
from inrcodec.codecs.grid.geometry import Box
from inrcodec.container.sections import Container
from inrcodec.errors import TargetError, UsageError
from inrcodec.signal.metrics import psnr
from inrcodec.threads import limit_threads

SMALL_BLOCKS = {"block": 5, "levels": 4}


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_format_comes_back(channels: int, dtype: type) -> None:
    samples = smooth_image(40, 52, channels).astype(dtype) * (257 if dtype is np.uint16 else 1)
    encoded = inrcodec.encode(samples, quality=80)
    decoded = inrcodec.open(encoded.data).decode().samples
    assert (decoded.shape, decoded.dtype) == (samples.shape, samples.dtype)
    assert encoded.psnr_db == pytest.approx(psnr(samples, decoded))
    assert encoded.psnr_db > 34
    if channels in (2, 4):
        np.testing.assert_array_equal(decoded[..., -1], samples[..., -1])


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3), (33, 8), (17, 15)])
@pytest.mark.parametrize("effort", [1, 3])
def test_every_size_comes_back(size: tuple[int, int], effort: int) -> None:
    samples = smooth_image(*size)
    encoded = inrcodec.encode(samples, quality=90, effort=effort)
    assert psnr(samples, inrcodec.open(encoded.data).render()) > 32


def test_it_is_smaller_than_avif_and_jpeg() -> None:
    """At no lower PSNR than theirs."""
    import io

    from PIL import Image

    photo = crop_of_photo(192, 256)
    for name, options in {
        "AVIF": {"quality": 50, "subsampling": "4:4:4", "speed": 6},
        "JPEG": {"quality": 60},
    }.items():
        stream = io.BytesIO()
        Image.fromarray(photo).save(stream, name, **options)
        theirs = psnr(photo, np.asarray(Image.open(stream)))
        ours = inrcodec.encode(photo, target_psnr=theirs + 0.1, effort=1)
        assert ours.psnr_db >= theirs
        assert len(ours.data) < len(stream.getvalue())


@pytest.fixture(scope="module")
def blocks() -> inrcodec.Encoded:
    """Many small blocks: 3 rows of 4."""
    return inrcodec.encode(crop_of_photo(90, 120), quality=60, fields=SMALL_BLOCKS)


@pytest.mark.parametrize("region", [(0, 0, 120, 90), (50, 31, 17, 9), (119, 89, 1, 1)])
def test_a_region_is_a_part_of_the_whole(
    blocks: inrcodec.Encoded, region: tuple[int, int, int, int]
) -> None:
    x, y, width, height = region
    whole = inrcodec.open(blocks.data).render()
    part = inrcodec.open(blocks.data).render(region=region).astype(int)
    expected = whole[y : y + height, x : x + width].astype(int)
    # The order of sums in the wavelet's borders may differ in a last bit.
    assert np.abs(part - expected).max() <= 1


def test_a_region_reads_only_what_it_touches() -> None:
    encoded = inrcodec.encode(crop_of_photo(64, 400), quality=50, fields={"block": 5, "levels": 2})
    entry = Container(encoded.data).entry(b"TILE", 1)
    damaged = bytearray(encoded.data)
    damaged[entry.offset + entry.length - 1] ^= 1
    opened = inrcodec.open(bytes(damaged))
    opened.render(region=(0, 0, 40, 30))
    with pytest.raises(inrcodec.FormatError):
        opened.render(region=(380, 40, 20, 20))


def test_blocks_leave_no_seams(blocks: inrcodec.Encoded) -> None:
    """Errors at block borders are no larger than elsewhere."""
    error = np.abs(inrcodec.open(blocks.data).render().astype(int) - crop_of_photo(90, 120))
    at_borders = np.concatenate([error[:, 31:33], error[:, 63:65]], 1)
    assert at_borders.mean() < 1.5 * error.mean()


def test_blocks_cost_little() -> None:
    photo = crop_of_photo(256, 384)
    whole, halves = (
        len(inrcodec.encode(photo, quality=60, effort=1, fields={"block": block}).data)
        for block in (9, 8)
    )
    assert halves < 1.02 * whole


@pytest.mark.parametrize("scale", [1.0, 4.0, 0.5, 1.37])
def test_any_scale_is_aligned(blocks: inrcodec.Encoded, scale: float) -> None:
    """Rendered at a scale and brought back by area, it is the image, not shifted."""
    opened = inrcodec.open(blocks.data)
    rendered, native = opened.render(scale=scale), opened.render().astype(float)
    assert rendered.shape[:2] == (round(90 * scale), round(120 * scale))
    for axis in (0, 1):
        center = [
            (np.arange(p.shape[axis]) + 0.5)
            @ p.astype(float).sum(2).mean(1 - axis)
            / p.astype(float).sum(2).mean(1 - axis).sum()
            / p.shape[axis]
            for p in (rendered, native)
        ]
        assert center[0] == pytest.approx(center[1], abs=0.15 / native.shape[axis])


def test_it_is_a_function_of_coordinates(blocks: inrcodec.Encoded) -> None:
    opened = inrcodec.open(blocks.data)
    rows, columns = ((2 * np.arange(n) + 1) / n - 1 for n in (90, 120))
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1)
    values = opened(grid)
    rendered = np.floor(np.clip(values * 255 + 0.5, 0, 255))
    assert np.abs(rendered - opened.render()).max() <= 1
    point = torch.tensor([[0.1, 0.2]], requires_grad=True)
    opened(point).sum().backward()
    assert point.grad is not None
    assert point.grad.abs().sum() > 0


def test_quality_and_lmbda_order_sizes() -> None:
    photo = crop_of_photo(64, 96)
    by_quality = [len(inrcodec.encode(photo, quality=q, effort=1).data) for q in (5, 50, 95)]
    by_lmbda = [len(inrcodec.encode(photo, lmbda=x, effort=1).data) for x in (0.01, 0.001, 1e-4)]
    assert by_quality == sorted(by_quality)
    assert by_lmbda == sorted(by_lmbda)


@pytest.mark.parametrize("effort", [1, 2])
def test_targets_are_reached(effort: int) -> None:
    photo = crop_of_photo(96, 128)
    assert inrcodec.encode(photo, target_psnr=33, effort=effort).psnr_db == pytest.approx(
        33, abs=0.1
    )
    size = len(inrcodec.encode(photo, target_size=4000, effort=effort).data)
    assert 0.97 * 4000 <= size <= 4000
    rate = inrcodec.encode(photo, target_bpp=1.5, effort=effort).bits_per_pixel
    assert 0.97 * 1.5 <= rate <= 1.5


def test_targets_out_of_reach_say_what_is_near() -> None:
    with pytest.raises(TargetError, match=r"20 bytes cannot be reached; the nearest is \d+ bytes"):
        inrcodec.encode(crop_of_photo(64, 96), target_size=20)


@pytest.mark.parametrize("effort", [1, 2])
def test_targets_that_an_image_exceeds_are_met(effort: int) -> None:
    flat = np.full((48, 64, 3), (93, 40, 93), np.uint8)
    for image in (flat, np.zeros_like(flat)):
        for psnr_db in (10, 40, 90):
            assert inrcodec.encode(image, target_psnr=psnr_db, effort=effort).psnr_db >= psnr_db
        for aim in ({"target_size": 200_000}, {"target_bpp": 8.0}):
            best = inrcodec.encode(image, effort=effort, **aim)
            assert best.psnr_db == np.inf and len(best.data) < 300
    assert inrcodec.encode(crop_of_photo(32, 48), target_psnr=90, effort=effort).psnr_db >= 90
    with pytest.raises(TargetError, match="60 bytes cannot"):
        inrcodec.encode(flat, target_size=60, effort=effort)


def test_effort_pays() -> None:
    photo = crop_of_photo(128, 192)

    def cost(**options: object) -> float:
        encoded = inrcodec.encode(photo, lmbda=1e-3, **options)
        return 10 ** (-encoded.psnr_db / 10) + 1e-3 * encoded.bits_per_pixel

    assert cost(effort=4) < 0.997 * cost(effort=1)


def test_time_and_callers_end_it() -> None:
    photo = crop_of_photo(64, 96)
    timed = inrcodec.encode(photo, time=0.5)
    assert timed.seconds < 3
    stopped = inrcodec.encode(photo, effort=9, report=lambda progress: progress.step >= 2)
    assert stopped.steps == 2


def test_same_bytes_every_time() -> None:
    photo = crop_of_photo(70, 90)
    data = []
    for threads in (1, 2):
        limit_threads(threads)
        data.append(inrcodec.encode(photo, effort=1).data)
    limit_threads(None)
    assert data[0] == data[1]


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 0},
        {"quality": 101},
        {"quality": 50, "lmbda": 0.01},
        {"lmbda": -1.0},
        {"target_psnr": float("nan")},
        {"time": 0.0},
        {"alpha_quality": 101},
        {"tile": 8},
        {"options": {"levels": 9}},
        {"options": {"block": 3}},
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(UsageError):
        inrcodec.encode(smooth_image(8, 8), **options)


def test_alpha_of_lower_quality_has_fewer_levels() -> None:
    samples = smooth_image(32, 40, 4)
    encoded = [inrcodec.encode(samples, alpha_quality=q) for q in (100, 10)]
    levels = [len(np.unique(inrcodec.open(e.data).render()[..., 3])) for e in encoded]
    assert levels[1] < levels[0]
    assert len(encoded[1].data) < len(encoded[0].data)


def test_a_region_holds_only_its_blocks(blocks: inrcodec.Encoded) -> None:
    """The boxes of a grid are parts of it, wherever they lie."""
    _, geometry = spec_of(blocks.data)
    (tier,) = geometry.tiers
    whole = read_latents(blocks.data)
    part = replace(tier, rows=range(1, 3), columns=range(2, 4))
    box = read_latents(blocks.data, Box(geometry, [part]))
    size, last = geometry.block, geometry.levels - 1
    for scale, level in enumerate(range(last, -1, -1)):
        for band in range(3):
            start = size >> scale + 1, 2 * size >> scale + 1
            part = whole.levels[level][band][:, start[0] :, start[1] :]
            np.testing.assert_array_equal(box.levels[level][band], part)
    assert sum(band.nbytes for band in box) < 0.4 * sum(band.nbytes for band in whole)
