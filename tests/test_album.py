"""Albums: encoding several images to one file, adding to it, and taking it apart."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from conftest import SAMPLES, crop_of_photo, smooth_image
from PIL import Image

import inrcodec
from inrcodec.album.editing import extract
from inrcodec.album.encoding import add_to_album, encode_album
from inrcodec.codecs.codec import Read
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import join, remove
from inrcodec.container.items import write_info
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import LimitError, UsageError
from inrcodec.media.images import from_array
from inrcodec.signal import Color, ImageInfo, Metadata

Samples = np.ndarray


def _read(samples: Samples) -> Read:
    return lambda: nullcontext(from_array(samples, Metadata(exif=b"II*\0" + bytes(8))))


IMAGES = {
    "a.png": crop_of_photo(60, 80),
    "b.png": crop_of_photo(100, 70)[40:, 20:],
    "gray.png": smooth_image(30, 41, 1),
    "alpha.png": smooth_image(24, 33, 4),
}
SOURCES = {name: _read(samples) for name, samples in IMAGES.items()}
LMBDA = 2e-4
GRID = make_settings(effort=1)
MINR = make_settings(model="minr", width=8, depth=1, steps=30)


@pytest.fixture(scope="module", params=[GRID, MINR], ids=["grid", "minr"])
def album(request: pytest.FixtureRequest) -> bytes:
    return encode_album(SOURCES, request.param).data


def _sections(data: bytes, item: int) -> list[bytes]:
    container = Container(data)
    return [container.read(e.tag, e.item) for e in container.entries if e.item == item]


def test_every_image_comes_back_by_name_and_place(album: bytes) -> None:
    assert [*read_names(Container(album)).values()] == [*IMAGES]
    for place, (name, samples) in enumerate(IMAGES.items(), start=1):
        by_name = inrcodec.open(album, item=name)
        by_name.verify()
        decoded = by_name.render()
        assert decoded.shape == samples.shape
        np.testing.assert_array_equal(decoded, inrcodec.open(album, item=place).render())
        np.testing.assert_array_equal(decoded, inrcodec.open(album, item=name[:-4]).render())
        assert by_name.metadata.exif


def test_unknown_images_are_refused(album: bytes) -> None:
    for item in ("c.png", "", "0", "5", 0, 5, -1):
        with pytest.raises(UsageError, match="no item"):
            inrcodec.open(album, item=item)


def test_an_extracted_image_is_a_file_of_its_own(album: bytes) -> None:
    for item in read_names(Container(album)):
        one = extract(Container(album), item)
        assert Container(one).items == (1,)
        with inrcodec.open(one) as opened:
            opened.verify()
            np.testing.assert_array_equal(opened.render(), inrcodec.open(album, item=item).render())


def test_joining_what_was_extracted_gives_the_album(album: bytes) -> None:
    container = Container(album)
    parts = {name: extract(container, item) for item, name in read_names(container).items()}
    again = join(None, parts)
    for item in (0, *read_names(container)):
        assert sorted(_sections(again, item)) == sorted(_sections(album, item))


def test_removing_leaves_the_others_as_they_are(album: bytes) -> None:
    left = remove(Container(album), [2, 4])
    assert read_names(Container(left)) == {1: "a.png", 3: "gray.png"}
    for item in (1, 3):
        assert _sections(left, item) == _sections(album, item)
    with pytest.raises(UsageError, match="nothing"):
        remove(Container(album), [1, 2, 3, 4])


def test_adding_leaves_the_others_as_they_are(album: bytes) -> None:
    grid = Container(album).find(b"TILE", 1) is not None
    settings = GRID if grid else make_settings(steps=30, model="minr")
    samples = crop_of_photo(50, 40)
    added = add_to_album(Container(album), {"new.png": _read(samples)}, settings)
    for item in (1, 2, 3, 4):
        assert _sections(added.data, item) == _sections(album, item)
    old, new = Container(album), Container(added.data)
    assert (old.find(b"SHAR", 0) is None) == (new.find(b"SHAR", 0) is None)
    if old.find(b"SHAR", 0):
        assert old.read(b"SHAR", 0) == new.read(b"SHAR", 0)
    decoded = inrcodec.open(added.data, item="new").render()
    assert decoded.shape == samples.shape
    assert added.items["new.png"].psnr_db > (30 if grid else 15)


def test_images_to_be_fitted_together_are_limited() -> None:
    with pytest.raises(LimitError, match="together"):
        encode_album(SOURCES, replace(MINR, max_memory=1 << 20))


def test_names_must_be_new_and_safe(album: bytes) -> None:
    one = extract(Container(album), 1)
    for name in ("a.png", "../a.png", "a/b", "a\\b", "C:a", "..", "", "x" * 256, "a\n"):
        with pytest.raises(UsageError):
            join(Container(album), {name: one})


def test_parts_of_other_albums_do_not_mix() -> None:
    others = replace(MINR, seed=1)
    albums = [encode_album(SOURCES, settings).data for settings in (MINR, others)]
    with pytest.raises(UsageError, match="share"):
        join(Container(albums[0]), {"new.png": extract(Container(albums[1]), 1)})


def test_images_share_networks() -> None:
    """An album has less error and bits, as they are weighed, than its images by themselves."""
    with Image.open(SAMPLES / "photo.png") as image:
        drawn = np.asarray(image)[200:456, 128:640]
    # Unlike what networks were trained on: squares of it are negative.
    rows, columns = np.ogrid[: drawn.shape[0], : drawn.shape[1]]
    positive = (rows // 16 + columns // 16) % 2 == 0
    photo = np.where(positive[..., None], drawn, 255 - drawn).astype(np.uint8)
    parts = {f"{k}.png": part for k, part in enumerate((photo[:, :256], photo[:, 256:]))}
    settings = make_settings(effort=2, lmbda=LMBDA)
    album = encode_album({name: _read(part) for name, part in parts.items()}, settings)
    assert Container(album.data).find(b"SHAR", 0) is not None
    alone = [inrcodec.encode(part, effort=2, lmbda=LMBDA) for part in parts.values()]
    separate = _cost(alone, sum(len(item.data) for item in alone), photo)
    assert _cost([*album.items.values()], len(album.data), photo) < 0.999 * separate


def test_work_grows_with_the_number_of_items() -> None:
    """Ten times the items take about ten times as long, not a hundred; items of one shape, and of
    as many shapes as there are items."""
    for shapes in (1, 1000):
        ones = [_gray(1 + k % shapes) for k in range(10_000)]
        seconds = {}
        for count in (1000, 10_000):
            parts = {f"{k}.png": one for k, one in enumerate(ones[:count])}
            began = process_time()
            data = join(None, parts)
            joined = process_time()
            fields = inrcodec.info(data)
            seconds[count] = joined - began, process_time() - joined
            assert len(fields["items"]) == count
        for few, many in zip(*seconds.values(), strict=True):
            assert many < 30 * few + 1


def test_items_are_taken_out_of_a_large_album_one_by_one() -> None:
    parts = {f"{k}.png": _gray(1 + k) for k in range(5000)}
    album = Container(join(None, parts))
    began = process_time()
    names = read_names(album)
    for item in find_items(names, [*parts][::5]):
        assert extract(album, item) == _gray(item)
    left = read_names(Container(remove(album, find_items(names, [*parts][::2]))))
    assert [*left.values()] == [*parts][1::2]
    assert process_time() - began < 10


def _gray(width: int) -> bytes:
    """A file whose headers are those of a small network."""
    spec = SirenSpec(1, 0, 30.0, 30.0)
    info = ImageInfo(1, width, Color.GRAY, 8)
    return build(
        [
            Section(b"SIGN", 1, write_info(info)),
            model_section(spec),
            Section(b"ITEM", 1, b""),
        ]
    )


def _cost(items: Sequence[inrcodec.Encoded], size: int, photo: Samples) -> float:
    error = np.mean([10 ** (-item.psnr_db / 10) for item in items])
    return float(error) + LMBDA * 8 * size / photo[..., 0].size
