"""Files appear whole or not at all, and outputs never take the name of an original."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from inrcodec.cli.outputs import decoded_path, encoded_path
from inrcodec.errors import OutputExistsError
from inrcodec.files import check_free, remove_abandoned, whole_file, write_whole
from inrcodec.signal.views import View


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


def modes(folder: Path) -> dict[str, int]:
    """Permissions of the files of a folder; a temporary file is "part"."""
    return {
        "part" if path.suffix == ".part" else path.name: stat.S_IMODE(path.stat().st_mode)
        for path in folder.iterdir()
    }


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "a").chmod(mode)
    with whole_file(tmp_path / "a", force=True) as stream:
        stream.write(b"two")
        # Not even for a moment may others read what they may not read in the end.
        assert modes(tmp_path)["part"] == 0o600
    assert modes(tmp_path) == {"a": mode}
    assert (tmp_path / "a").read_bytes() == b"two"


def test_a_new_file_has_the_mode_that_others_have(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "b", b"two", force=True)
    assert len(set(modes(tmp_path).values())) == 1


def test_a_file_that_is_replaced_keeps_owner_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    try:
        os.setxattr(path, "user.note", b"kept")
        os.chown(path, 1234, 2345)
    except (AttributeError, OSError) as error:
        pytest.skip(f"not possible here: {error}")
    write_whole(path, b"two", force=True)
    found = path.stat()
    assert (found.st_uid, found.st_gid, os.getxattr(path, "user.note")) == (1234, 2345, b"kept")


def test_who_is_not_of_a_group_lets_it_do_what_all_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "a").chmod(0o664)
    try:
        os.chown(tmp_path / "a", -1, 2345)
    except (AttributeError, OSError) as error:
        pytest.skip(f"not possible here: {error}")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.chown", refuse)
    write_whole(tmp_path / "a", b"two", force=True)
    assert modes(tmp_path) == {"a": 0o644}


def test_the_longest_name_is_possible(tmp_path: Path) -> None:
    for name in ("x" * 241, "x" * 255, "ü" * 127):
        write_whole(tmp_path / name, b"one")
        write_whole(tmp_path / name, b"two", force=True)
        assert (tmp_path / name).read_bytes() == b"two"


@pytest.mark.parametrize("force", [False, True])
def test_what_cannot_be_written_is_found_before_the_work(tmp_path: Path, force: bool) -> None:
    with pytest.raises(OSError, match="too long"):
        check_free(tmp_path / ("x" * 256), force)
    (tmp_path / "folder").mkdir()
    with pytest.raises((IsADirectoryError, OutputExistsError), match="folder"):
        check_free(tmp_path / "folder", force)


def test_a_file_in_a_folder_that_cannot_be_written_to_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    # Who runs tests may be allowed everything.
    monkeypatch.setattr("os.access", lambda path, _: Path(path) != tmp_path)
    for name in ("a", "link"):
        with pytest.raises(PermissionError, match=str(tmp_path)):
            check_free(tmp_path / name, force=True)
    check_free(Path("/dev/null"), force=True)


def test_what_is_being_written_is_not_taken_for_abandoned(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as stream:
        stream.write(b"one")
        (part,) = tmp_path.iterdir()
        remove_abandoned(part)
        assert part.exists()
    left = tmp_path / ".inrcodec.0123abcd.part"
    left.write_bytes(b"half")
    remove_abandoned(left)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
