"""Lengths of audio files: unknown, cut short, or more than they say."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_files import ID3V2, S16, levels, read, sound, wav, written

from inrcodec.errors import LimitError, SignalError
from inrcodec.limits import Limits
from inrcodec.media.audio.heads import check_whole


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
