"""Audio files are read part by part, whatever their format and sample type."""

from __future__ import annotations

import io
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_files import (
    F32,
    LIMITS,
    LOSSLESS,
    LOSSY,
    NOTHING,
    S16,
    S24,
    S32,
    levels,
    made,
    nearest,
    read,
    sound,
    written,
)

from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.media.audio import (
    AUDIO_EXTENSIONS,
    open_audio,
    write,
)
from inrcodec.signal import AudioInfo, SampleType
from inrcodec.signal.audio import MAX_OVERLAP
from inrcodec.signal.geometry import Region


@pytest.mark.parametrize("kind", SampleType)
@pytest.mark.parametrize("extension", LOSSLESS)
def test_samples_survive_a_file_bit_by_bit(extension: str, kind: SampleType) -> None:
    """As long as the format holds as many bits; else it warns and the nearest are written."""
    samples, stored = levels(kind), nearest(extension, kind)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        data = written(samples, extension, kind)
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        assert audio.info == AudioInfo(500, 2, 48000, stored)
        found = audio.read(Region((0,), (500,)))
    assert found.dtype == np.float32
    if stored.bits < kind.bits:
        assert f"cannot hold {kind.name.lower()} samples" in str(warned[0].message)
        expected = samples.clip(-1, 1 - 2.0**-23)
        assert np.abs(found - expected).max() <= 2.0**-24
    else:
        assert not warned
        assert np.array_equal(found, samples)


@pytest.mark.parametrize("extension", sorted(LOSSY))
def test_lossy_formats_are_written_well(extension: str) -> None:
    samples = sound(48000)
    found = read(written(samples, extension))
    assert found.shape == samples.shape
    assert np.abs(found - samples).mean() < 0.03


@pytest.mark.parametrize(
    ("name", "subtype", "kind"),
    [
        ("WAV", "ALAW", S16),
        ("WAV", "ULAW", S16),
        ("WAV", "IMA_ADPCM", S16),
        ("WAV", "MS_ADPCM", S16),
        ("CAF", "ALAC_16", S16),
        ("CAF", "ALAC_20", S24),
        ("CAF", "ALAC_24", S24),
        ("CAF", "ALAC_32", S32),
        ("OGG", "VORBIS", S16),
        ("MP3", "MPEG_LAYER_III", S16),
        ("WAVEX", "PCM_24", S24),
    ],
)
def test_other_encodings_are_read(name: str, subtype: str, kind: SampleType) -> None:
    with open_audio(io.BytesIO(made(sound(4000), name, subtype)), LIMITS) as audio:
        assert audio.info.sample_type is kind
        assert audio.info.frames >= 4000
        assert audio.read(Region((0,), (4000,))).shape == (4000, 2)


def test_files_that_cannot_be_seeked_in_are_read() -> None:
    data = made(sound(4000, 1), "WAV", "GSM610", 8000)
    whole = read(data)
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        for start in (2000, 100):
            assert np.array_equal(audio.read(Region((start,), (9,))), whole[start : start + 9])


def test_big_endian_wav_is_read() -> None:
    samples = levels(S16)
    out = io.BytesIO()
    soundfile.write(out, samples, 8000, "PCM_16", "BIG", "WAV")
    assert out.getvalue().startswith(b"RIFX")
    assert np.array_equal(read(out.getvalue()), samples)


@pytest.mark.parametrize("extension", [".wav", ".flac", ".ogg", ".mp3", ".opus"])
def test_what_is_too_loud_is_clipped_and_not_wrapped_around(extension: str) -> None:
    samples = (5 * np.sin(np.arange(24000) / 20)).astype(np.float32)[:, None]
    found = read(written(samples, extension))
    loud = np.abs(samples) > 2
    loud[-1000:] = False  # Where libsndfile's Opus fades out.
    assert np.array_equal(np.sign(found[loud]), np.sign(samples[loud]))
    assert np.abs(found[loud]).mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("extension", sorted(AUDIO_EXTENSIONS))
def test_parts_are_those_of_the_whole(extension: str) -> None:
    """One after the other, reaching into each other as chunks do, and in any order."""
    data = written(sound(100_000), extension)
    whole = read(data)
    starts = [*range(0, 90_000, 9_000), 70_000, 69_990, 3, 99_000, 50_000, 50_000]
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        for start in starts:
            length = min(9_100, len(whole) - start)
            part = audio.read(Region((start,), (length,)))
            assert np.array_equal(part, whole[start : start + length])


def test_many_small_parts_are_read_forward() -> None:
    """Reading on does not begin again, for a decoder cannot go back."""
    data = written(sound(30_000), ".mp3")
    whole = read(data)
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        parts = [audio.read(Region((start,), (10,))) for start in range(0, 30_000, 10)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_what_was_read_may_be_written_to() -> None:
    data = written(sound(1000), ".wav")
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        first = audio.read(Region((0,), (900,)))
        kept = first.copy()
        first[:] = 0
        assert np.array_equal(audio.read(Region((0,), (900,))), kept)


def test_a_long_file_is_not_held_in_memory(tmp_path: Path) -> None:
    path, block = tmp_path / "long.wav", sound(50_000)
    audio_format = AudioInfo(2_000_000, 2, 44100, F32)
    tracemalloc.start()
    try:
        with path.open("wb") as out:
            write(out, ".wav", audio_format, NOTHING, (block for _ in range(40)))
        with open_audio(path, Limits()) as audio:
            for start in range(0, 2_000_000, 50_000):
                assert np.array_equal(audio.read(Region((start,), (50_000,))), block)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20 < path.stat().st_size // 3
    finally:
        tracemalloc.stop()


def test_parts_beyond_the_audio_are_refused() -> None:
    with (
        open_audio(io.BytesIO(written(sound(100), ".wav")), LIMITS) as audio,
        pytest.raises(UsageError),
    ):
        audio.read(Region((90,), (11,)))


def test_files_are_read_by_name_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "töne.flac"
    path.write_bytes(written(levels(S16), ".flac"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        assert np.array_equal(read(path), levels(S16))


@pytest.mark.parametrize("extension", [".mp3", ".ogg"])
def test_reading_goes_back_as_far_as_chunks_may_without_beginning_again(extension: str) -> None:
    class Watched(io.BytesIO):
        begun = 0

        def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
            self.begun += whence == io.SEEK_SET and offset == 0
            return super().seek(offset, whence)

    stream = Watched(written(sound(300_000, 1), extension))
    with open_audio(stream, LIMITS) as audio:
        before = audio.read(Region((0,), (200_000,)))
        begun = stream.begun
        back = audio.read(Region((200_000 - 2 * MAX_OVERLAP,), (200_000,)))
        assert stream.begun == begun
        assert np.array_equal(back[: 2 * MAX_OVERLAP], before[-2 * MAX_OVERLAP :])
        audio.read(Region((0,), (10,)))
        assert stream.begun > begun


def test_a_file_object_stays_open() -> None:
    stream = io.BytesIO(written(levels(S16), ".wav"))
    with open_audio(stream, LIMITS):
        pass
    assert not stream.closed


@pytest.mark.parametrize("name", ["sound", "sound.png", "sound.raw", "sound.au"])
def test_names_do_not_matter(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(written(levels(S16), ".wav"))
    assert np.array_equal(read(path), levels(S16))
