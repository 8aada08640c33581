"""Files appear whole or not at all, and outputs never take the name of an original."""

from __future__ import annotations

from pathlib import Path

import pytest

from inrcodec.errors import OutputExistsError
from inrcodec.files import decoded_path, encoded_path, write_whole
from inrcodec.views import View


def test_names_of_outputs() -> None:
    assert encoded_path(Path("a/photo.jpg")) == Path("a/photo.inr")
    source = Path("a/photo.inr")
    assert decoded_path(source, View()) == Path("a/photo.decoded.png")
    assert decoded_path(source, View(scale=1.0)) == Path("a/photo.decoded.png")
    assert decoded_path(source, View(scale=4.0)) == Path("a/photo@4x.png")
    assert decoded_path(source, View(scale=2.5)) == Path("a/photo@2.5x.png")
    assert decoded_path(source, View(size=(1920, 1280))) == Path("a/photo@1920x1280.png")
    part = (128, 64, 256, 256)
    assert decoded_path(source, View(2.0, region=part)) == Path("a/photo@128,64,256,256@2x.png")


def test_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"one")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"one")]


def test_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"one")
    with pytest.raises(OutputExistsError, match="--force"):
        write_whole(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    write_whole(tmp_path / "a", b"two", force=True)
    assert (tmp_path / "a").read_bytes() == b"two"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        write_whole(tmp_path / "none" / "a", b"one")


def test_links_and_pipes_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    write_whole(Path("/dev/null"), b"new", force=True)
    assert Path("/dev/null").is_char_device()


def test_a_file_that_appears_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def appear(descriptor: int) -> None:
        (tmp_path / "a").write_bytes(b"other")

    monkeypatch.setattr("os.fsync", appear)
    with pytest.raises(OutputExistsError):
        write_whole(tmp_path / "a", b"one")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"other")]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(descriptor: int) -> None:
        raise error

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(error):
        write_whole(tmp_path / "a", b"one")
    assert list(tmp_path.iterdir()) == []
