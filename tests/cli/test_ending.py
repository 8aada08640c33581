"""Signals that end a command: nothing temporary is left, and what is finished stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import QUICK, files, folder, refused, run
from conftest import check_group_ends, crop_of_photo, smooth_image
from PIL import Image

import inrcodec
from inrcodec.album.encoding import encode_album
from inrcodec.codecs.registry import make_settings
from inrcodec.container.names import read_names
from inrcodec.container.sections import Container
from inrcodec.media.images import from_array

__all__ = ["folder"]

TERM, HUP, INT = signal.SIGTERM, signal.SIGHUP, signal.SIGINT
REMOVE, DECODE = ["remove", "album.inr", "--item", "b.png"], ["decode", "album.inr", "-o", "out/"]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Signals end what tests start, even where the tests run in the background: a shell, or nohup,
    then has some of them ignored, which processes hand on."""
    usual = {INT: signal.default_int_handler, HUP: signal.SIG_DFL}
    before = {number: signal.getsignal(number) for number in usual}
    for number, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(number, usual[number])
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def two() -> bytes:
    """An album of two images."""
    images = {"photo.png": crop_of_photo(36, 50), "b.png": smooth_image(20, 30)}
    sources = {name: partial(nullcontext, from_array(samples)) for name, samples in images.items()}
    return encode_album(sources, make_settings(effort=1)).data


@pytest.fixture
def album(folder: Path, two: bytes) -> bytes:
    """album.inr, beside an image that may be added."""
    Image.fromarray(smooth_image(24, 24)).save("new.png")
    Path("album.inr").write_bytes(two)
    return two


def signalled(number: int, before: Callable[..., object]) -> Callable[..., object]:
    """A function before whose first call a signal comes."""
    calls: list[None] = []

    def call(*arguments: object, **options: object) -> object:
        calls.append(None)
        if len(calls) == 1:
            signal.raise_signal(number)
        return before(*arguments, **options)

    return call


@pytest.mark.parametrize("number", [TERM, HUP])
@pytest.mark.parametrize(
    ("owner", "name"),
    # In the fit, in writing, in taking the name, and in the clean-up itself.
    [
        ("inrcodec.codecs.inr.chunks", "fit"),
        ("os", "fsync"),
        ("pathlib.Path", "replace"),
        ("pathlib.Path", "unlink"),
        ("filelock.FileLock", "release"),
    ],
)
def test_a_signal_leaves_nothing(
    album: bytes, monkeypatch: pytest.MonkeyPatch, number: int, owner: str, name: str
) -> None:
    before = files()
    place = f"{owner}.{name}"
    module, _, attribute = owner.rpartition(".")
    holder = getattr(__import__(module, fromlist=[attribute]), attribute) if module else os
    monkeypatch.setattr(place, signalled(number, getattr(holder, name)))
    fit = ["encode", "photo.png", *QUICK]
    result = run(*(fit if name == "fit" else REMOVE))
    assert (result.exit_code, result.stdout) == (128 + number, "")
    assert result.stderr == f"inrcodec: ended by {signal.Signals(number).name}\n"
    assert files() == before
    # Before it takes its name there is the old album, afterwards the new one.
    if name in ("fit", "fsync", "replace"):
        assert Path("album.inr").read_bytes() == album
    else:
        assert [*read_names(Container(Path("album.inr"))).values()] == ["photo.png"]
    assert [signal.getsignal(n) for n in (TERM, HUP)] == [signal.SIG_DFL] * 2


def test_a_second_signal_does_not_disturb_the_end(
    album: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", signalled(TERM, os.fsync))
    monkeypatch.setattr(Path, "unlink", signalled(HUP, Path.unlink))
    before = files()
    result = run(*REMOVE)
    assert result.stderr == "inrcodec: ended by SIGTERM\n"
    assert (result.exit_code, files()) == (128 + TERM, before)


def test_ctrl_c_in_the_clean_up_leaves_nothing(
    album: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "unlink", signalled(INT, Path.unlink))
    before = files()
    refused(run(*REMOVE), 1, "interrupted")
    assert files() == before


def test_a_signal_that_is_ignored_stays_so(album: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `nohup` starts a process."""
    before = signal.signal(HUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr("os.fsync", signalled(HUP, os.fsync))
        assert run(*REMOVE).exit_code == 0
        assert signal.getsignal(HUP) == signal.SIG_IGN
    finally:
        signal.signal(HUP, before)


COMMAND = ["-m", "inrcodec"]
# Says so and stays there, once a file is about to be synced to disk.
HELD = """
import os, sys, time
os.fsync = lambda _: (print("writing", flush=True), time.sleep(60))
from inrcodec.cli import main
main()
"""


def start(*arguments: object, python: Sequence[str] = COMMAND) -> subprocess.Popen[str]:
    """`inrcodec`, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *python, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells have what they start in the background ignore Ctrl-C, and that is inherited.
        preexec_fn=lambda: signal.signal(INT, signal.SIG_DFL),
    )


@pytest.mark.parametrize(
    ("command", "number"), [(REMOVE, TERM), (REMOVE, HUP), (REMOVE, INT), (DECODE, TERM)]
)
def test_a_process_is_ended_while_it_writes(album: bytes, number: int, command: list[str]) -> None:
    Path("out").mkdir()
    before = files()
    with start(*command, python=["-c", HELD]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert files() != before or [*Path("out").iterdir()]
        os.kill(process.pid, number)
        output, errors = process.communicate(timeout=60)
    words = "interrupted" if number == INT else f"ended by {signal.Signals(number).name}"
    assert (output, errors.strip()) == ("", f"inrcodec: {words}")
    assert process.returncode == (1 if number == INT else 128 + number)
    assert (files(), [*Path("out").iterdir()]) == (before, [])
    assert Path("album.inr").read_bytes() == album


MOMENTS = 20
SILENCE = 500_000  # Frames.


def moments(seed: str, number: int, seconds: float) -> Iterator[float]:
    """Seeded moments from a process's start to a little beyond its end."""
    chance = random.Random(f"{seed} {number}")
    return (chance.uniform(0, 1.1 * seconds) for _ in range(MOMENTS))


def undisturbed(*arguments: object) -> float:
    """Seconds that a command takes."""
    began = time.monotonic()
    with start(*arguments) as process:
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return time.monotonic() - began


def ended(number: int, after: float, *arguments: object) -> int:
    """The exit status of a command that gets a signal."""
    with start(*arguments) as process:
        time.sleep(after)
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=60)
    check_group_ends(process.pid)
    assert process.returncode in (0, 1, 128 + number, -number), errors
    # Before the command line is there, Python ends as it does.
    assert len(errors.strip().splitlines()) <= 1 or "KeyboardInterrupt" in errors, errors
    return process.returncode


def long_silence() -> None:
    """song.inr: an audio signal that takes a moment to write."""
    soundfile.write("song.wav", np.zeros(SILENCE), 8000, "PCM_16")
    assert run("encode", "song.wav", "--model", "enrp", "--chunk", 20, "--quiet").exit_code == 0
    Path("song.wav").unlink()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", [TERM, HUP, INT])
class TestRandomMoments:
    """Twenty moments of a command's life."""

    def test_encode(self, number: int) -> None:
        command = ["encode", "photo.png", "--effort", 3]
        for after in moments("encode", number, undisturbed(*command)):
            Path("photo.inr").unlink(missing_ok=True)
            code = ended(number, after, *command)
            assert files() - {"photo.inr"} == {"photo.png"}
            assert code != 0 or Path("photo.inr").exists()
            if Path("photo.inr").exists():
                inrcodec.open("photo.inr").verify()

    def test_decode(self, number: int) -> None:
        long_silence()
        command = ["decode", "song.inr"]
        for after in moments("decode", number, undisturbed(*command)):
            Path("song.decoded.wav").unlink(missing_ok=True)
            code = ended(number, after, *command)
            assert files() - {"song.decoded.wav"} == {"photo.png", "song.inr"}
            assert code != 0 or Path("song.decoded.wav").exists()
            if Path("song.decoded.wav").exists():
                assert soundfile.info("song.decoded.wav").frames == SILENCE

    def test_add(self, number: int, album: bytes) -> None:
        command = ["add", "album.inr", "new.png", "--effort", 2]
        before = files()
        for after in moments("add", number, undisturbed(*command)):
            Path("album.inr").write_bytes(album)
            code = ended(number, after, *command)
            assert files() == before
            if Path("album.inr").read_bytes() != album:
                assert [*read_names(Container(Path("album.inr"))).values()] == [
                    *("photo.png", "b.png", "new.png")
                ]
                inrcodec.open("album.inr", item="new").verify()
            else:
                assert code != 0
