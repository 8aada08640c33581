"""What commands refuse: in one line, before the work, with nothing overwritten or left behind."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from commands import QUICK, encoded, files, folder, refused, run
from conftest import crop_of_photo
from PIL import Image

__all__ = ["encoded", "folder"]


def test_existing_outputs_are_kept(encoded: Path) -> None:
    before = encoded.read_bytes()
    refused(run("encode", "photo.png", *QUICK), 1, "photo.png", "--force")
    assert encoded.read_bytes() == before
    assert run("encode", "photo.png", "--force", "--quiet", *QUICK).stdout == ""
    assert run("decode", encoded).exit_code == 0
    refused(run("decode", encoded), 1, "photo.inr", "--force")
    assert run("decode", encoded, "--force").exit_code == 0


def test_bad_inputs(encoded: Path) -> None:
    Path("text.png").write_text("not an image")
    Path("empty.png").touch()
    Path("cut.png").write_bytes(Path("photo.png").read_bytes()[:300])
    Path("short.inr").write_bytes(encoded.read_bytes()[:-5])
    before = files()
    refused(run("encode", "text.png"), 3, "text.png")
    refused(run("encode", "empty.png"), 3, "empty.png")
    refused(run("encode", "cut.png"), 3, "cut.png")
    refused(run("encode", "none.png"), 1, "none.png", "No such file")
    refused(run("encode", "photo.png", "-o", "x.inr", "--max-memory", "10kB"), 4, "--max-memory")
    refused(run("encode", "photo.png", "-o", "x.inr", "--model", "siren", "--tile", 8), 2, "tile")
    refused(run("decode", "short.inr"), 3, "short.inr", "5 bytes early")
    refused(run("decode", "photo.png"), 3, "photo.png", "not an .inr file")
    refused(run("decode", encoded, "--scale", "100000"), 4, "--max-memory")
    refused(run("decode", encoded, "--max-work", "1e5"), 4, "--max-work")
    refused(run("decode", encoded, "--scale", "-1"), 2, "scale")
    refused(run("decode", encoded, "--region", "0,0,51,1"), 2, "region")
    refused(run("decode", encoded, "-o", "x.nope"), 2, "nope")
    refused(run("info", "photo.png"), 3, "not an .inr file")
    assert files() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["encode"],
        ["encode", "photo.png", "--effort", "0"],
        ["encode", "photo.png", "--strip", "jfif"],
        ["decode", "photo.inr", "--size", "12"],
        ["decode", "photo.inr", "--region", "1,2,3"],
        ["frobnicate"],
    ],
)
def test_wrong_usage_is_one_line_too(arguments: list[str]) -> None:
    refused(run(*arguments), 2)


def test_one_bad_file_of_several_does_not_stop_the_others() -> None:
    Path("bad.png").write_text("x")
    result = run("encode", "bad.png", "photo.png", *QUICK)
    assert result.exit_code == 6
    assert Path("photo.inr").exists()
    assert "bad.png" in result.stderr


def test_two_inputs_never_share_an_output() -> None:
    shutil.copy("photo.png", "photo.bmp")
    result = run("encode", "photo.png", "photo.bmp", *QUICK)
    assert result.exit_code == 2
    assert "photo.inr" in result.stderr
    assert not Path("photo.inr").exists()


@pytest.mark.parametrize("place", ["inrcodec.codecs.inr.chunks.fit", "os.fsync"])
def test_interrupt_leaves_no_file(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    result = run("encode", "photo.png", *QUICK)
    refused(result, 1, "interrupted")
    assert files() == {"photo.png"}


def test_outputs_of_several_inputs_go_to_a_new_folder() -> None:
    shutil.copy("photo.png", "other.png")
    assert run("encode", "photo.png", "other.png", "-o", "out", *QUICK).exit_code == 0
    assert {p.name for p in Path("out").iterdir()} == {"photo.inr", "other.inr"}
    assert run("encode", "photo.png", "-o", "new/", *QUICK).exit_code == 0
    assert Path("new/photo.inr").exists()


def test_a_folder_that_cannot_be_made_is_named() -> None:
    refused(run("encode", "photo.png", "-o", "photo.png/", *QUICK), 1, "photo.png/")


def test_an_input_is_not_written_over(encoded: Path) -> None:
    refused(run("encode", "photo.png", "-o", "photo.png", "--force"), 2, "over itself")


def test_a_missing_folder_is_found_before_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("inrcodec.codecs.inr.chunks.fit")
    refused(run("encode", "photo.png", "-o", "none/x.inr"), 1, "none", "No such folder")


def test_the_longest_names_work(encoded: Path) -> None:
    name = "x" * 251
    shutil.copy("photo.png", f"{name}.png")
    assert run("encode", f"{name}.png", *QUICK).exit_code == 0
    assert run("decode", f"{name}.inr", "-o", f"{name}.bmp").exit_code == 0
    assert {f"{name}.inr", f"{name}.bmp"} <= files()


def test_outputs_of_too_long_names_are_refused_before_the_work(
    encoded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded.rename("x" * 247 + ".inr")
    before = files()
    monkeypatch.delattr("inrcodec.decoding.Representation")
    monkeypatch.delattr("inrcodec.encoding.encode_signal")
    refused(run("decode", "x" * 247 + ".inr"), 1, "decoded.png: File name too long")
    refused(run("encode", "photo.png", "-o", "x" * 252 + ".inr"), 1, "File name too long")
    assert files() == before


def test_names_of_any_bytes_work() -> None:
    name = os.fsdecode(b"caf\xe9")
    try:
        shutil.copy("photo.png", f"{name}.png")
    except OSError as error:
        pytest.skip(f"not possible here: {error}")
    result = run("encode", f"{name}.png", *QUICK)
    assert result.exit_code == 0
    assert result.stdout.startswith("caf\\xe9.inr: ")
    result = run("encode", f"{name}.png", "--force", "--json", *QUICK)
    assert json.loads(result.stdout)["output"] == f"{name}.inr"
    for command in (["decode"], ["info"], ["verify"], ["info", "--json"]):
        assert run(*command, f"{name}.inr").exit_code == 0
    refused(run("encode", f"{name}.png", *QUICK), 1, "caf\\xe9.png", "--force")
    assert {f"{name}.inr", f"{name}.decoded.png"} <= files()


def test_the_same_input_twice_is_refused() -> None:
    assert run("encode", "photo.png", "photo.png", *QUICK).exit_code == 2
    assert files() == {"photo.png"}


def test_warnings_are_lines_unless_quiet() -> None:
    frames = [Image.fromarray(crop_of_photo(36, 50)).rotate(angle) for angle in (0, 180)]
    frames[0].save("film.gif", save_all=True, append_images=frames[1:])
    loud = run("encode", "film.gif", *QUICK)
    assert "film.gif: only the first frame" in loud.stderr
    quiet = run("encode", "film.gif", "--quiet", "--force", *QUICK)
    assert (quiet.exit_code, quiet.output) == (0, "")
