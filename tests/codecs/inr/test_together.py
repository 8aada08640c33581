"""Stacked fits: what each signal gets alone, up to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.registry import make_settings
from inrcodec.encoding import encode_stack
from inrcodec.media.images import from_array
from inrcodec.signal import Metadata, Signal

QUICK = {"steps": 20, "depth": 1, "device": "cpu"}


def signal(height: int, width: int, turn: int = 0) -> Signal:
    """A crop, turned by half turns."""
    return from_array(np.rot90(crop_of_photo(height, width), 2 * turn).copy(), Metadata())


@pytest.mark.parametrize(
    "options",
    [
        {"model": "siren", "width": 12},
        {"model": "siren", "width": 12, "activation": "gaussian"},
        {"model": "enrp", "width": 6, "tile": 16},
        # These cannot stand as rows, and are fitted one after the other.
        {"model": "loe", "width": 12},
        {"model": "incode", "width": 12},
        {"model": "minr", "width": 12},
        {"model": "grid", "effort": 1},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_each_is_as_alone(options: dict[str, object]) -> None:
    quick = {} if options["model"] == "grid" else QUICK
    settings = make_settings(**{**quick, **options})  # type: ignore[arg-type]
    signals = [signal(24, 36), signal(24, 36, turn=1), signal(16, 20)]
    stacked = encode_stack(signals, settings)
    for one, together in zip(signals, stacked, strict=True):
        alone = inrcodec.encode(one, **{**quick, **options})
        assert together.info == alone.info
        assert together.steps == alone.steps
        assert together.psnr_db == pytest.approx(alone.psnr_db, abs=0.1)
        assert len(together.data) == pytest.approx(len(alone.data), rel=0.03)
        assert inrcodec.open(together.data).render().shape == one.samples.shape


def test_rows_longer_than_a_microbatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrcodec.codecs.inr.networks.network.CPU_VALUES", 4000)
    settings = make_settings(model="siren", width=12, **QUICK)  # type: ignore[arg-type]
    signals = [signal(24, 36), signal(24, 36, turn=1)]
    for one, together in zip(signals, encode_stack(signals, settings), strict=True):
        alone = inrcodec.encode(one, model="siren", width=12, **QUICK)
        assert together.psnr_db == pytest.approx(alone.psnr_db, abs=0.1)


def test_each_stops_at_its_own_step() -> None:
    options = {**QUICK, "model": "siren", "width": 12, "steps": 300, "stop_psnr": 24.0}
    flat = from_array(np.full((24, 36, 3), 90, np.uint8), Metadata())
    signals = [signal(24, 36), flat]
    stacked = encode_stack(signals, make_settings(**options))  # type: ignore[arg-type]
    alone = [inrcodec.encode(one, **options).steps for one in signals]
    assert [one.steps for one in stacked] == alone
    assert alone[0] > alone[1]
