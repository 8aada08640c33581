"""Command lines that tests run, and what they look at afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.cli import main

QUICK = ["--model", "enrp", "--tile", "16", "--width", "4", "--depth", "1", "--steps", "40"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder that holds photo.png, 50×36."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(crop_of_photo(36, 50)).save("photo.png")
    return tmp_path


@pytest.fixture
def encoded(tiled: inrcodec.Encoded) -> Path:
    tiled.save("photo.inr")
    return Path("photo.inr")


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def refused(result: Result, code: int, *words: str) -> None:
    """One line on stderr that says all the words, and nothing else."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in result.stderr


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
