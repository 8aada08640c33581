"""Audio files: every format and sample type, read part by part, with what describes them."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import struct
import threading
import time
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from inrcodec.errors import LimitError, SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.audio import (
    AUDIO_EXTENSIONS,
    check_extension,
    from_samples,
    is_audio,
    open_audio,
    write,
)
from inrcodec.media.audio.heads import check_whole
from inrcodec.signal import AudioInfo, Metadata, SampleType
from inrcodec.signal.audio import MAX_OVERLAP
from inrcodec.signal.geometry import Region

Floats = npt.NDArray[np.float32]

MOST = 1 << 21
LIMITS = Limits(work=10 * MOST)
LOSSY = {".mp3", ".oga", ".ogg", ".opus"}
LOSSLESS = sorted(AUDIO_EXTENSIONS - LOSSY)
NOTHING = Metadata()
# A tag at the start of MP3 files, of 2048 bytes that are nothing.
ID3V2 = b"ID3\4\0\0\0\0\x10\0" + bytes(2048)
U8, S8, S16, S24, S32 = (
    SampleType.UINT8,
    SampleType.INT8,
    SampleType.INT16,
    SampleType.INT24,
    SampleType.INT32,
)
F32, F64 = SampleType.FLOAT32, SampleType.FLOAT64


def sound(frames: int, channels: int = 2) -> Floats:
    """A chord with noise that comes and goes."""
    seconds = np.arange(frames)[:, None] / 44100
    tones = np.sin(2 * np.pi * seconds * (220 + 110 * np.arange(channels)))
    noise = np.random.default_rng(0).normal(size=(frames, channels))
    return (0.5 * tones + 0.1 * noise * np.sin(9 * seconds)).clip(-1, 0.99).astype(np.float32)


def levels(kind: SampleType, frames: int = 500) -> Floats:
    """Samples of a type, with its lowest and highest, of which float32 holds every one."""
    bits = min(kind.bits, 24)
    half = 1 << (bits - 1)
    whole = np.random.default_rng(1).integers(-half, half, (frames, 2))
    whole[0], whole[1] = -half, half - 1
    return (whole / half).astype(np.float32) * (3 if kind.is_float else 1)


def written(
    samples: Floats,
    extension: str,
    kind: SampleType = S16,
    metadata: Metadata = NOTHING,
    rate: int = 48000,
) -> bytes:
    out = io.BytesIO()
    audio_format = AudioInfo(len(samples), samples.shape[1], rate, kind)
    blocks = (samples[start : start + 1000] for start in range(0, len(samples), 1000))
    write(out, extension, audio_format, metadata, blocks)
    return out.getvalue()


def made(samples: npt.ArrayLike, name: str, subtype: str, rate: int = 44100) -> bytes:
    """A file as soundfile writes it."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype, format=name)
    return out.getvalue()


def read(data: bytes | Path, limits: Limits = LIMITS) -> Floats:
    """All samples of a file."""
    with open_audio(io.BytesIO(data) if isinstance(data, bytes) else data, limits) as audio:
        return audio.read(Region.whole(audio.info.shape))


def tags(**texts: str) -> Metadata:
    return Metadata(tags=json.dumps(texts, sort_keys=True, ensure_ascii=False).encode())


def tags_of(data: bytes) -> dict[str, str]:
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        found: dict[str, str] = json.loads(audio.metadata.tags or b"{}")
        return found


# Sample types


def nearest(extension: str, kind: SampleType) -> SampleType:
    """The sample type that a file of an extension has."""
    if extension == ".flac":
        return {U8: S8, S32: S24, F32: S24, F64: S24}.get(kind, kind)
    if extension in (".wav", ".rf64", ".w64"):
        return {S8: U8}.get(kind, kind)
    if extension in (".au", ".snd", ".caf"):
        return {U8: S8}.get(kind, kind)
    return kind


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


# Reading part by part


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


# Lengths that a file does not tell, or tells falsely


def test_flac_of_unknown_length_is_counted() -> None:
    """As encoders write it to a pipe."""
    data = bytearray(written(levels(S16), ".flac"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert np.array_equal(read(bytes(data)), levels(S16))


@pytest.mark.parametrize("by_name", [False, True])
def test_mp3_of_unknown_length_is_counted(by_name: bool, tmp_path: Path) -> None:
    """libsndfile's guess, from how long the first frame is, cuts off what follows."""
    samples = np.concatenate([sound(20_000), np.zeros((60_000, 2), np.float32)])[::-1]
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", 44100, 2, format="MP3", bitrate_mode="VARIABLE", compression_level=0.2
    ) as file:
        file.write(np.concatenate([samples[::-1], samples]))
    data = out.getvalue()
    assert b"Xing" in data[:1000]
    nameless = data.replace(b"Xing", bytes(4))
    path = tmp_path / "sound.mp3"
    path.write_bytes(nameless)
    found = read(path if by_name else nameless)
    # Without a header, the encoder's delay is not left out either.
    assert 160_000 <= len(found) <= 165_000
    assert np.abs(found[-10_000:]).max() > 0.3
    with pytest.raises(LimitError):
        read(nameless, Limits(work=1e6))


def wav(
    data: bytes,
    size: int | None = None,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    more: bytes = b"",
) -> bytes:
    """A WAV file with a data chunk that says it has `size` bytes."""
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, 8000, 8000 * frame, frame, bits)
    size = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + more
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x7FFFF000])
def test_wav_that_was_written_to_a_pipe_is_read_to_its_end(size: int) -> None:
    samples = np.arange(100, dtype="<i2")
    data = wav(samples.tobytes(), size)
    data = data[:4] + struct.pack("<I", 8) + data[8:]
    assert np.array_equal(read(data)[:, 0] * 32768, samples)


@pytest.mark.parametrize("extension", [".wav", ".rf64", ".w64", ".aif", ".caf", ".au"])
def test_files_cut_short_are_refused(extension: str) -> None:
    """libsndfile takes what is left for all there is."""
    data = written(levels(S16), extension)
    for missing in (1, 4, 1000):
        with pytest.raises(SignalError, match=f"ends {missing} bytes early"):
            read(data[:-missing])


def test_flac_cut_short_is_refused() -> None:
    data = written(sound(50_000), ".flac")
    with pytest.raises(SignalError):
        read(data[: len(data) // 2])


@pytest.mark.parametrize("missing", [0.02, 0.1, 0.5, 0.9])
def test_mp3_cut_short_is_refused(missing: float, capfd: pytest.CaptureFixture[str]) -> None:
    """Before the decoder prints words of its own."""
    data = written(sound(200_000), ".mp3")
    cut = int(missing * len(data))
    for tag in (b"", ID3V2):
        with pytest.raises(SignalError, match=f"the file ends {cut} bytes early"):
            read(tag + data[:-cut])
    assert capfd.readouterr().err == ""


def test_mp3_cut_by_little_is_refused() -> None:
    data = written(sound(200_000), ".mp3")
    for missing in (1, 100, len(data) // 120):
        with pytest.raises(SignalError, match=r"ends early: \d+ of 200000 samples"):
            read(data[:-missing])


@pytest.mark.parametrize("ends", [b"", b"TAG" + bytes(125), b"APETAGEX" + bytes(5000)])
@pytest.mark.parametrize("frames", [3000, 50_000])
def test_whole_mp3_with_tags_is_read(ends: bytes, frames: int) -> None:
    data = written(sound(frames), ".mp3")
    whole = read(data)
    assert np.array_equal(read(data + ends), whole)
    assert np.array_equal(read(ID3V2 + data + ends), whole)


def test_mp3_that_counts_no_bytes_is_read() -> None:
    """Or a tag too much, or as an encoder does that could not go back to write how many."""
    data = written(sound(50_000), ".mp3")
    at = data.index(b"Info") + 8 if b"Info" in data[:100] else data.index(b"Xing") + 8
    size = int.from_bytes(data[at + 4 : at + 8], "big")
    assert size == len(data)
    for told in (0, 0xFFFFFFFF, size + 128):
        changed = data[: at + 4] + told.to_bytes(4, "big") + data[at + 8 :]
        assert len(read(changed)) == 50_000


@pytest.mark.parametrize("extension", [".ogg", ".opus"])
@pytest.mark.parametrize("frames", [2000, 60_000])
def test_ogg_cut_short_is_refused(extension: str, frames: int) -> None:
    """Within a page, between two, and within the head of one."""
    data = written(sound(frames), extension)
    pages = [place for place in range(len(data)) if data.startswith(b"OggS\0", place)]
    assert len(pages) > 2
    ends = [place + more for place in pages[1:] for more in (-1, 0, 1, 4, 5, 6, 26, 27, 28)]
    for end in [*ends, len(data) - 1, len(data) // 2, len(data) // 3]:
        with pytest.raises(SignalError, match=r"^the file ends early$"):
            read(data[:end])


def ogg_page(flags: int, stream: int, data: bytes = b"") -> bytes:
    """A page without what its checksum is."""
    lacing = bytes([255] * (len(data) // 255) + [len(data) % 255]) if data else b""
    return b"OggS\0" + struct.pack("<BqII4xB", flags, -1, stream, 0, len(lacing)) + lacing + data


def test_the_end_of_ogg_is_the_last_page_of_any_stream() -> None:
    data = written(sound(2000), ".ogg")
    ends = [
        bytes(128),
        ogg_page(4, 1),
        ogg_page(6, 1, bytes(65_000)),
        written(sound(1000), ".ogg"),
    ]
    for end in ends:
        check_whole(io.BytesIO(data + end))
    for end in [ogg_page(0, 1), ogg_page(2, 1, bytes(65_000)), ogg_page(4, 1, bytes(9))[:-1]]:
        with pytest.raises(SignalError, match="ends early"):
            check_whole(io.BytesIO(data + end))


def test_a_chunk_of_odd_length_may_come_first() -> None:
    samples = np.arange(10, dtype="<i2").tobytes()
    data = wav(samples, more=b"note" + struct.pack("<I", 3) + b"abc\0")
    assert read(data).shape == (10, 1)
    with pytest.raises(SignalError, match="2 bytes early"):
        read(data[:-2])


# What is no audio signal


@pytest.mark.parametrize(
    "data", [b"", b"text, not an audio signal", b"RIFF\4\0\0\0WAVE", bytes(100)]
)
@pytest.mark.parametrize("name", ["sound.wav", "sound.au", "sound.raw", "sound.gsm"])
def test_what_is_no_audio_is_refused(data: bytes, name: str, tmp_path: Path) -> None:
    """Also under names from which libsndfile concludes that anything is sound."""
    path = tmp_path / name
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(
            SignalError, match="not an audio signal in a format that soundfile reads"
        ):
            read(source)


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


# Tags


ALL_TAGS = {
    "album": "Works",
    "artist": "Ödön",
    "comment": "as heard",
    "copyright": "2001 nobody",
    "date": "2001",
    "genre": "Rock",
    "license": "free",
    "software": "recorder 2",
    "title": "A «tïtle»",
    "tracknumber": "3",
}
NOT_HELD = {
    ".wav": {"license"},
    ".rf64": {"license"},
    ".aiff": {"album", "date", "genre", "license", "tracknumber"},
    ".mp3": {"copyright", "license", "software"},
    ".au": set(ALL_TAGS),
    ".w64": set(ALL_TAGS),
}


@pytest.mark.parametrize(
    "extension", [".wav", ".rf64", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".caf", ".au", ".w64"]
)
def test_tags_survive_a_file(extension: str) -> None:
    """As far as its format holds them; it warns of the others."""
    missing = NOT_HELD.get(extension, set())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        data = written(sound(3000), extension, metadata=tags(**ALL_TAGS))
    assert tags_of(data) == {k: v for k, v in ALL_TAGS.items() if k not in missing}
    told = str(warned[0].message) if warned else ""
    assert all(name in told for name in missing)
    assert bool(missing) == bool(told)


def test_tags_are_one_json_object_with_sorted_names() -> None:
    metadata = tags(**ALL_TAGS)
    with open_audio(io.BytesIO(written(sound(3000), ".flac", metadata=metadata)), LIMITS) as audio:
        assert audio.metadata == metadata


def test_a_file_without_tags_has_none() -> None:
    with open_audio(io.BytesIO(written(sound(3000), ".wav")), LIMITS) as audio:
        assert audio.metadata == Metadata()


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".caf", ".opus", ".flac"])
def test_long_tags_are_left_out(extension: str) -> None:
    """libsndfile would write files that it cannot read."""
    metadata = tags(comment="long " * 20_000, title="short")
    with pytest.warns(UserWarning, match="cannot hold these tags: comment"):
        data = written(sound(3000), extension, metadata=metadata)
    assert tags_of(data) == {"title": "short"}
    assert read(data).shape == (3000, 2)


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".caf", ".flac", ".ogg", ".mp3"])
@pytest.mark.parametrize("text", ["\0", "a\0b"])
def test_tags_with_zero_bytes_are_left_out(extension: str, text: str) -> None:
    """libsndfile takes a zero byte for the end, and refuses what begins with it."""
    metadata = tags(comment=text, title="short")
    with pytest.warns(UserWarning, match="cannot hold these tags: comment"):
        data = written(sound(3000), extension, metadata=metadata)
    assert tags_of(data) == {"title": "short"}


@pytest.mark.parametrize("block", [b"{", b"[]", b'{"title": 3}', b"\xff\xfe", b"[" * 10**5])
def test_damaged_tags_are_left_out(block: bytes) -> None:
    with pytest.warns(UserWarning, match="damaged tags are left out"):
        data = written(sound(100), ".wav", metadata=Metadata(tags=block))
    assert tags_of(data) == {}


def test_tags_in_no_known_alphabet_are_left_out() -> None:
    data = written(sound(100), ".wav", metadata=tags(title="Name", artist="me"))
    with pytest.warns(UserWarning, match="damaged tags are left out: title"):
        assert tags_of(data.replace(b"Name", b"N\xe4me")) == {"artist": "me"}


def test_half_characters_in_tags_are_replaced() -> None:
    data = written(sound(100), ".wav", metadata=Metadata(tags=b'{"title": "a\\ud800b"}'))
    assert tags_of(data) == {"title": "a?b"}


# Writing


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


# Arrays


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
