"""Extending: a crop becomes the whole again, and what it has stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo, smooth_image
from tones import RATE, tone

import inrcodec
from inrcodec.codecs.headers import open_streams
from inrcodec.codecs.inr.extension import mirrored
from inrcodec.codecs.registry import codec_of, read_header
from inrcodec.container.sections import Container
from inrcodec.errors import UsageError
from inrcodec.signal.geometry import Tiling

SMALL: dict[str, Any] = {"width": 4, "depth": 1, "steps": 20}
IMAGES: dict[str, dict[str, Any]] = {
    "grid": {"effort": 1, "fields": {"block": 5, "split": 2, "levels": 4}},
    "enrp": {"tile": 16, **SMALL},
    "local-global": {"fields": {"tile": (16, 12)}, **SMALL},
}
HEIGHT, WIDTH = 90, 130
IMAGE = crop_of_photo(HEIGHT, WIDTH)


def again(model: str) -> dict[str, Any]:
    return {k: v for k, v in IMAGES[model].items() if k in ("effort", "steps")}


def kept_streams(part: bytes, whole: bytes) -> list[tuple[bytes, bytes]]:
    """What both files have of the part's tiles."""
    found, numbers = [], read_header(Container(part)).kept()
    assert numbers is not None
    for data in (part, whole):
        container = Container(data)
        header = read_header(container)
        payload = container.read(b"TIDX", 1)
        before = codec_of(header.spec).before_index(payload, header)
        streams = open_streams(container, header, payload[len(before) :])
        found.append([before, *(streams[number] for number in numbers.tolist())])
    return list(zip(*found, strict=True))


@pytest.mark.parametrize("model", IMAGES)
def test_tiles_stay_byte_by_byte(model: str) -> None:
    data = inrcodec.encode(IMAGE, model=model, **IMAGES[model]).data
    part = inrcodec.crop(data, region=(0, 0, 70, HEIGHT))
    whole = inrcodec.extend(part, IMAGE, keep=True, **again(model))
    assert all(old == new for old, new in kept_streams(part, whole.data))
    for tag in (b"ITEM", b"NETW", b"SIGN"):
        if Container(part).find(tag, 1):
            assert Container(part).read(tag, 1) == Container(whole.data).read(tag, 1)
    decoded = inrcodec.open(whole.data)
    decoded.verify()
    assert decoded.render().shape == IMAGE.shape
    # Inside of the part nothing has changed.
    region = (0, 0, 40, HEIGHT)
    np.testing.assert_array_equal(
        decoded.render(region=region), inrcodec.open(part).render(region=region)
    )


def test_a_grid_that_is_extended_as_it_was_encoded_is_what_it_was() -> None:
    data = inrcodec.encode(IMAGE, model="grid", **IMAGES["grid"]).data
    for region in ((0, 0, 70, HEIGHT), (40, 30, 20, 20)):
        part = inrcodec.crop(data, region=region)
        assert inrcodec.extend(part, IMAGE, keep=True, effort=1).data == data


def test_new_tiles_are_fitted() -> None:
    # Of weights at steps, new tiles keep those of the part: no finer, and no farther apart.
    data = inrcodec.encode(IMAGE, model="enrp", precision="fp16", **IMAGES["enrp"]).data
    part = inrcodec.crop(data, region=(0, 0, 64, HEIGHT))
    kept = inrcodec.extend(part, IMAGE, keep=True, steps=100)
    fitted_on = inrcodec.extend(part, IMAGE, steps=100)
    whole = inrcodec.open(data).render().astype(float)
    errors = [
        np.square(inrcodec.open(one.data).render().astype(float) - IMAGE)[:, 64:].mean()
        for one in (kept, fitted_on)
    ]
    assert max(errors) < np.square(whole - IMAGE)[:, 64:].mean()
    assert fitted_on.psnr_db > kept.psnr_db


@pytest.mark.parametrize("precision", ["auto", "fp16"])
def test_new_tiles_that_tables_of_the_part_do_not_suit_are_told_of(precision: str) -> None:
    flat = np.full((32, 64, 3), 128, np.uint8)
    half_white = flat.copy()
    half_white[:, 32:] = 255
    options = {"model": "enrp", "tile": 32, "width": 8, "depth": 1, "precision": precision}
    parts = [
        inrcodec.crop(inrcodec.encode(image, steps=60, **options).data, region=(0, 0, 32, 32))
        for image in (flat, half_white)
    ]
    with pytest.warns(UserWarning, match=r"what is added has \d+\.\d dB of .* do not suit it"):
        unlike = inrcodec.extend(parts[0], half_white, keep=True, steps=60)
    alike = inrcodec.extend(parts[1], half_white, keep=True, steps=60)
    assert alike.psnr_db > unlike.psnr_db + 3


def test_own_and_shared_networks_of_a_grid_stay() -> None:
    from contextlib import nullcontext

    from inrcodec.album.encoding import encode_album
    from inrcodec.codecs.registry import make_settings
    from inrcodec.media.images import from_array

    images = [crop_of_photo(HEIGHT, WIDTH), crop_of_photo(80, 100)]
    reads = {f"{k}.png": (lambda s=s: nullcontext(from_array(s))) for k, s in enumerate(images)}
    album = encode_album(reads, make_settings(effort=1, quality=80)).data
    part = inrcodec.crop(album, region=(0, 0, 30, 30), item="0")
    whole = inrcodec.extend(part, images[0], keep=True, effort=1)
    for entry in Container(part).entries:
        if entry.tag in (b"SHAR", b"NETW"):
            payload = Container(part).read(entry.tag, entry.item)
            assert payload == Container(whole.data).read(entry.tag, entry.item)
    np.testing.assert_array_equal(
        inrcodec.open(whole.data).render(), inrcodec.open(album, item="0").render()
    )


def test_refined_blocks_join_those_that_stay() -> None:
    options = IMAGES["grid"]
    image = smooth_image(80, 120, 4)
    data = inrcodec.encode(image, **{**options, "effort": 1}).data
    part = inrcodec.crop(data, region=(0, 0, 60, 80))
    whole = inrcodec.extend(part, image, keep=True, effort=3)
    assert all(old == new for old, new in kept_streams(part, whole.data))
    decoded = inrcodec.open(whole.data).render()
    np.testing.assert_array_equal(decoded[..., 3], image[..., 3])
    assert whole.psnr_db > inrcodec.encode(image, **options).psnr_db - 0.5


def test_audio_is_extended_stream_by_stream() -> None:
    samples, options = tone(0.5, channels=2), {"fields": {"frame": 8, "span": 1}}
    data = inrcodec.encode(samples, rate=RATE, **options).data
    part = inrcodec.crop(data, time=(0.1, 0.2))
    assert inrcodec.extend(part, samples, rate=RATE, keep=True).data == data
    enrp = inrcodec.encode(samples, rate=RATE, model="enrp", tile=1000, **SMALL).data
    part = inrcodec.crop(enrp, time=(0.1, 0.2))
    whole = inrcodec.extend(part, samples, rate=RATE, keep=True, steps=20)
    assert all(old == new for old, new in kept_streams(part, whole.data))


def test_what_is_no_part_of_the_whole_is_refused() -> None:
    data = inrcodec.encode(IMAGE, model="enrp", **IMAGES["enrp"]).data
    with pytest.raises(UsageError, match="no crop"):
        inrcodec.extend(data, IMAGE)
    part = inrcodec.crop(data, region=(0, 0, 30, 30))
    with pytest.raises(UsageError, match=r"130×90, .*, not of 120×90"):
        inrcodec.extend(part, IMAGE[:, :120])
    with pytest.raises(UsageError, match="not of"):
        inrcodec.extend(part, tone(0.1), rate=RATE)


def test_new_tiles_start_as_mirror_images_across_the_border() -> None:
    tiling = Tiling((30, 60), (10, 10))
    found = mirrored(tiling, (range(3), range(2, 4))).reshape(3, 6)
    # Columns 0 and 1 are mirrored at 2, column 4 and 5 at 4.
    np.testing.assert_array_equal(found[0], [3, 2, 2, 3, 3, 2])
    np.testing.assert_array_equal(found[1:] - found[:-1], np.full((2, 6), 6))
    corner = mirrored(tiling, (range(1), range(1))).reshape(3, 6)
    assert not corner.any()
