"""Long audio in chunks: fitted, damaged and verified one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import crop_of_photo
from tones import QUICK, RATE, encoded, tone

import inrcodec
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.signal import AudioInfo, Metadata, SampleType, Signal
from inrcodec.signal.geometry import Region

__all__ = ["encoded"]


def test_a_long_audio_is_cut_into_equal_chunks() -> None:
    wave = np.zeros((2 << 20, 1), np.float32)
    fields = inrcodec.info(inrcodec.encode(wave, rate=44100, model="enrp", steps=0).data)
    assert fields["chunks"] == 2
    fields = inrcodec.info(
        inrcodec.encode(wave[:100_000], rate=44100, model="enrp", steps=0, chunk=1.0).data
    )
    assert fields["chunks"] == 3


def test_chunks_out_of_range_are_refused() -> None:
    for seconds in (0.01, 100.0, math.nan, -1.0):
        with pytest.raises(inrcodec.UsageError, match="chunk"):
            inrcodec.encode(tone(), rate=RATE, chunk=seconds)
    with pytest.raises(inrcodec.UsageError, match="no chunk"):
        inrcodec.encode(crop_of_photo(20, 20), model="enrp", chunk=1.0)
    with pytest.raises(inrcodec.UsageError, match="too many"):
        inrcodec.encode(tone(), rate=RATE, model="minr", chunk=0.1, steps=1)


def test_progress_goes_through_the_chunks_and_is_of_the_signal() -> None:
    seen: list[inrcodec.progress.Progress] = []
    inrcodec.encode(tone(0.3), report=seen.append, rate=RATE, chunk=0.1, **QUICK)
    steps = [progress.step for progress in seen]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1], seen[0].steps) == (0, 300, 300)
    assert 0 < seen[-1].psnr_db < 60
    alone = inrcodec.encode(tone(0.1), report=seen.append, rate=RATE, **QUICK)
    assert seen[-1].psnr_db == pytest.approx(alone.psnr_db, abs=2)


def test_what_is_not_begun_when_an_encode_ends_is_silent() -> None:
    with pytest.warns(UserWarning, match="ended early"):
        encoded = inrcodec.encode(
            tone(0.3), report=lambda progress: progress.step >= 120, rate=RATE, chunk=0.1, **QUICK
        )
    samples = inrcodec.open(encoded.data).render()
    assert np.square(samples[:1500]).mean() > 0.05
    assert not samples[3300:].any()


@pytest.mark.parametrize("item", [1, 2, 3])
def test_a_damaged_tile_is_silent_and_the_rest_is_kept(
    encoded: inrcodec.Encoded, item: int
) -> None:
    data = bytearray(encoded.data)
    entry = Container(encoded.data).entry(b"TILE", item)
    data[entry.offset + 5] ^= 1
    lost: list[Region] = []
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(bytes(data)).render()
    found = Representation(
        Container(bytes(data)), on_damage=lambda region, _: lost.append(region)
    ).render()
    first = max(0, 2667 * (item - 1) - 32)
    assert [(r.start[0], r.length[0]) for r in lost] == [(first, 1032)]
    assert not found[first + 64 : first + 1032 - 64].any()
    sound = inrcodec.open(encoded.data).render()
    np.testing.assert_array_equal(found[first + 1032 :], sound[first + 1032 :])
    np.testing.assert_array_equal(found[:first], sound[:first])


def test_what_follows_the_end_of_a_cut_file_is_silent(encoded: inrcodec.Encoded) -> None:
    """Of three chunks, the file ends in the second."""
    entry = Container(encoded.data).entry(b"TILE", 2)
    lost: list[Region] = []
    container = Container(encoded.data[: entry.offset + 10], allow_damaged=True)
    found = Representation(container, on_damage=lambda region, _: lost.append(region)).render()
    assert np.square(found[:2600]).mean() > 0.05
    assert not found[2700:].any()
    assert min(region.start[0] for region in lost) == 2635


def test_every_flipped_bit_is_found(encoded: inrcodec.Encoded) -> None:
    small = inrcodec.encode(
        tone(0.1), rate=RATE, model="enrp", tile=800, width=2, depth=0, steps=1
    ).data
    for bit in range(8 * len(small)):
        damaged = bytearray(small)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(inrcodec.FormatError), inrcodec.open(bytes(damaged)) as audio:
            audio.verify()


def test_verify_reads_every_chunk(encoded: inrcodec.Encoded) -> None:
    """A stream that its checksums call sound may still not decode."""
    inrcodec.open(encoded.data).verify()
    container = Container(encoded.data)
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries]
    swapped = [
        Section(s.tag, s.item, s.payload[1:] + s.payload[:1]) if s.tag == b"TIDX" else s
        for s in sections
    ]
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(build(swapped)).verify()


def test_tags_are_kept_unless_they_are_stripped() -> None:
    wave = tone(0.05)
    tags = Metadata(tags=b'{"title": "A"}')
    signal = Signal(wave, AudioInfo(len(wave), 1, RATE, SampleType.INT16), tags)
    options = {**QUICK, "steps": 1}
    assert inrcodec.open(inrcodec.encode(signal, **options).data).metadata == tags
    stripped = inrcodec.encode(signal, strip={"tags"}, **options)
    assert inrcodec.open(stripped.data).metadata == Metadata()
