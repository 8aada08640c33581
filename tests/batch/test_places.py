"""Places: a folder and an fsspec URL behave alike."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from inrcodec.batch.places import Place, Remote, open_place


@pytest.fixture(params=["path", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place."""
    if request.param == "path":
        return open_place(str(tmp_path))
    if request.param == "file":
        return open_place(f"file://{tmp_path}")
    pytest.importorskip("fsspec")
    return open_place(f"memory://{tmp_path.name}")


def test_a_tree_of_files(place: Place) -> None:
    place.write("b.inr", b"one")
    place.write("sub/deep/a.inr", b"two")
    place.write("sub/deep/a.inr", b"three")
    place.write(".hidden", b"")
    assert place.names(recursive=False) == ["b.inr"]
    assert place.names(recursive=True) == ["b.inr", "sub/deep/a.inr"]
    assert place.size("sub/deep/a.inr") == 5
    assert place.size("none.inr") is None
    with place.open("sub/deep/a.inr") as stream:
        assert stream.read() == b"three"
        stream.seek(0)
        assert stream.read(2) == b"th"
    with pytest.raises(FileNotFoundError):
        place.open("none.inr")


def test_leftovers_are_removed(place: Place) -> None:
    place.write("sub/.a.inr.0123abcd.part", b"half")
    place.write("sub/a.0123abcd.part", b"not ours")
    place.write("sub/a.inr", b"whole")
    place.clean()
    assert place.size("sub/.a.inr.0123abcd.part") is None
    assert place.size("sub/a.0123abcd.part") == 8
    assert place.size("sub/a.inr") == 5


class _Forward(io.BytesIO):
    """As fsspec has files of web servers that send no parts: they say that they can seek."""

    def seek(self, *_: Any) -> int:
        raise ValueError("cannot seek")


def test_a_file_that_only_goes_forward_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    system = pytest.importorskip("fsspec").filesystem("memory")
    sent = _Forward(b"whole")
    monkeypatch.setattr(type(system), "open", lambda *_: sent)
    with Remote("memory://x").open("a.wav") as stream:
        assert stream.seek(0, io.SEEK_END) == 5
        stream.seek(0)
        assert stream.read() == b"whole"
    assert sent.closed
