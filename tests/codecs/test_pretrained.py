"""Pretrained models of all codecs: their numbers, their files, and where they are named."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from vectors import FORMATS

from inrcodec.codecs.audio_grid import pretrained as audio_grid
from inrcodec.codecs.grid import pretrained as grid
from inrcodec.codecs.pixels import pretrained as pixels
from inrcodec.errors import InrError, UnknownNumberError


@dataclass(frozen=True)
class Models:
    """The models of a codec: its module, what loads one, its page and reference decoder."""

    module: ModuleType
    load: Any
    page: str
    reference: str


CODECS = {
    "grid": Models(grid, grid.load_pretrained, "inr-v1-grid.md", "reference_model"),
    "audio grid": Models(
        audio_grid, audio_grid.load_networks, "inr-v1-audio.md", "reference_audio_model"
    ),
    "pixels": Models(pixels, pixels.load_scan_model, "inr-v1-pixels.md", "reference_scan_model"),
}
each = pytest.mark.parametrize("models", CODECS.values(), ids=CODECS.keys())


@each
def test_an_unknown_model_is_refused(models: Models) -> None:
    with pytest.raises(UnknownNumberError, match="pretrained model 99"):
        models.load(99)


@each
def test_a_model_that_is_not_the_specified_one_is_refused(
    models: Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = models.module.CURRENT
    known = models.module.MODELS[number]
    file = tmp_path / known.path.name
    file.write_bytes(b"another")
    monkeypatch.setitem(models.module.MODELS, number, replace(known, path=file))
    with pytest.raises(InrError, match="npz is damaged"):
        models.load.__wrapped__(number)


@each
def test_the_specification_names_the_models_and_has_their_files(models: Models) -> None:
    text = (FORMATS / models.page).read_text()
    for file in models.module.MODELS.values():
        assert file.path.name in text
        assert file.sha256 in text
        assert (FORMATS / "pretrained" / file.path.name).read_bytes() == file.read()


@each
def test_the_reference_decoder_knows_the_same_models(models: Models) -> None:
    known = {number: file.sha256 for number, file in models.module.MODELS.items()}
    assert known == sys.modules[models.reference].MODELS
