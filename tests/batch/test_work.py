"""A worker reads audio signals part by part, and leaves no file open."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from batches import save_audio, save_images

from inrcodec.batch import Order, Outcome
from inrcodec.batch.places import Folder
from inrcodec.batch.work import Job, Worker
from inrcodec.codecs.registry import make_settings
from inrcodec.progress import Progress
from inrcodec.settings import Settings

BLOCK = 4096
TINY = make_settings(model="enrp", tile=2000, width=4, depth=1, steps=5, device="cpu")


class Noted(io.FileIO):
    """A file that keeps count of how much of it was read at a time."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        self.most = max(self.most, len(data))
        return data


@dataclass(frozen=True)
class NotedFolder(Folder):
    """A folder that keeps the files that were opened."""

    files: list[Noted] = field(default_factory=list)

    def open(self, name: str) -> BinaryIO:
        """See `Place.open`."""
        self.files.append(Noted(self.root / name))
        return self.files[-1]  # type: ignore[return-value]


def perform(
    folder: Path, jobs: Sequence[Job], settings: Settings = TINY
) -> tuple[list[Outcome], list[Noted], int]:
    """What becomes of jobs, the files that were opened, and the most open during a fit."""
    source = NotedFolder(folder)
    counts = [0]

    def report(_: Progress) -> None:
        counts.append(sum(not file.closed for file in source.files))

    order = Order(source, Folder(folder / "out"), settings, 1)
    return Worker(order).perform(jobs, report), source.files, max(counts)


def test_an_audio_is_read_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrcodec.batch.work._BLOCK", BLOCK)
    save_audio(tmp_path / "s.wav", frames=40000)
    (outcome,), (file,), most_open = perform(tmp_path, [Job("s.wav", "s.inr")])
    assert outcome.record is not None
    assert outcome.record.error is None
    assert outcome.record.input_bytes == (tmp_path / "s.wav").stat().st_size
    assert file.most < 40000
    assert most_open == 1
    assert file.closed
    # Known by its bytes.
    (outcome,), (file,), _ = perform(tmp_path, [Job("s.wav", "s.inr", outcome.record.sha256)])
    assert outcome.record is None
    assert file.most == BLOCK
    assert file.closed


def test_images_of_a_stack_are_not_held_open(tmp_path: Path) -> None:
    names = ["a.png", "b.png", "c.png"]
    save_images(tmp_path, names[:2])
    (tmp_path / "c.png").write_text("x")
    outcomes, files, most_open = perform(tmp_path, [Job(name, f"{name}.inr") for name in names])
    assert [outcome.input for outcome in outcomes if outcome.record and outcome.record.error] == [
        "c.png"
    ]
    assert most_open == 0
    assert len(files) == 3
    assert all(file.closed for file in files)
