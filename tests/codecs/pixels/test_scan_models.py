"""The pretrained models of scans: their numbers, their files, and where they are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT

from inrcodec.codecs.pixels import pretrained
from inrcodec.codecs.pixels.pretrained import CURRENT, load_scan_model
from inrcodec.errors import InrError, UnknownNumberError

FORMATS = ROOT / "formats"
models = pytest.mark.parametrize("file", pretrained.MODELS.values(), ids=lambda f: f.path.name)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(UnknownNumberError, match="pretrained model 99"):
        load_scan_model(99)


def test_a_model_that_is_not_the_specified_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / f"pixels-{CURRENT}.npz"
    file.write_bytes(b"another")
    known = pretrained.MODELS[CURRENT]
    monkeypatch.setitem(pretrained.MODELS, CURRENT, replace(known, path=file))
    with pytest.raises(InrError, match="npz is damaged"):
        load_scan_model.__wrapped__(CURRENT)


@models
def test_the_specification_names_a_model_and_has_its_file(
    file: pretrained.ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (FORMATS / "inr-v1-pixels.md").read_text()
    assert file.path.name in text
    assert file.sha256 in text
    assert (FORMATS / "pretrained" / file.path.name).read_bytes() == file.read()


def test_the_reference_decoder_knows_the_same_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FORMATS))
    import reference_scan_model

    known = {number: file.sha256 for number, file in pretrained.MODELS.items()}
    assert known == reference_scan_model.MODELS


def test_sums_of_networks_fit_their_32_bits() -> None:
    """Which is checked where a model is made: see `ScanModel`."""
    for number in pretrained.MODELS:
        assert load_scan_model(number).first.shape == (3, 32, 32)
