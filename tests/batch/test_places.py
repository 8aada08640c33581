"""Places: a folder and an fsspec URL behave alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from inrcodec.batch.places import Place, open_place


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
