"""The pretrained models of scans: sums of their networks."""

from __future__ import annotations

from inrcodec.codecs.pixels import pretrained
from inrcodec.codecs.pixels.pretrained import load_scan_model


def test_sums_of_networks_fit_their_32_bits() -> None:
    """Which is checked where a model is made: see `ScanModel`."""
    for number in pretrained.MODELS:
        assert load_scan_model(number).first.shape == (3, 32, 32)
