"""Bands: they cover a block, are wide enough, and mask others less the further apart they are."""

from __future__ import annotations

import numpy as np
import pytest

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, bands_of


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000, 96000])
@pytest.mark.parametrize("length", [64, 256, 1024, 4096])
def test_bands_cover_a_block(length: int, rate: int) -> None:
    bands = bands_of(length, rate)
    assert bands.edges[0] == 0
    assert bands.edges[-1] == length
    assert bands.widths.min() >= 4
    assert (np.diff(bands.places) > 0).all()
    assert 0 <= bands.places[0] <= bands.places[-1] <= 2 * EAR_BANDS - 2


def test_long_blocks_have_the_bands_of_the_ear() -> None:
    bands = bands_of(4096, 48000)
    assert bands.count == EAR_BANDS
    # 1,000 Hz lie in the ninth band, from 920 to 1,080 Hz.
    assert bands.edges[8] < 1000 * 2 * 4096 / 48000 < bands.edges[9]


def test_a_loud_band_masks_its_neighbors_more_those_above_it() -> None:
    bands = bands_of(4096, 48000)
    levels = np.ones(bands.count, np.int64)
    levels[10] = 40
    masked = bands.masked(levels)
    assert masked[10] == 160
    assert list(masked[10:13] - 160) == [0, -6, -12]
    assert list(masked[8:11] - 160) == [-28, -14, 0]


def test_bands_of_other_lengths_are_matched_by_their_places() -> None:
    long, short = bands_of(4096, 48000), bands_of(256, 48000)
    nearest = long.nearest(short)
    assert (np.diff(nearest) >= 0).all()
    assert set(nearest) == set(range(short.count))
