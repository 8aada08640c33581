"""Names of outputs, and which images go together."""

from __future__ import annotations

from pathlib import Path

from batches import save_audio, save_images
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.batch.places import Folder
from inrcodec.batch.planning import encodable, output_names, stacks

STEMS = st.text("ab.", min_size=1, max_size=4).filter(lambda stem: not stem.startswith("."))
NAMES = st.builds("{}{}".format, STEMS, st.sampled_from([".png", ".jpg", ".inr.png"]))


@given(st.lists(NAMES, unique=True))
def test_outputs_never_collide(names: list[str]) -> None:
    found = output_names(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)


def test_only_those_that_would_collide_keep_their_extension() -> None:
    assert output_names(["a.png", "s/a.jpg", "s/a.png", "s/b.png"]) == {
        "a.png": "a.inr",
        "s/a.jpg": "s/a.jpg.inr",
        "s/a.png": "s/a.png.inr",
        "s/b.png": "s/b.inr",
    }


def test_files_go_by_their_extension(tmp_path: Path) -> None:
    for name in ("a.PNG", "b.jpeg", "c.txt", "d.inr", ".e.png", "f", "g.wav", "h.FLAC", "i.heic"):
        (tmp_path / name).touch()
    (tmp_path / "manifest.jsonl").touch()
    taken, ignored = encodable(Folder(tmp_path), recursive=False)
    assert taken == ["a.PNG", "b.jpeg", "g.wav", "h.FLAC"]
    assert ignored == ["c.txt", "f", "i.heic"]


def test_formats_that_are_not_read_are_not_taken(tmp_path: Path) -> None:
    for name in ("a.eps", "b.dds", "c.blp", "d.ico", "e.psd", "f.h5", "g.pdf"):
        (tmp_path / name).touch()
    assert encodable(Folder(tmp_path), recursive=False)[0] == []


def test_stacks_are_of_one_shape(tmp_path: Path) -> None:
    save_images(tmp_path, ["a.png", "c.png", "e.png", "f.png"], side=20)
    save_images(tmp_path, ["b.png", "d.png"], side=24)
    (tmp_path / "bad.png").write_text("x")
    save_audio(tmp_path / "s.wav")
    save_audio(tmp_path / "t.wav")
    names = ["a.png", "b.png", "bad.png", "c.png", "d.png", "e.png", "f.png", "s.wav", "t.wav"]
    place = Folder(tmp_path)
    # Audio signals and what cannot be read: alone.
    assert list(stacks(place, names, 2)) == [
        ["bad.png"],
        ["a.png", "c.png"],
        ["b.png", "d.png"],
        ["e.png", "f.png"],
        ["s.wav"],
        ["t.wav"],
    ]
    assert list(stacks(place, names[4:], 3)) == [
        ["s.wav"],
        ["t.wav"],
        ["d.png"],
        ["e.png", "f.png"],
    ]
    assert list(stacks(place, names, 1)) == [[name] for name in names]
