"""Audio files are written in every format, and arrays become audio."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from audio_files import F32, F64, LOSSY, NOTHING, S16, S32, U8, levels, read, sound, written

from inrcodec.errors import SignalError, UsageError
from inrcodec.media.audio import (
    AUDIO_EXTENSIONS,
    check_extension,
    from_samples,
    write,
)
from inrcodec.signal import AudioInfo, SampleType


@pytest.mark.parametrize("extension", ["", ".png", ".txt", "wav", ".raw", ".mat"])
def test_other_extensions_are_refused(extension: str) -> None:
    with pytest.raises(UsageError, match="no audio format has the extension"):
        check_extension(extension)


def test_extensions_name_formats() -> None:
    assert check_extension(".WAV") == "WAV"
    assert check_extension(".aif") == "AIFF"
    assert check_extension(".opus") == "OGG"


@pytest.mark.parametrize(
    ("extension", "channels", "rate"),
    [
        (".mp3", 2, 96000),
        (".mp3", 6, 48000),
        (".opus", 1, 44100),
        (".ogg", 1, 1 << 24),
        (".flac", 1, 1 << 24),
    ],
)
def test_rates_and_channels_that_a_format_refuses_are_told(
    extension: str, channels: int, rate: int
) -> None:
    expected = f"cannot hold {channels} channels at {rate} Hz; use .wav"
    with pytest.raises(SignalError, match=expected):
        written(sound(3000, channels), extension, rate=rate)
    assert read(written(sound(3000, channels), ".wav", rate=rate)).shape == (3000, channels)


def test_long_audio_are_written_as_rf64() -> None:
    """What 32 bits cannot count; the first bytes tell it, not the name."""
    out = io.BytesIO()
    long = AudioInfo(1 << 29, 4, 48000, S16)
    write(out, ".wav", long, NOTHING, [sound(100, 4)])
    assert out.getvalue().startswith(b"RF64")
    assert read(out.getvalue()).shape == (100, 4)
    with pytest.raises(SignalError, match="AIFF cannot hold more than 4 GiB"):
        write(out, ".aiff", long, NOTHING, [])


def test_blocks_of_any_length_are_written() -> None:
    """Vorbis does not survive long ones at once."""
    samples = sound(2_000_000, 1)
    out = io.BytesIO()
    audio_format = AudioInfo(2_000_007, 1, 44100, S16)
    write(out, ".ogg", audio_format, NOTHING, [samples, samples[:0], samples[:7]])
    assert len(read(out.getvalue())) == 2_000_007


def test_errors_of_blocks_are_their_own() -> None:
    def blocks() -> Any:
        yield sound(10)
        raise RuntimeError("not of soundfile")

    with pytest.raises(RuntimeError, match="not of soundfile"):
        write(io.BytesIO(), ".wav", AudioInfo(20, 2, 8000, S16), NOTHING, blocks())


def test_targets_that_cannot_be_written_are_told() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    targets: list[BinaryIO] = [Full()]
    full = Path("/dev/full")
    if full.exists():
        targets += [full.open("wb"), io.FileIO(full, "wb")]
    for target in targets:
        with pytest.raises(OSError, match="No space left on device"):
            write(target, ".wav", AudioInfo(90_000, 2, 8000, S16), NOTHING, [sound(90_000)])
        with contextlib.suppress(OSError):
            target.close()


@pytest.mark.parametrize("kind", [F32, F64])
@pytest.mark.parametrize("extension", sorted(AUDIO_EXTENSIONS))
def test_what_is_clipped_is_told_once(extension: str, kind: SampleType) -> None:
    """Of floats, as no others go beyond 1; of those up to 1 nothing is said."""
    samples = sound(50_000).clip(-0.5, 0.5)
    samples[20_000:20_100], samples[40_000:40_100] = 1, -1
    name = check_extension(extension)
    told = f"{name} cannot hold samples beyond -1 and 1; they are clipped"
    holds = extension not in LOSSY | {".flac"}
    for factor, count in ((1.0, 0), (1.001, 0 if holds else 1)):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            data = written(samples * np.float32(factor), extension, kind)
        assert [str(warning.message) for warning in warned].count(told) == count
    if holds:
        assert np.abs(read(data)).max() > 1


@pytest.mark.parametrize("kind", [F32, F64])
@pytest.mark.parametrize("extension", [".wav", ".aiff", ".caf", ".au", ".w64"])
def test_no_file_tells_when_it_was_written(extension: str, kind: SampleType) -> None:
    """libsndfile's chunk with the peak would, and two files of the same samples would differ."""
    data = written(levels(kind), extension, kind)
    assert b"PEAK" not in data.upper()
    assert written(levels(kind), extension, kind) == data


@pytest.mark.parametrize(
    ("dtype", "kind", "low", "high"),
    [
        ("uint8", U8, 0, 255),
        ("int16", S16, -(1 << 15), (1 << 15) - 1),
        (">i2", S16, -(1 << 15), (1 << 15) - 1),
        ("int32", S32, -(1 << 31), (1 << 31) - 256),
        ("float32", F32, -1.5, 2.0),
        ("float64", F64, -1.5, 2.0),
    ],
)
def test_arrays_become_audio(dtype: str, kind: SampleType, low: float, high: float) -> None:
    signal = from_samples(np.array([low, 0, high], dtype), 8000)
    assert signal.info == AudioInfo(3, 1, 8000, kind)
    assert signal.samples.shape == (3, 1)
    assert signal.samples.dtype == np.float32
    if kind.is_float:
        assert signal.samples[:, 0].tolist() == [low, 0, high]
    else:
        assert signal.samples[0] == -1
        assert 0.99 < signal.samples[2] < 1
        assert np.array_equal(read(written(signal.samples, ".wav", kind)), signal.samples)


def test_arrays_may_have_channels_last() -> None:
    samples = np.asfortranarray(sound(10, 3))
    assert np.array_equal(from_samples(samples, 8000).samples, samples)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(5, np.int64), "samples of type int64"),
        (np.zeros(5, np.int8), "samples of type int8"),
        (np.zeros(5, complex), "samples of type complex128"),
        (np.zeros((5, 9), np.float32), "shape"),
        (np.zeros((5, 0), np.float32), "shape"),
        (np.zeros((5, 1, 1), np.float32), "shape"),
        (np.zeros((), np.float32), "shape"),
        (np.zeros(0, np.float32), "without samples"),
        (np.zeros(1, np.float32), "two are the least"),
        (np.array([0, np.nan]), "not numbers"),
        (np.array([0, np.inf], np.float32), "not numbers"),
        (np.array([0, 1e300]), "not numbers"),
    ],
)
def test_other_arrays_are_refused(samples: Any, message: str) -> None:
    with pytest.raises(SignalError, match=message):
        from_samples(samples, 8000)


def test_rates_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="rate"):
        from_samples(np.zeros(5, np.float32), 0)
