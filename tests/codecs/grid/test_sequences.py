"""Sequences of the latent grid: frames that are what changes from those before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo
from vectors import reference

import inrcodec
from inrcodec.album.encoding import EncodedAlbum, encode_sequence
from inrcodec.codecs.grid.encoder import sequence
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import extract, join, remove
from inrcodec.container.predictions import Prediction, read_prediction, read_time
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.errors import MalformedError, UsageError
from inrcodec.media.images import from_array

Samples = np.ndarray
BLOCKS = {"block": 5, "split": 2, "levels": 4}


def frames(count: int = 5, apart: int = 6, noise: float = 0) -> list[Samples]:
    """A part of a photograph over which another moves."""
    still, moving = crop_of_photo(70, 110), 255 - crop_of_photo(20, 20)
    random, found = np.random.default_rng(0), []
    for number in range(count):
        frame = still.astype(np.float64)
        frame[20:40, apart * number : apart * number + 20] = moving
        frame += noise * random.normal(size=frame.shape)
        found.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
    return found


def encoded(images: Sequence[Samples], **options: Any) -> EncodedAlbum:
    reads = {f"{n}.png": (lambda s=s: nullcontext(from_array(s))) for n, s in enumerate(images)}
    settings = make_settings(**{"effort": 1, **options})
    return encode_sequence(reads, settings, times={"0.png": 40_000})


@cache
def moving() -> bytes:
    return encoded(frames(), fields=BLOCKS).data


def changed(data: bytes, tag: bytes, item: int, payload: bytes) -> bytes:
    container = Container(data)
    kept = [e for e in container.entries if (e.tag, e.item) != (tag, item)]
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in kept]
    return build([*sections, Section(tag, item, payload)])


@pytest.mark.parametrize("options", [{}, {"fields": BLOCKS}, {"effort": 2, "quality": 80}])
def test_frames_are_what_their_encode_measured(options: dict[str, Any]) -> None:
    images = frames()
    album = encoded(images, **options)
    for number, (image, item) in enumerate(zip(images, album.items.values(), strict=True), start=1):
        decoded = inrcodec.open(album.data, item=number).render()
        error = np.square(decoded.astype(np.float64) - image).mean()
        assert item.psnr_db == pytest.approx(10 * np.log10(255**2 / error))


def test_what_stands_still_costs_next_to_nothing() -> None:
    image = frames(1)[0]
    album = encoded([image] * 4, effort=2)
    first, *others = [Container(album.data).entry(b"TILE", item).length for item in range(1, 5)]
    assert max(others) < first / 20
    shown = [inrcodec.open(album.data, item=item).render() for item in range(1, 5)]
    assert all(np.abs(a.astype(int) - shown[0]).max() <= 8 for a in shown[1:])


@pytest.mark.parametrize("noise", [0, 2])
def test_a_sequence_is_far_smaller_than_its_frames(noise: float) -> None:
    images = frames(noise=noise)
    album = encoded(images, quality=60)
    alone = [inrcodec.encode(image, effort=1, quality=60) for image in images]
    assert len(album.data) < 0.7 * sum(len(one.data) for one in alone)
    mean = np.mean([item.psnr_db for item in album.items.values()])
    assert mean > np.mean([one.psnr_db for one in alone]) - 0.5


def test_a_new_scene_is_coded_by_itself() -> None:
    images = [*frames(2), 255 - crop_of_photo(80, 120)[10:, 10:]]
    album = encoded(images, fields=BLOCKS)
    scene = read_prediction(Container(album.data), 3, len(_blocks(album.data, 2)))
    assert scene is not None
    assert scene.blocks.mean() < _blocks(album.data, 2).mean()


def _blocks(data: bytes, item: int) -> np.ndarray:
    from inrcodec.codecs.registry import read_header

    container = Container(data)
    prediction = read_prediction(container, item, read_header(container, item).stream_count())
    assert prediction is not None
    return prediction.blocks


def test_frames_come_back_in_any_order_and_by_region() -> None:
    whole = [inrcodec.open(moving(), item=item).render() for item in (5, 2, 4, 1, 3)]
    kept: dict[str, Any] = {}
    for item in (1, 2, 3, 4, 5, 2):
        shown = Representation(Container(moving()), item, kept=kept).render()
        np.testing.assert_array_equal(shown, whole[(5, 2, 4, 1, 3).index(item)])
    region = (30, 10, 40, 50)
    part = inrcodec.open(moving(), item=5).render(region=region)
    np.testing.assert_array_equal(part, whole[0][10:60, 30:70])
    assert inrcodec.open(moving(), item=4).render(scale=0.25).shape == (18, 28, 3)
    for item in range(1, 6):
        inrcodec.open(moving(), item=item).verify()


def test_the_reference_decoder_adds_up_the_same() -> None:
    for item in range(1, 6):
        ours = inrcodec.open(moving(), item=item).render().astype(int)
        assert np.abs(reference.decode(moving(), place=item) - ours).max() <= 1


def test_every_so_often_a_frame_is_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "_APART", 2)
    container = Container(encoded(frames()).data)
    assert [bool(container.find(b"PRED", item)) for item in range(1, 6)] == [0, 1, 0, 1, 0]


def test_times_are_kept() -> None:
    container = Container(moving())
    assert [read_time(container, item) for item in (1, 2)] == [40_000, None]


def test_frames_of_two_sizes_and_targets_are_refused() -> None:
    with pytest.raises(UsageError, match="it is 31×20"):
        encoded([crop_of_photo(20, 30), crop_of_photo(20, 31)])
    with pytest.raises(UsageError, match="not a target"):
        encoded(frames(2), target_size=1000)
    with pytest.raises(UsageError, match="no sequences"):
        encoded(frames(2), model="siren")


def test_a_frame_that_others_need_stays() -> None:
    container = Container(moving())
    with pytest.raises(UsageError, match="frame before"):
        extract(container, 3, with_shared=False)
    with pytest.raises(UsageError, match="frame before"):
        inrcodec.crop(moving(), region=(0, 0, 9, 9), item=3)
    with pytest.raises(UsageError, match="would not"):
        remove(container, [2])
    shorter = remove(container, [4, 5])
    np.testing.assert_array_equal(
        inrcodec.open(shorter, item=3).render(), inrcodec.open(moving(), item=3).render()
    )
    alone = inrcodec.open(inrcodec.crop(moving(), region=(9, 9, 30, 30), item=1)).render()
    assert alone.shape == (30, 30, 3)
    # More may come after it.
    other = inrcodec.encode(crop_of_photo(20, 30), effort=1).data
    longer = join(container, {"other.png": other})
    np.testing.assert_array_equal(
        inrcodec.open(longer, item=5).render(), inrcodec.open(moving(), item=5).render()
    )


def test_the_bytes_of_a_prediction() -> None:
    blocks = np.array([1, 0, 0, 0, 0, 0, 0, 1, 1, 0], bool)
    assert Prediction(1, blocks).to_bytes() == b"\x01\x81\x01"


@pytest.mark.parametrize("wrong", ["nothing", "itself", "longer", "no block", "another step"])
def test_what_follows_nothing_that_suits_is_refused(wrong: str) -> None:
    container = Container(moving())
    bits, network = container.read(b"PRED", 2), container.read(b"NETW", 1)
    data = {
        "nothing": changed(moving(), b"PRED", 2, b"\x02" + bits[1:]),
        "itself": changed(moving(), b"PRED", 2, b"\x00" + bits[1:]),
        "longer": changed(moving(), b"PRED", 2, bits + b"\0"),
        "no block": changed(moving(), b"PRED", 2, bits[:-1] + bytes([bits[-1] | 0x80])),
        "another step": changed(
            moving(), b"NETW", 1, network[:2] + bytes([network[2] ^ 1]) + network[3:]
        ),
    }[wrong]
    with pytest.raises(MalformedError):
        inrcodec.open(data, item=2).render()
    with pytest.raises(reference.Refused):
        reference.decode(data, place=2)
