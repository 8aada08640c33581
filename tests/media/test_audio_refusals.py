"""Files that are no audio, and damaged ones: told in a line, never lost."""

from __future__ import annotations

import io
import signal
import threading
import time
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audio_files import LIMITS, MOST, NOTHING, S16, read, sound, tags, wav, written

from inrcodec.errors import LimitError, SignalError
from inrcodec.limits import Limits
from inrcodec.media.audio import (
    AUDIO_EXTENSIONS,
    is_audio,
    open_audio,
    write,
)
from inrcodec.signal import AudioInfo
from inrcodec.signal.geometry import Region


def test_audio_without_samples_are_refused() -> None:
    with pytest.raises(SignalError, match="without samples"):
        read(wav(b""))


def test_audio_of_one_sample_are_refused() -> None:
    with pytest.raises(SignalError, match="one sample; two are the least"):
        read(wav(b"\1\2"))
    assert read(wav(b"\1\2\3\4")).shape == (2, 1)


def test_many_channels_are_refused() -> None:
    assert read(wav(bytes(320), channels=8)).shape == (20, 8)
    with pytest.raises(SignalError, match="9 channels; 8 are the most"):
        read(wav(bytes(360), channels=9))
    with pytest.raises(SignalError, match="1000 channels"):
        read(wav(bytes(4000), channels=1000))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers_are_refused(value: float) -> None:
    samples = np.zeros(100, np.float32)
    samples[70] = value
    data = wav(samples.tobytes(), bits=32, tag=3)
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        assert not audio.read(Region((0,), (70,))).any()
        for start in (60, 70, 0):
            with pytest.raises(SignalError, match="samples that are not numbers"):
                audio.read(Region((start,), (100 - start,)))


def test_numbers_too_large_for_float32_are_refused() -> None:
    with pytest.raises(SignalError, match="samples that are not numbers"):
        read(wav(np.array([0, 1e300]).tobytes(), bits=64, tag=3))


def test_long_audio_are_refused_before_they_are_read() -> None:
    data = written(sound(1000), ".flac")
    with pytest.raises(LimitError, match="1000 samples in 2 channels"):
        read(data, Limits(work=19_990))
    assert read(data, Limits(work=20_000)).shape == (1000, 2)


def test_errors_of_the_file_are_its_own(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            if self.tell() > 1000:
                raise OSError("the disk is gone")
            return super().read(count)

    stream = Broken(written(sound(5000), ".wav"))
    with (
        pytest.raises(OSError, match="the disk is gone"),
        open_audio(stream, LIMITS) as audio,
    ):
        audio.read(Region((0,), (5000,)))
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.wav")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), OSError(5, "gone")])
@pytest.mark.parametrize("call", ["read", "write", "tell", "seek"])
def test_what_a_file_object_raises_is_raised(
    call: str, error: BaseException, capfd: pytest.CaptureFixture[str]
) -> None:
    """cffi would print it and go on, with every later call too. Nothing is asked after it."""
    samples, writes = sound(50_000), call in ("write", "tell")

    class Failing(io.BytesIO):
        asked, fails = 0, False

    def failing(self: Failing, *arguments: Any) -> Any:
        if self.fails:
            self.asked += 1
            raise error
        return getattr(io.BytesIO, call)(self, *arguments)

    setattr(Failing, call, failing)
    stream = Failing(b"" if writes else written(samples, ".wav"))
    with pytest.raises(type(error)) as caught:
        if writes:
            stream.fails = True
            write(stream, ".wav", AudioInfo(50_000, 2, 8000, S16), NOTHING, [samples])
        with open_audio(stream, LIMITS) as audio:
            stream.fails = True
            audio.read(Region((40_000,), (10_000,)))
    assert caught.value is error
    assert stream.asked == 1
    assert capfd.readouterr().err == ""


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("extension", [".wav", ".flac", ".mp3"])
@pytest.mark.parametrize("writing", [False, True])
def test_ctrl_c_is_never_lost(
    extension: str, writing: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever it comes, also while libsndfile works, before it calls back."""
    samples = sound(200_000)
    data = written(samples, extension)
    main = threading.main_thread().ident
    assert main is not None
    for delay in (0.01, 0.02, 0.03, 0.04):
        began = time.monotonic()
        timer = threading.Timer(delay, signal.pthread_kill, (main, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            while time.monotonic() < began + 60:
                written(samples, extension) if writing else read(data)
        timer.join()
        assert time.monotonic() < began + 10
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("extension", [".wav", ".flac", ".ogg", ".aiff", ".mp3"])
def test_damage_is_told_in_a_line_or_not_heard(extension: str) -> None:
    """Bytes changed and bytes missing raise no other errors, and take no memory by the way."""
    data = written(sound(3000), extension, metadata=tags(title="a title"))
    random = np.random.default_rng(2)
    damaged = [data[:length] for length in np.linspace(0, len(data) - 1, 60).astype(int)]
    for place in np.concatenate([np.arange(0, 100, 2), random.integers(0, len(data), 60)]):
        changed = bytearray(data)
        changed[place] = random.choice([0, 127, 255, changed[place] ^ 1])
        damaged.append(bytes(changed))
    tracemalloc.start()
    try:
        for case in damaged:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    assert read(case).size <= MOST
                except (SignalError, LimitError) as error:
                    assert "\n" not in str(error)
        assert tracemalloc.get_traced_memory()[1] < 8 * MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("extension", sorted(AUDIO_EXTENSIONS))
def test_first_bytes_tell_audio(extension: str) -> None:
    assert is_audio(written(sound(3000), extension)[:16])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"FORM\0\0\0\0ILBMBMHD",
        "text in UTF-16".encode("utf-16"),
        b"\xff\xff\xff\xff" * 4,
        b"riff raff, a text",
    ],
)
def test_first_bytes_of_others_are_no_audio(head: bytes) -> None:
    assert not is_audio(head)


@pytest.mark.parametrize("head", [b"ID3\4\0\0\0\0\0\0", b"\xff\xfb\x90\0", b"\xff\xf3\x40\xc0"])
def test_first_bytes_of_mpeg_tell_an_audio(head: bytes) -> None:
    assert is_audio(head + bytes(12))
