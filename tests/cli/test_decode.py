"""`decode`, `info` and `verify` of several files and of folders; quality of what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import QUICK, files, folder, refused, run
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.album.encoding import encode_album
from inrcodec.codecs.registry import make_settings
from inrcodec.media.files import open_signal

__all__ = ["folder"]


@pytest.fixture
def tree(tiled: inrcodec.Encoded) -> Path:
    """A folder of a.inr, an album of two, deep/b.inr, and what is none of these."""
    root = Path("encoded")
    (root / "deep").mkdir(parents=True)
    tiled.save(root / "a.inr")
    tiled.save(root / "deep/b.inr")
    tiled.save(root / ".hidden.inr")
    (root / "notes.txt").write_text("x")
    sources = {
        n: lambda: open_signal(Path("photo.png"), make_settings().limits) for n in ("x", "y")
    }
    settings = make_settings(model="enrp", tile=16, width=4, depth=1, steps=2)
    (root / "album.inr").write_bytes(encode_album(sources, settings).data)
    return root


def written(root: str = "out") -> set[str]:
    return {p.relative_to(root).as_posix() for p in Path(root).rglob("*") if p.is_file()}


def test_every_file_of_a_folder(tree: Path) -> None:
    result = run("decode", tree, "-o", "out/")
    assert result.exit_code == 0, result.output
    assert written() == {"a.decoded.png", "album/x.decoded.png", "album/y.decoded.png"}
    assert len(result.stdout.splitlines()) == 3


def test_the_tree_is_mirrored(tree: Path) -> None:
    assert run("decode", tree, "--recursive", "--scale", "0.5", "-o", "out").exit_code == 0
    assert written() == {"a@0.5x.png", "album/x@0.5x.png", "album/y@0.5x.png", "deep/b@0.5x.png"}


def test_without_an_output_they_go_beside_their_files(tree: Path) -> None:
    before = written("encoded")
    assert run("decode", tree, "--recursive").exit_code == 0
    made = {"a.decoded.png", "album/x.decoded.png", "album/y.decoded.png", "deep/b.decoded.png"}
    assert written("encoded") == before | made


def test_an_album_among_several_files_gets_a_folder(tree: Path) -> None:
    assert run("decode", tree / "deep/b.inr", tree / "album.inr", "-o", "out").exit_code == 0
    assert written() == {"b.decoded.png", "album/x.decoded.png", "album/y.decoded.png"}
    # By itself it does not.
    assert run("decode", tree / "album.inr", "-o", "alone/").exit_code == 0
    assert written("alone") == {"x.decoded.png", "y.decoded.png"}


def test_a_damaged_file_does_not_stop_the_others(tree: Path) -> None:
    (tree / "0.inr").write_bytes((tree / "a.inr").read_bytes()[:-5])
    for command in (["decode", "-o", "out"], ["verify"], ["info"]):
        result = run(*command, tree, "--json")
        assert result.exit_code == 6
        objects = [json.loads(line) for line in result.stdout.splitlines()]
        assert (objects[0]["input"], objects[0]["exit_code"]) == ("encoded/0.inr", 3)
        assert {fields["input"] for fields in objects[1:]} == {
            "encoded/a.inr",
            "encoded/album.inr",
        }
        assert not any("error" in fields for fields in objects[1:])
        assert len(result.stderr.splitlines()) == 1
    assert written() == {"a.decoded.png", "album/x.decoded.png", "album/y.decoded.png"}


def test_two_inputs_never_share_an_output(tree: Path, tiled: inrcodec.Encoded) -> None:
    Path("other").mkdir()
    tiled.save("other/a.inr")
    (tree / "album").mkdir()
    tiled.save(tree / "album/x.inr")
    refused(run("decode", tree, "other", "-o", "out"), 2, "out/a.decoded.png")
    refused(run("decode", tree, tree / "a.inr", "-o", "out"), 2, "a.decoded.png")
    # Of an album, an item that would be what another file is.
    result = run("decode", tree, "--recursive", "-o", "out")
    refused(result, 2, "encoded/album.inr", "encoded/album/x.inr", "out/album/x.decoded.png")
    assert written() == set()


def test_a_folder_without_files_is_refused() -> None:
    Path("empty").mkdir()
    for command in ("decode", "info", "verify"):
        refused(run(command, "empty"), 2, "empty: no .inr file in it")
        refused(run(command, "empty", "--recursive"), 2, "empty: no .inr file in it or its folders")


def test_standard_output_holds_one_file(tree: Path) -> None:
    refused(run("decode", tree, "-o", "-"), 2, "standard output holds one file")


def test_info_and_verify_of_a_folder(tree: Path) -> None:
    text = run("verify", tree, "--recursive").stdout
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "encoded/a.inr",
        "encoded/album.inr",
        "encoded/deep/b.inr",
    ]
    heads = [line for line in run("info", tree).stdout.splitlines() if line.startswith("encoded/")]
    assert [line.split(":")[0] for line in heads] == ["encoded/a.inr", "encoded/album.inr"]


@pytest.mark.parametrize("extension", [".jpg", ".webp", ".avif"])
def test_quality_of_what_is_written(tiled: inrcodec.Encoded, extension: str) -> None:
    tiled.save("photo.inr")
    sizes = []
    for quality in ("10", "60", "95", "100"):
        name = f"{quality}{extension}"
        result = run("decode", "photo.inr", "-o", name, "--output-quality", quality)
        assert result.exit_code == 0, result.output
        sizes.append(Path(name).stat().st_size)
    assert sizes == sorted(set(sizes))
    assert run("decode", "photo.inr", "-o", f"default{extension}").exit_code == 0
    assert Path(f"default{extension}").read_bytes() == Path(f"95{extension}").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "PNG has no output quality; JPEG, WebP and AVIF have one"),
        (["-o", "x.tiff"], "TIFF has no output quality"),
        (["-o", "x.jp2"], "JPEG2000 has no output quality"),
        (["-o", "x.nope"], "no image format"),
    ],
)
def test_a_format_without_a_quality_is_refused(
    tiled: inrcodec.Encoded, arguments: list[str], words: str
) -> None:
    tiled.save("photo.inr")
    before = files()
    refused(run("decode", "photo.inr", "--output-quality", 50, *arguments), 2, words)
    refused(run("decode", "photo.inr", "--output-quality", 0), 2, "--output-quality")
    assert files() == before


def test_encode_of_a_folder_names_batch() -> None:
    Path("my photos").mkdir()
    for name in ("my photos", "my photos/"):
        refused(
            run("encode", name), 2, "my photos: is a folder; see `inrcodec batch 'my photos' -o"
        )
    refused(run("encode", "."), 2, ".: is a folder; see `inrcodec batch .")
    result = run("encode", "my photos", "photo.png", *QUICK)
    assert result.exit_code == 6
    assert Path("photo.inr").exists()
    Image.fromarray(crop_of_photo(8, 8)).save("b.png")
    refused(run("encode", "b.png", "my photos", "-o", "album.inr", "--effort", 1), 2, "is a folder")
    assert files() == {"photo.png", "b.png", "photo.inr", "my photos"}
