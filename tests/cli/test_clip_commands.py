"""Clips on the command line: animations, videos and frames in files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import files, folder, refused, run
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.container.sections import Container

__all__ = ["folder"]

QUICK = ["--effort", "1"]


@pytest.fixture
def frames(folder: Path) -> list[str]:
    """Four frames, 48×32, in which a square moves, in files and as a GIF of 50 ms each."""
    images = []
    for number in range(4):
        samples = crop_of_photo(32, 48).copy()
        samples[8:20, 8 * number : 8 * number + 12] = 200
        images.append(Image.fromarray(samples))
        images[-1].save(f"f{number}.png")
    images[0].save("clip.gif", save_all=True, append_images=images[1:], duration=50)
    return [f"f{number}.png" for number in range(4)]


def frame_count(path: str) -> int:
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def test_an_animation_goes_there_and_back(frames: list[str]) -> None:
    result = run("encode", "clip.gif", *QUICK)
    assert result.exit_code == 0, result.output
    assert "4 frames" in result.stdout
    assert run("decode", "clip.inr", "-o", "back.gif").exit_code == 0
    assert run("decode", "clip.inr", "-o", "back.webp", "--scale", "2").exit_code == 0
    with Image.open("back.gif") as image, Image.open("back.webp") as large:
        assert (image.n_frames, image.size, image.info["duration"]) == (4, (48, 32), 50)
        assert (large.n_frames, large.size) == (4, (96, 64))


def test_frames_in_files_are_a_sequence_where_one_says_so(frames: list[str]) -> None:
    result = run("encode", "--sequence", *frames, "-o", "clip.inr", "--fps", 20, *QUICK, "--json")
    fields = json.loads(result.stdout)
    assert (fields["frames"], fields["bytes"]) == (4, Path("clip.inr").stat().st_size)
    run("encode", *frames, "-o", "album.inr", *QUICK)
    assert Path("clip.inr").stat().st_size < 0.8 * Path("album.inr").stat().st_size
    assert run("verify", "clip.inr").exit_code == 0
    assert run("decode", "clip.inr", "-o", "out/").exit_code == 0
    assert len([*Path("out").iterdir()]) == 4
    assert run("decode", "clip.inr", "--item", "f2", "-o", "two.png").exit_code == 0
    assert frame_count("two.png") == 1
    with Image.open("two.png") as image:
        expected = inrcodec.open("clip.inr", item=3).render()
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_a_time_and_a_rate_choose_frames(frames: list[str]) -> None:
    run("encode", "--sequence", *frames, "-o", "clip.inr", "--fps", 20, *QUICK)
    for options, count, shown in (
        (["--time", "0.05:0.15"], 2, 50),
        (["--time", "0.1:"], 2, 50),
        (["--fps", "10"], 2, 100),
    ):
        assert run("decode", "clip.inr", *options, "-o", "o.gif", "--force").exit_code == 0
        with Image.open("o.gif") as image:
            assert (image.n_frames, image.info["duration"]) == (count, shown)
    assert run("decode", "clip.inr", "--time", "0.05:0.15", "-o", "part/").exit_code == 0
    assert len([*Path("part").iterdir()]) == 2
    refused(run("decode", "clip.inr", "--time", "3:4", "-o", "o.gif", "--force"), 2, "0.2 s")


def test_no_more_frames_are_made_than_fit(frames: list[str]) -> None:
    run("encode", "--sequence", *frames, "-o", "clip.inr", "--fps", 20, *QUICK)
    before = files()
    many = ["--fps", 10_000, "--max-memory", "20MB"]
    for options, word in ((["--fps", "1e12"], "the most"), (many, "writing it")):
        refused(run("decode", "clip.inr", *options, "-o", "o.gif"), 4, "clip.inr", word)
    for time in ("0.1:0.1", "0.04:0.03"):
        refused(run("decode", "clip.inr", "--time", time, "-o", "o.gif"), 2, "no frame")
    assert files() == before


def test_what_is_intact_of_a_clip_is_shown(frames: list[str]) -> None:
    run("encode", "--sequence", *frames, "-o", "clip.inr", *QUICK)
    data, container = bytearray(Path("clip.inr").read_bytes()), Container("clip.inr")
    data[container.entry(b"TILE", 3).offset] ^= 1
    Path("clip.inr").write_bytes(data)
    refused(run("decode", "clip.inr", "-o", "o.gif"), 3, "checksum")
    result = run("decode", "clip.inr", "-o", "o.gif", "--allow-damaged")
    assert (result.exit_code, frame_count("o.gif") > 1) == (3, True)
    assert "4 frames" in result.stdout
    assert "damaged" in result.stderr


def test_a_clip_goes_to_a_folder_or_standard_output(frames: list[str]) -> None:
    assert run("encode", "clip.gif", "-o", "out/", *QUICK).exit_code == 0
    piped = run("encode", "clip.gif", "-o", "-", *QUICK)
    assert piped.stdout_bytes == Path("out/clip.inr").read_bytes()
    refused(run("encode", "--sequence", *frames, "-o", "f2.png", "--force"), 2, "over itself")
    refused(run("encode", "--sequence", "-", "-o", "clip.inr"), 2, "name their files")


def test_frames_without_a_loss_have_no_decibels(folder: Path) -> None:
    for number in range(2):
        Image.new("RGB", (1, 1), (90 * number, 0, 0)).save(f"p{number}.png")
    arguments = ["--sequence", "p0.png", "p1.png", "-o", "clip.inr", "--force", "-q", 100]
    assert "lossless" in run("encode", *arguments).stdout
    shown = run("encode", *arguments, "--json").stdout
    assert json.loads(shown, parse_constant=pytest.fail)["psnr_db"] is None
    failed = json.loads(run("encode", *arguments, "rgb.png", "--json").stdout)
    assert (failed["input"], failed["output"]) == (["p0.png", "p1.png", "rgb.png"], "clip.inr")


def test_a_video_goes_there_and_back(frames: list[str]) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    run("encode", "--sequence", *frames, "-o", "clip.inr", "--fps", 20, *QUICK)
    assert run("decode", "clip.inr", "-o", "clip.mp4").exit_code == 0
    result = run("encode", "clip.mp4", "-o", "again.inr", *QUICK)
    assert "4 frames" in result.stdout
    assert run("decode", "again.inr", "-o", "again.png").exit_code == 0
    assert frame_count("again.png") == 4


def test_a_clip_of_one_frame_is_a_video_or_an_image(frames: list[str]) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    run("encode", "--sequence", frames[0], "-o", "one.inr", "--fps", 4, *QUICK)
    assert run("decode", "one.inr", "-o", "one.mp4").exit_code == 0
    assert run("decode", "one.inr", "-o", "one.png").exit_code == 0
    assert "1 frames" in run("encode", "one.mp4", "-o", "again.inr", *QUICK).stdout


def test_a_rate_of_frames_is_of_clips_and_in_bounds(frames: list[str]) -> None:
    run("encode", frames[0], "-o", "still.inr", *QUICK)
    before = files()
    refused(run("decode", "still.inr", "--fps", 5, "-o", "o.png"), 2, "still.inr", "--fps")
    result = run("encode", frames[0], "--fps", 5, "-o", "o.inr", *QUICK)
    assert (result.exit_code, "--fps is of clips" in result.stderr) == (2, True)
    slow = ["--sequence", *frames, "-o", "o.inr", "--fps", "1e-9", *QUICK]
    refused(run("encode", *slow), 2, "--fps 1e-09", "the least")
    assert files() == before


def test_other_models_take_the_first_frame(frames: list[str]) -> None:
    small = ["--model", "siren", "--width", 4, "--depth", 1, "--steps", 2]
    result = run("encode", "clip.gif", *small, "-o", "one.inr")
    assert "only the first frame" in result.stderr


def test_what_is_no_clip_is_refused(frames: list[str]) -> None:
    Image.new("RGB", (9, 9)).save("small.png")
    before = files()
    refused(run("encode", "--sequence", *frames, "small.png", "-o", "c.inr"), 2, "small.png", "9×9")
    refused(run("encode", "--sequence", *frames), 2, "-o")
    refused(run("encode", "clip.gif", "--target-size", "1kB", "-o", "c.inr"), 2, "not a target")
    Path("clip.inr").write_bytes(b"mine")
    refused(run("encode", "clip.gif", *QUICK), 1, "clip.inr", "exists")
    Path("clip.inr").unlink()
    assert files() == before


def test_what_is_no_video_is_refused(folder: Path) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    Path("bad.mp4").write_text("no video")
    refused(run("encode", "bad.mp4", "-o", "c.inr"), 3, "bad.mp4", "no video")
    assert not Path("c.inr").exists()


def test_a_video_without_what_reads_it_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    Path("clip.mp4").write_text("no video")
    refused(run("encode", "clip.mp4", "-o", "c.inr"), 2, "inrcodec[video]")
