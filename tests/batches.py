"""What the tests of batches share: folders of tiny files, and an engine without processes."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.batch.backlog import Event
from inrcodec.batch.work import Job, Order, Worker
from inrcodec.cli import main

QUICK = ["--effort", "1", "--device", "cpu"]
FIT = ["--model", "enrp", "--tile", "16", "--width", "4", "--depth", "1", "--device", "cpu"]


@dataclass(frozen=True)
class Inline:
    """An engine that does all in the calling process."""

    workers: int = 1

    def run(self, order: Order, tasks: Iterator[list[Job]]) -> Generator[Event, None, None]:
        """See `Engine.run`."""
        worker = Worker(order)
        for jobs in tasks:
            yield from worker.perform(jobs)


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No processes: those are for the tests of engines."""
    monkeypatch.setattr(import_module("inrcodec.cli.batch"), "LocalEngine", Inline)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree of three images and a file that is none."""
    save_images(tmp_path / "in", ["a.png", "b.jpg", "sub/deep/c.png"])
    (tmp_path / "in" / "notes.txt").write_text("no image")
    return tmp_path


def save_images(folder: Path, names: list[str], side: int = 32) -> None:
    """Different crops of the sample photograph, side × side."""
    photo = crop_of_photo(200, 300)
    for k, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        corner = 7 * k % (200 - side)
        Image.fromarray(photo[corner : corner + side, corner : corner + side]).save(path)


def save_film(path: Path) -> None:
    """Two frames."""
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def save_audio(path: Path, frames: int = 2000) -> None:
    """A tone at 8 kHz, in 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.5 * np.sin(0.1 * np.arange(frames)), 8000, "PCM_16")


def batch(*arguments: object) -> Result:
    """`inrcodec batch`, in this process."""
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


def records(out: Path, ignored: bool = False) -> dict[str, dict[str, Any]]:
    """The manifest's lines by input, of which each has one; of those that were ignored or not."""
    lines = (out / "manifest.jsonl").read_text().splitlines()
    found = {fields["input"]: fields for fields in map(json.loads, lines)}
    assert len(found) == len(lines)
    return {name: fields for name, fields in found.items() if fields["ignored"] == ignored}


def outputs(out: Path) -> dict[str, bytes]:
    """Every file of an output folder by its name, save the manifest."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and "manifest" not in path.name
    }


def check_intact(out: Path) -> None:
    """Every .inr file of a folder decodes."""
    for path in out.rglob("*.inr"):
        with inrcodec.open(path) as encoded:
            encoded.verify()
