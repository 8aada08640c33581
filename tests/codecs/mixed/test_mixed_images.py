"""Images of a grid and samples together: what they decode to, and what of them is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mixed_images import PHOTO, Samples, error_of, gray_page, page

import inrcodec
from inrcodec.codecs.mixed.spec import CELLS, MixedSpec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.errors import FormatError, UsageError
from inrcodec.signal.geometry import Region

OPTIONS: dict[str, Any] = {"quality": 75, "effort": 1}


@pytest.fixture(scope="module")
def encoded() -> inrcodec.Encoded:
    return inrcodec.encode(page(), **OPTIONS)


def changed(data: bytes, tag: bytes, payload: bytes) -> bytes:
    """The file with another payload in one of its sections."""
    with Container(data) as container:
        return build(
            Section(e.tag, e.item, payload if e.tag == tag else container.read(e.tag, e.item))
            for e in container.entries
        )


def test_a_page_is_mixed_and_comes_back(encoded: inrcodec.Encoded) -> None:
    decoded = inrcodec.decode(encoded.data)
    assert encoded.model == "mixed"
    error = error_of(page(), decoded)
    assert 10 * np.log10(255**2 / error) == pytest.approx(encoded.psnr_db, abs=0.01)
    assert encoded.psnr_db > 36


def test_text_does_not_ring(encoded: inrcodec.Encoded) -> None:
    """What is flat around the photograph is as it was, up to its very border."""
    samples, decoded = page(), inrcodec.decode(encoded.data)
    beside = np.ones(samples.shape[:2], bool)
    beside[PHOTO] = False
    assert error_of(samples[beside], decoded[beside]) < 2
    assert (decoded[30:140, 10:18] == 255).all()


@pytest.mark.parametrize("samples", [page(np.uint16), gray_page()], ids=["16 bits", "gray"])
def test_other_depths_and_colors(samples: Samples) -> None:
    encoded = inrcodec.encode(samples, quality=60, effort=1)
    decoded = inrcodec.decode(encoded.data)
    assert encoded.model == "mixed"
    peak = np.iinfo(samples.dtype).max
    assert 10 * np.log10(peak**2 / error_of(samples, decoded)) > 36


@pytest.mark.slow
def test_refined_grids_and_targets() -> None:
    encoded = inrcodec.encode(page(), target_psnr=37, effort=2)
    assert (encoded.model, encoded.steps > 0) == ("mixed", True)
    assert 36.9 <= encoded.psnr_db <= 38
    small = inrcodec.encode(page(), target_size=7000, effort=1)
    assert len(small.data) <= 7000


def test_headers_tell_both(encoded: inrcodec.Encoded) -> None:
    fields = inrcodec.info(encoded.data)["network"]
    assert fields["cell"] == 3
    assert {"step", "levels", "tile_height", "sample_step"} <= fields.keys()


@pytest.mark.parametrize("payload", [b"\0\0\0\0", b"\x7f" * 30])
def test_a_damaged_map_is_told_of(encoded: inrcodec.Encoded, payload: bytes) -> None:
    with pytest.raises(FormatError):
        inrcodec.decode(changed(encoded.data, CELLS, payload))


def test_a_lost_map_is_told_of(encoded: inrcodec.Encoded) -> None:
    with Container(encoded.data) as container:
        rest = build(
            Section(e.tag, e.item, container.read(e.tag, e.item))
            for e in container.entries
            if e.tag != CELLS
        )
    with pytest.raises(FormatError, match="CELL"):
        inrcodec.decode(rest)


def test_damaged_streams_are_gray_or_without_detail(encoded: inrcodec.Encoded) -> None:
    with Container(encoded.data) as container:
        entry = container.entry(b"TILE", 1)
        header = read_header(container)
    assert isinstance(header.spec, MixedSpec)
    for place in (entry.offset + 40, entry.offset + entry.length - 40):
        data = bytearray(encoded.data)
        data[place] ^= 0xFF
        with pytest.raises(FormatError):
            inrcodec.decode(bytes(data))
        lost: dict[Region, FormatError] = {}
        with Representation(Container(bytes(data)), on_damage=lost.__setitem__) as image:
            assert image.render().shape == page().shape
        assert len(lost) == 1


def test_a_crop_shows_what_the_whole_does(encoded: inrcodec.Encoded) -> None:
    region = (30, 60, 90, 90)
    part = inrcodec.open(inrcodec.crop(encoded.data, region=region))
    whole = inrcodec.open(encoded.data)
    for scale in (1, 2):
        np.testing.assert_array_equal(
            part.render(scale=scale), whole.render(region=region, scale=scale)
        )


def test_a_crop_cannot_be_extended(encoded: inrcodec.Encoded) -> None:
    with pytest.raises(UsageError, match="mixed"):
        inrcodec.extend(inrcodec.crop(encoded.data, region=(0, 0, 60, 60)), page())
