"""Audio signals on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import files, folder, refused, run

from inrcodec.container.sections import Container

__all__ = ["folder"]

RATE = 16000
QUICK = ["--model", "enrp", "--tile", "1000", "--width", "8", "--depth", "1", "--steps", "60"]


def wave(seconds: float = 0.4, channels: int = 2) -> np.ndarray:
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([sine / 2**c for c in range(channels)], -1)


@pytest.fixture
def song(folder: Path) -> Path:
    """0.4 s of stereo, 24-bit FLAC with a title, and beside it its .inr in two chunks."""
    (folder / "photo.png").unlink()
    with soundfile.SoundFile("song.flac", "w", RATE, 2, "PCM_24") as file:
        file.title = "A tone"
        file.write(wave())
    result = run("encode", "song.flac", *QUICK, "--chunk", "0.2")
    assert result.exit_code == 0, result.output
    return Path("song.inr")


def test_encode_prints_rate_and_quality(song: Path) -> None:
    line = run("encode", "song.flac", "--force", *QUICK).stdout
    assert line.startswith("song.inr: ")
    assert " kbit/s, " in line
    assert " dB SNR, " in line
    fields = json.loads(run("encode", "song.flac", "--force", "--json", *QUICK).stdout)
    assert fields["kbps"] == pytest.approx(8 * song.stat().st_size / 0.4 / 1000)
    assert fields["psnr_db"] > fields["snr_db"] > 15
    assert "bits_per_pixel" not in fields


def test_info_shows_rate_channels_and_duration(song: Path) -> None:
    text = run("info", song).stdout
    assert "song.inr: audio, 0.40 s at 16000 Hz, 2 × int24, 2 chunks" in text
    assert "kbit/s" in text


def test_decodes_to_a_wav_of_the_same_rate_channels_and_sample_type(song: Path) -> None:
    assert run("decode", song).stdout.startswith("song.decoded.wav: 0.40 s at 16000 Hz, ")
    with soundfile.SoundFile("song.decoded.wav") as file:
        assert (file.samplerate, file.channels, file.subtype) == (RATE, 2, "PCM_24")
        assert (file.frames, file.title) == (6400, "A tone")
    result = run("compare", "song.flac", "song.decoded.wav", "--json")
    fields = json.loads(result.stdout)
    assert fields["snr_db"] > 15
    assert fields["psnr_db"] > fields["snr_db"]
    assert 0 < fields["log_spectral_distance_db"] < 60
    words = run("compare", "song.flac", "song.decoded.wav").stdout
    assert [line.rsplit(" ", 2)[0] for line in words.splitlines()[:3]] == [
        "snr",
        "psnr",
        "log spectral distance",
    ]


@pytest.mark.parametrize(
    ("arguments", "name", "rate", "frames"),
    [
        (["--rate", "96000"], "song@96000Hz.wav", 96000, 38400),
        (["--rate", "8000"], "song@8000Hz.wav", 8000, 3200),
        (["--time", "0.1:0.35"], "song@0.1-0.35s.wav", RATE, 4000),
        (["--time", "0.3:"], "song@0.3-ends.wav", RATE, 1600),
        (["--time", ":0.1", "--rate", "32000"], "song@0-0.1s@32000Hz.wav", 32000, 3200),
        (["-o", "x.flac"], "x.flac", RATE, 6400),
        (["-o", "x.ogg"], "x.ogg", RATE, 6400),
        (["-o", "x.aiff"], "x.aiff", RATE, 6400),
    ],
)
def test_decode_writes(song: Path, arguments: list[str], name: str, rate: int, frames: int) -> None:
    result = run("decode", *arguments, song)
    assert result.exit_code == 0, result.output
    assert files() == {"song.flac", "song.inr", name}
    info = soundfile.info(name)
    assert (info.samplerate, info.channels, info.frames) == (rate, 2, frames)


@pytest.mark.parametrize("name", ["x.wav", "x.ogg", "x.mp3", "x.aiff"])
def test_any_sound_file_is_read(folder: Path, name: str) -> None:
    soundfile.write(name, wave(), RATE)
    assert run("encode", name, *QUICK).exit_code == 0
    assert run("decode", "x.inr", "-o", "y.wav").exit_code == 0
    assert soundfile.info("y.wav").subtype == "PCM_16"


def test_round_trip_through_standard_streams(song: Path) -> None:
    coded = run("encode", "-", *QUICK, stdin=Path("song.flac").read_bytes())
    sound = run("decode", "-", stdin=coded.stdout_bytes)
    Path("out.wav").write_bytes(sound.stdout_bytes)
    assert soundfile.info("out.wav").frames == 6400
    assert files() == {"song.flac", "song.inr", "out.wav"}


def test_verify_measures_against_the_source(song: Path) -> None:
    assert run("verify", song).stdout == "song.inr: intact\n"
    assert " dB SNR" in run("verify", song, "--original", "song.flac").stdout
    data = bytearray(song.read_bytes())
    data[-1] ^= 1
    Path("bad.inr").write_bytes(data)
    refused(run("verify", "bad.inr"), 3, "bad.inr", "checksum")


def test_a_damaged_file_is_decoded_when_that_is_asked_for(song: Path) -> None:
    entry = Container(song.read_bytes()).entry(b"TILE", 2)
    data = bytearray(song.read_bytes())
    data[entry.offset] ^= 1
    song.write_bytes(data)
    refused(run("decode", song), 3, "song.inr", "checksum")
    assert files() == {"song.flac", "song.inr"}
    result = run("decode", song, "--allow-damaged", "--json")
    assert result.exit_code == 3
    assert "song.inr: silent, as it is damaged: 0.198-0.263 s" in result.stderr
    assert json.loads(result.stdout)["lost"] == [[3168, 4200]]
    found = soundfile.read("song.decoded.wav")[0]
    assert not found[3300:4100].any()
    assert np.abs(found[:3000]).max() > 0.3
    assert np.abs(found[4300:]).max() > 0.3


def test_a_cut_file_is_decoded_as_far_as_it_goes(song: Path) -> None:
    data = song.read_bytes()
    song.write_bytes(data[: Container(data).entry(b"TIDX", 2).offset + 3])
    refused(run("decode", song), 3, "song.inr", "early")
    result = run("decode", song, "--allow-damaged", "-o", "x.wav")
    assert result.exit_code == 3
    assert "0.198-0.400 s" in result.stderr
    assert np.abs(soundfile.read("x.wav")[0][:3000]).max() > 0.3


def test_of_a_sound_file_nothing_is_lost(song: Path) -> None:
    result = run("decode", song, "--allow-damaged", "--json")
    assert (result.exit_code, json.loads(result.stdout)["lost"]) == (0, [])


def test_bad_inputs_are_one_line_and_leave_nothing(folder: Path) -> None:
    soundfile.write("sound.wav", wave(), RATE)
    Path("empty.wav").touch()
    Path("text.wav").write_text("not an audio signal")
    Path("cut.wav").write_bytes(Path("sound.wav").read_bytes()[:2000])
    soundfile.write("none.wav", wave()[:0], RATE)
    soundfile.write("one.wav", wave()[:1], RATE)
    hole = wave()
    hole[3000] = np.nan
    soundfile.write("hole.wav", hole, RATE, "FLOAT")
    wide = bytearray(Path("sound.wav").read_bytes())
    wide[22:24] = (1000).to_bytes(2, "little")
    wide[32:34] = (2000).to_bytes(2, "little")
    Path("wide.wav").write_bytes(wide)
    before = files()
    for name in ("empty", "text", "cut", "none", "one", "hole", "wide"):
        refused(run("encode", f"{name}.wav", *QUICK), 3, f"{name}.wav")
    assert "samples that are not numbers" in run("encode", "hole.wav", *QUICK).stderr
    assert files() == before


def test_wrong_usage_is_refused(song: Path) -> None:
    before = files()
    refused(run("decode", song, "--time", "x"), 2, "--time", "12.5:20")
    refused(run("decode", song, "--time", "0.5:0.6"), 2, "song.inr", "0.5:0.6")
    refused(run("decode", song, "--scale", "2"), 2, "song.inr", "an audio signal has no scale")
    refused(run("decode", song, "-o", "x.png"), 2, "song.inr", "no audio format")
    refused(run("decode", song, "--rate", "96000", "--max-memory", "100kB"), 4, "--max-memory")
    refused(run("encode", "song.flac", "--force", "--target-psnr", "50"), 2, "no target_psnr")
    refused(run("encode", "song.flac", "--force", "--tune", "visual"), 2, "hearing or snr")
    refused(run("encode", "song.flac", "--force", "--tune", "psnr"), 2, "hearing or snr")
    refused(
        run("encode", "song.flac", "--force", "--segments", "4", "--model", "siren"), 2, "tiles"
    )
    refused(run("encode", "song.flac", "--force", "--max-memory", "100kB"), 4, "song.flac")
    assert files() == before


def test_compare_refuses_what_does_not_compare(song: Path) -> None:
    soundfile.write("short.wav", wave(0.2), RATE)
    soundfile.write("fast.wav", wave(), 2 * RATE)
    refused(run("compare", "song.flac", "short.wav"), 2, "short.wav", "frames 6400 and 3200")
    refused(run("compare", "song.flac", "fast.wav"), 2, "fast.wav", "rate 16000 and 32000")


def test_albums_and_batches_take_audio(song: Path) -> None:
    soundfile.write("b.wav", wave(0.3, 1), RATE)
    assert run("encode", "song.flac", "b.wav", "-o", "a.inr", *QUICK).exit_code == 0
    text = run("info", "a.inr").stdout
    assert "2 items" in text
    assert "b.wav: 0.30 s at 16000 Hz, 1 × int16" in text
    assert run("decode", "a.inr", "--item", "b").exit_code == 0
    assert soundfile.info("b.decoded.wav").frames == 4800
    assert run("extract", "a.inr", "--item", "song", "-o", "s.inr").exit_code == 0
    assert run("verify", "s.inr", "--original", "song.flac").exit_code == 0
    assert run("decode", "a.inr", "-o", "out/").exit_code == 0
    assert {p.name for p in Path("out").iterdir()} == {"song.decoded.wav", "b.decoded.wav"}


def test_models_are_listed_as_they_are_for_audio() -> None:
    lines = run("models", "--audio").stdout.splitlines()
    assert "frame 12" in lines[next(k for k, n in enumerate(lines) if n.startswith("grid")) + 1]
    row = lines[next(k for k, line in enumerate(lines) if line.startswith("enrp")) + 1]
    assert "tile 2048" in row
