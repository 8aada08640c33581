"""Crops: files of a part of a signal render to what the whole gives for that part, at any
resolution, without decoding."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from conftest import crop_of_photo, smooth_image
from hypothesis import given, settings
from hypothesis import strategies as st
from tones import RATE, tone

import inrcodec
from inrcodec.album.encoding import encode_album
from inrcodec.codecs.registry import make_settings
from inrcodec.container.crops import Crop
from inrcodec.container.items import read_info, write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.cropping import crop_item
from inrcodec.errors import FormatError, UsageError
from inrcodec.media.images import from_array
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Region
from inrcodec.signal.views import View

SMALL = {"width": 4, "depth": 1, "steps": 3}
IMAGES = {
    "grid": {"effort": 1, "fields": {"block": 5, "split": 2, "levels": 4}},
    "enrp": {"tile": 16, **SMALL},
    "local-global": {"fields": {"tile": (16, 12)}, **SMALL},
}
AUDIO = {
    "grid": {"fields": {"frame": 8, "span": 1}},
    "enrp": {"tile": 700, **SMALL},
    "enrp in chunks": {"tile": 700, "chunk": 0.1, **SMALL},
    "local-global": {"fields": {"tile": (900,)}, **SMALL},
    "local-global in chunks": {"fields": {"tile": (700,)}, "chunk": 0.1, **SMALL},
}
HEIGHT, WIDTH, SECONDS = 90, 130, 0.5


@cache
def image_of(model: str) -> bytes:
    return inrcodec.encode(crop_of_photo(HEIGHT, WIDTH), model=model, **IMAGES[model]).data


@cache
def audio_of(name: str) -> bytes:
    samples = tone(SECONDS, channels=2)
    samples[2000:3500] = 0
    model, *_ = name.split()
    return inrcodec.encode(samples, rate=RATE, model=model, **AUDIO[name]).data


@st.composite
def regions(draw: st.DrawFn) -> tuple[int, int, int, int]:
    width, height = draw(st.integers(1, WIDTH)), draw(st.integers(1, HEIGHT))
    return draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height)), width, height


@pytest.mark.parametrize("model", IMAGES)
@settings(max_examples=8)
@given(region=regions(), scale=st.sampled_from([1.0, 0.5, 0.3, 0.07, 1.5, 2.0, 4.0]))
def test_a_part_of_an_image_is_that_region(
    model: str, region: tuple[int, int, int, int], scale: float
) -> None:
    part = inrcodec.open(inrcodec.crop(image_of(model), region=region))
    assert (part.info.width, part.info.height) == region[2:]
    part.verify()
    whole = inrcodec.open(image_of(model)).render(scale=scale, region=region)
    np.testing.assert_array_equal(part.render(scale=scale), whole)


@pytest.mark.parametrize("name", AUDIO)
@settings(max_examples=6)
@given(
    ends=st.tuples(st.floats(0, SECONDS), st.floats(0, SECONDS)).map(sorted),
    rate=st.sampled_from([RATE, 2 * RATE, 44100, 8000, 2000]),
)
def test_a_part_of_audio_is_that_time(name: str, ends: list[float], rate: int) -> None:
    start, stop = ends[0], min(SECONDS, ends[1] + 0.01)
    part = inrcodec.open(inrcodec.crop(audio_of(name), time=(start, stop)))
    part.verify()
    whole = inrcodec.open(audio_of(name)).render(rate=rate, time=(start, stop))
    np.testing.assert_array_equal(part.render(rate=rate), whole)


@pytest.mark.parametrize("model", IMAGES)
def test_a_part_of_a_part(model: str) -> None:
    part = inrcodec.crop(image_of(model), region=(30, 20, 60, 50))
    again = inrcodec.crop(part, region=(10, 15, 20, 8))
    assert len(again) < len(part) < len(image_of(model))
    whole = inrcodec.open(image_of(model))
    for scale in (1.0, 0.5, 3.0):
        wanted = whole.render(region=(40, 35, 20, 8), scale=scale)
        np.testing.assert_array_equal(inrcodec.open(again).render(scale=scale), wanted)
        same = inrcodec.open(part).render(region=(10, 15, 20, 8), scale=scale)
        np.testing.assert_array_equal(same, wanted)


@pytest.mark.parametrize("model", IMAGES)
def test_coordinates_run_over_what_is_visible(model: str) -> None:
    x, y, width, height = region = (30, 20, 60, 50)
    part, whole = inrcodec.open(inrcodec.crop(image_of(model), region=region)), image_of(model)
    points = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    placed = np.stack(
        [
            (y + (points[:, 0] + 1) / 2 * height) / HEIGHT * 2 - 1,
            (x + (points[:, 1] + 1) / 2 * width) / WIDTH * 2 - 1,
        ],
        axis=-1,
    )
    np.testing.assert_allclose(part(points), inrcodec.open(whole)(placed), atol=1e-6)
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(points, requires_grad=True)
    values = part(tensor)
    np.testing.assert_allclose(values.detach().numpy(), part(points), atol=1e-4)
    (gradient,) = torch.autograd.grad(values.sum(), tensor)
    assert bool(gradient.abs().sum() > 0)
    # Beyond its border it is what it is there.
    np.testing.assert_allclose(part([[-3.0, 0.5]]), part([[-1.0, 0.5]]), atol=1e-6)


def test_weights_fall_with_the_part() -> None:
    """As in paper 004, Figure 1: 199 k, 80 k and 47.7 k."""
    fields = {"tile": (32, 32), "global_width": 68, "merge": 1}
    image = smooth_image(512, 512)
    options = {"width": 14, "depth": 3, "steps": 0, "fields": fields, "precision": "fp16"}
    data = inrcodec.encode(image, model="local-global", **options).data
    counts = [inrcodec.open(data).parameters]
    for rows, columns in ((9, 10), (9, 5)):
        part = inrcodec.crop(data, region=(64, 32, 32 * columns, 32 * rows))
        counts.append(inrcodec.open(part).parameters)
    assert counts == [198_994, 79_972, 47_707]


def test_what_the_first_chunk_has_beside_tiles_goes_with_it() -> None:
    data, time = audio_of("local-global in chunks"), (0.35, 0.4)
    part = inrcodec.crop(data, time=time)
    assert Container(part).find(b"ITEM", 1) is None
    whole = inrcodec.open(data).render(time=time)
    np.testing.assert_array_equal(inrcodec.open(part).render(), whole)


def test_bytes_fall_by_the_tiles_that_are_left_out() -> None:
    data = inrcodec.encode(crop_of_photo(96, 128), model="enrp", tile=32, **SMALL).data
    # One of twelve tiles.
    part = inrcodec.crop(data, region=(40, 40, 10, 10))
    whole, kept = (Container(file).entry(b"TILE", 1).length for file in (data, part))
    assert kept < whole / 10


def test_all_of_a_signal_is_its_file() -> None:
    data = image_of("grid")
    assert inrcodec.crop(data, region=(0, 0, WIDTH, HEIGHT)) == data


def test_silence_and_alpha_are_kept() -> None:
    silent = inrcodec.encode(np.zeros((RATE, 1), np.float32), rate=RATE).data
    part = inrcodec.open(inrcodec.crop(silent, time=(0.25, 0.5)))
    assert part.render().shape == (RATE // 4, 1)
    assert not part.render().any()
    image = inrcodec.encode(smooth_image(40, 50, 4), effort=1, quality=50).data
    clear = inrcodec.open(inrcodec.crop(image, region=(5, 6, 20, 30)))
    np.testing.assert_array_equal(
        clear.render(), inrcodec.open(image).render(region=(5, 6, 20, 30))
    )


def test_an_item_of_an_album_is_cut_with_what_it_shares() -> None:
    from contextlib import nullcontext

    images = {f"{k}.png": crop_of_photo(40 + 8 * k, 60) for k in range(3)}
    reads = {name: (lambda s=s: nullcontext(from_array(s))) for name, s in images.items()}
    for options in ({"effort": 1}, {"model": "enrp", "tile": 16, **SMALL}):
        album = encode_album(reads, make_settings(**options)).data
        part = inrcodec.open(inrcodec.crop(album, region=(20, 10, 9, 8), item="1"))
        whole = inrcodec.open(album, item="1").render(region=(20, 10, 9, 8))
        np.testing.assert_array_equal(part.render(), whole)
        assert crop_item(Container(album), 2, View(region=(20, 10, 9, 8)))


@pytest.mark.parametrize("model", ["siren", "loe", "minr"])
def test_one_network_for_all_has_no_parts(model: str) -> None:
    data = inrcodec.encode(crop_of_photo(20, 30), model=model, **SMALL).data
    with pytest.raises(UsageError, match="has no tiles"):
        inrcodec.crop(data, region=(1, 2, 5, 5))


def test_parts_that_there_are_not_are_refused() -> None:
    with pytest.raises(UsageError, match="does not lie within"):
        inrcodec.crop(image_of("grid"), region=(100, 0, 31, 5))
    part = inrcodec.crop(image_of("enrp"), region=(30, 20, 60, 50))
    with pytest.raises(UsageError, match="does not lie within"):
        inrcodec.crop(part, region=(30, 20, 60, 50))
    with pytest.raises(UsageError, match="has no time"):
        inrcodec.crop(part, time=(0, 1))
    with pytest.raises(UsageError, match="not all of its network"):
        inrcodec.open(part).module()
    for numbers in ((0, 0, 1.5, 2), (0, 0, 2), 5):
        with pytest.raises(UsageError, match=r"region .*; it must be 4 whole numbers"):
            inrcodec.crop(image_of("grid"), region=numbers)  # type: ignore[arg-type]


def test_damage_is_found_before_it_is_copied() -> None:
    data = bytearray(image_of("enrp"))
    data[-5] ^= 1
    with pytest.raises(FormatError):
        inrcodec.crop(bytes(data), region=(0, 0, 10, 10))


def test_damage_is_told_in_the_part() -> None:
    from inrcodec.decoding import Representation

    data = bytearray(inrcodec.crop(image_of("enrp"), region=(70, 50, 60, 40)))
    data[-5] ^= 1
    told: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    container = Container(bytes(data))
    shown = Representation(container, on_damage=lambda r, _: told.append((r.start, r.length)))
    assert shown.render().shape == (40, 60, 3)
    ((start, length),) = told
    # The last tile, 80 to 90 and 128 to 130, as the part has it.
    assert (start, length) == ((30, 58), (10, 2))


def test_a_part_that_claims_more_tiles_than_there_are_is_refused_at_once() -> None:
    container = Container(inrcodec.crop(image_of("enrp"), region=(30, 20, 60, 50)))
    side = 1 << 24
    huge = replace(container_info(container), height=side, width=side)
    claimed = Crop(Region((0, 0), (1, 1)), ((range(side // 16), range(side // 16)),))
    sections = [
        Section(e.tag, e.item, container.read(e.tag, e.item))
        for e in container.entries
        if e.tag not in (b"SIGN", b"CROP")
    ]
    signs = [Section(b"SIGN", 1, write_info(huge)), Section(b"CROP", 1, claimed.to_bytes())]
    with pytest.raises(FormatError, match="too short for its tiles"):
        inrcodec.open(build([*signs, *sections]))


def container_info(container: Container) -> ImageInfo:
    info = read_info(container, 1)
    assert isinstance(info, ImageInfo)
    return info
