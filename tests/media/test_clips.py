"""Animations and videos: read frame by frame, and written."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from conftest import smooth_image
from PIL import Image

from inrcodec.errors import SignalError, UsageError
from inrcodec.limits import UNLIMITED
from inrcodec.media.clips import is_clip, open_clip, write_clip

TIMES = [40_000, 40_000, 200_000]
FRAMES = [np.roll(smooth_image(32, 48), 8 * k, axis=1) for k in range(3)]


def clip_file(path: Path, extension: str) -> Path:
    file = path / f"clip{extension}"
    with file.open("w+b") as stream:
        write_clip(stream, extension, iter(FRAMES), TIMES)
    return file


@pytest.mark.parametrize("extension", [".png", ".webp", ".gif"])
def test_animations_keep_frames_and_times(tmp_path: Path, extension: str) -> None:
    with open_clip(clip_file(tmp_path, extension), UNLIMITED) as clip:
        assert [*clip.times] == TIMES
        # In any order, too.
        for number in (0, 1, 2, 1, 0):
            with clip.frame(number) as frame:
                samples = frame.samples[..., :3].astype(int)
            if extension == ".gif":
                assert np.abs(samples - FRAMES[number]).mean() < 12
            else:
                np.testing.assert_array_equal(samples, FRAMES[number])


@pytest.mark.parametrize("extension", [".mp4", ".webm", ".mkv", ".avi"])
def test_videos_keep_frames_and_times(tmp_path: Path, extension: str) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    with open_clip(clip_file(tmp_path, extension), UNLIMITED) as clip:
        assert len(clip.times) == 3
        assert clip.times[0] == pytest.approx(40_000, abs=1000)
        for number in (0, 2, 1):
            with clip.frame(number) as frame:
                assert np.abs(frame.samples.astype(int) - FRAMES[number]).mean() < 8


def test_frames_of_any_rate_end_when_they_should(tmp_path: Path) -> None:
    for extension, unit in ((".gif", 10_000), (".webp", 1000)):
        with (tmp_path / f"sixty{extension}").open("w+b") as stream:
            write_clip(stream, extension, iter(6 * FRAMES), [16_667] * 18)
        with open_clip(tmp_path / f"sixty{extension}", UNLIMITED) as clip:
            assert sum(clip.times) == pytest.approx(300_000, abs=unit)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_videos_take_gray_and_alpha(tmp_path: Path, channels: int) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    frames = [np.repeat(frame[..., :1], channels, axis=2) for frame in FRAMES]
    with (tmp_path / "clip.mp4").open("w+b") as stream:
        write_clip(stream, ".mp4", iter(frames), TIMES)
    with open_clip(tmp_path / "clip.mp4", UNLIMITED) as clip, clip.frame(1) as frame:
        assert np.abs(frame.samples.astype(int) - FRAMES[1][..., :1]).mean() < 8


@pytest.mark.parametrize("extension", [".mp4", ".mkv", ".webm", ".mov"])
def test_the_last_frame_of_a_video_is_shown_as_long_as_it_was(
    tmp_path: Path, extension: str
) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    for times in ([40_000, 40_000, 200_000], [300_000]):
        with (tmp_path / f"clip{extension}").open("w+b") as stream:
            write_clip(stream, extension, iter(FRAMES[: len(times)]), times)
        with open_clip(tmp_path / f"clip{extension}", UNLIMITED) as clip:
            assert [*clip.times] == times


def test_reading_a_video_changes_no_warning_filter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    with (tmp_path / "clip.mp4").open("w+b") as stream:
        write_clip(stream, ".mp4", iter(FRAMES), TIMES)
    monkeypatch.setattr(warnings, "simplefilter", pytest.fail)
    with open_clip(tmp_path / "clip.mp4", UNLIMITED) as clip:
        assert len(clip.times) == len(FRAMES)


def test_a_video_of_a_pixel_is_refused() -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    with pytest.raises(SignalError, match="2×2"):
        write_clip(io.BytesIO(), ".mp4", iter([FRAMES[0][:1, :1]]), [40_000])


def test_an_image_is_no_clip(tmp_path: Path) -> None:
    for name in ("one.png", "one.gif", "text.png", "photo.jpg"):
        Image.fromarray(FRAMES[0]).save(tmp_path / name)
        assert not is_clip(tmp_path / name)
    (tmp_path / "text.png").write_text("no image")
    assert not is_clip(tmp_path / "text.png")
    assert is_clip(clip_file(tmp_path, ".webp"))


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with pytest.raises(SignalError, match="no video"), open_clip(tmp_path / "bad.mp4", UNLIMITED):
        pass


def test_a_damaged_frame_is_told(tmp_path: Path) -> None:
    data = clip_file(tmp_path, ".webp").read_bytes()
    short = tmp_path / "short.webp"
    short.write_bytes(data[: len(data) // 2])
    with pytest.raises(SignalError), open_clip(short, UNLIMITED) as clip:
        for number in range(3):
            with clip.frame(number):
                pass


def test_other_formats_are_refused() -> None:
    with pytest.raises(UsageError, match="no format"):
        write_clip(io.BytesIO(), ".bmp", iter(FRAMES), TIMES)


def test_gray_frames_are_written(tmp_path: Path) -> None:
    gray = [frame[..., :1] for frame in FRAMES]
    with (tmp_path / "gray.png").open("w+b") as stream:
        write_clip(stream, ".png", iter(gray), TIMES)
    with Image.open(tmp_path / "gray.png") as image:
        assert image.n_frames == 3
