"""Local workers: the same bytes however many there are; deaths; interrupts; resumption."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path

import pytest
from batches import FIT, QUICK, Inline, batch, check_intact, outputs, records, save_images
from conftest import check_group_ends

import inrcodec
from inrcodec.batch import Advance, Batch, LocalEngine, Manifest, Order, Outcome, open_place, run
from inrcodec.codecs.registry import make_settings
from inrcodec.settings import Settings

NAMES = [f"p{k}.png" for k in range(5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of five images."""
    save_images(tmp_path / "in", NAMES)
    return tmp_path


def events(
    folder: Path, workers: int, settings: Settings, stack: int = 1
) -> Iterator[Outcome | Advance]:
    """What a run over the folder yields."""
    order = Order(open_place(str(folder / "in")), open_place(str(folder / "out")), settings, 1)
    (folder / "out").mkdir(exist_ok=True)
    manifest = Manifest(folder / "out/manifest.jsonl")
    batch = Batch(order, NAMES, stack=stack)
    with manifest.writing(), closing(run(batch, LocalEngine(workers), manifest)) as stream:
        yield from stream


@pytest.mark.parametrize("workers", [1, 2])
def test_bytes_are_those_of_encode(folder: Path, workers: int) -> None:
    result = batch(folder / "in", "-o", folder / "out", "--workers", workers, *QUICK)
    assert (result.exit_code, result.stderr) == (0, "")
    for name, data in outputs(folder / "out").items():
        image = folder / "in" / name.replace(".inr", ".png")
        assert data == inrcodec.encode(image, effort=1, device="cpu").data
    assert len(outputs(folder / "out")) == len(NAMES)
    assert not multiprocessing.active_children()


def fit_settings(steps: int) -> Settings:
    """A fit that tells of itself."""
    return make_settings(model="enrp", tile=16, width=4, depth=1, steps=steps, device="cpu")


@pytest.mark.parametrize(
    ("stack", "settings"),
    [
        # Without torch, which workers would wait for.
        (1, make_settings(model="grid", effort=7, device="cpu")),
        pytest.param(3, fit_settings(60), marks=pytest.mark.slow),
    ],
)
def test_an_image_whose_worker_dies_is_done_again(
    folder: Path, stack: int, settings: Settings
) -> None:
    killed: list[tuple[str, ...]] = []
    for event in events(folder, 2, settings, stack):
        if isinstance(event, Advance) and not killed:
            killed.append(event.inputs)
            multiprocessing.active_children()[0].kill()
    assert killed
    assert set(outputs(folder / "out")) == {name.replace("png", "inr") for name in NAMES}
    assert all(record["error"] is None for record in records(folder / "out").values())
    check_intact(folder / "out")


@pytest.mark.slow
def test_an_image_that_kills_its_workers_fails_alone(folder: Path) -> None:
    deaths = 0
    for event in events(folder, 1, fit_settings(150), stack=3):
        if isinstance(event, Advance) and "p3.png" in event.inputs:
            deaths += 1
            multiprocessing.active_children()[0].kill()
    # Once with its stack, once alone.
    assert deaths == 2
    found = records(folder / "out")
    assert [name for name in NAMES if found[name]["error"]] == ["p3.png"]
    assert "its worker died twice (signal SIGKILL" in found["p3.png"]["error"]
    assert len(outputs(folder / "out")) == 4


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`inrcodec batch` in a process group of its own."""
    command = [sys.executable, "-m", "inrcodec", "batch", "in", "-o", "out", *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells have what they start in the background ignore Ctrl-C, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(path: Path) -> None:
    """Until a file is there."""
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} never came")


@pytest.mark.parametrize(
    ("number", "whole_group", "code", "words"),
    [
        (signal.SIGINT, True, 1, "interrupted"),
        (signal.SIGTERM, False, 128 + 15, "ended by SIGTERM"),
        pytest.param(signal.SIGHUP, True, 128 + 1, "ended by SIGHUP", marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_the_workers_and_keeps_what_is_done(
    folder: Path, number: int, whole_group: bool, code: int, words: str
) -> None:
    with start(folder, "--workers", "2", "--steps", "20000", *FIT) as process:
        wait_for(folder / "out/manifest.jsonl")
        time.sleep(1)
        # As a worker leaves it that is ended while it writes.
        (folder / "out/.inrcodec.0123abcd.part").touch()
        (os.killpg if whole_group else os.kill)(process.pid, number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors.strip() == f"inrcodec: {words}"
    assert output.startswith("files         0 encoded")
    assert [path.name for path in (folder / "out").iterdir()] == ["manifest.jsonl"]
    assert {record["error"] for record in records(folder / "out").values()} == {"not finished"}
    check_group_ends(process.pid)


def wait_for_outputs(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until so many files are written, or the process has ended."""
    while process.poll() is None and len(list((folder / "out").glob("*.inr"))) < count:
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "moments"),
    [
        (signal.SIGKILL, 3),
        *(
            pytest.param(number, 20, marks=(pytest.mark.slow, pytest.mark.timeout(1800)))
            for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        ),
    ],
)
def test_a_run_that_a_signal_ends_is_resumed(
    folder: Path, number: int, moments: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all its workers, at random moments, from the start of the work to its end."""
    chance = random.Random(moments)
    monkeypatch.setattr(import_module("inrcodec.cli.batch"), "LocalEngine", Inline)
    assert batch(folder / "in", "-o", folder / "whole", *QUICK).exit_code == 0
    for _ in range(moments):
        with start(folder, "--workers", "2", *QUICK) as process:
            wait_for(folder / "out/manifest.jsonl")
            wait_for_outputs(folder, chance.randint(0, len(NAMES)), process)
            time.sleep(chance.uniform(0, 0.1))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            _, errors = process.communicate(timeout=60)
        check_group_ends(process.pid)
        check_intact(folder / "out")
        if number != signal.SIGKILL:
            assert len(errors.strip().splitlines()) <= 1
            others = {path.name for path in (folder / "out").glob("[!p]*")}
            assert others == {"manifest.jsonl"}
        done = list((folder / "out").glob("*.inr"))
        again = batch(folder / "in", "-o", folder / "out", *QUICK)
        assert again.exit_code == 0, again.output
        made = int(again.stdout.split(" encoded")[0].split()[-1])
        # What was in flight may have been written and not noted yet, by each of two workers.
        assert made <= len(NAMES) - len(done) + 2
        assert outputs(folder / "out") == outputs(folder / "whole")
        shutil.rmtree(folder / "out")
