"""What `inrcodec batch` says: warnings, what it ignores, errors, exit codes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from batches import (
    QUICK,
    batch,
    folder,
    inline,
    outputs,
    records,
    save_audio,
    save_film,
    save_images,
)

from inrcodec.cli.printing import printable

__all__ = ["folder", "inline"]


@pytest.mark.parametrize(
    ("option", "error"),
    [
        (
            ["--target-psnr", 30],
            "s.wav: model grid of audio files has no target_psnr; "
            "audio files have that model by default",
        ),
        (
            ["--kbps", 64],
            "a.png: model mixed has no kbps; images have that model by default",
        ),
    ],
)
def test_an_option_of_other_models_is_explained(
    tmp_path: Path, option: list[object], error: str
) -> None:
    save_images(tmp_path / "in", ["a.png"])
    save_audio(tmp_path / "in/s.wav")
    result = batch(tmp_path / "in", "-o", tmp_path / "out", *option, *QUICK)
    assert result.exit_code == 6
    assert result.stderr == f"inrcodec: {error}\n"
    assert len(outputs(tmp_path / "out")) == 1


def test_warnings_name_the_input(folder: Path) -> None:
    save_film(folder / "in/film.gif")
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert "inrcodec: film.gif: only the first frame" in result.stderr
    assert result.exit_code == 0


def test_warnings_are_in_the_manifest(folder: Path) -> None:
    save_film(folder / "in/film.gif")
    batch(folder / "in", "-o", folder / "out", *QUICK)
    found = records(folder / "out")
    assert found["film.gif"]["warnings"] == ["only the first frame of several is used"]
    assert found["a.png"]["warnings"] == []


def test_what_is_ignored_is_counted_and_listed(folder: Path) -> None:
    for name in ("x.heic", "y.HEIC", "README", ".hidden.txt", "old.inr"):
        (folder / "in" / name).touch()
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "ignored       4 (.heic 2, .txt 1, none 1)" in result.stdout
    assert set(records(folder / "out", ignored=True)) == {"x.heic", "y.HEIC", "README", "notes.txt"}
    # As JSON, too; what is gone is listed no more.
    (folder / "in/y.HEIC").unlink()
    result = batch(folder / "in", "-o", folder / "out", "--json", *QUICK)
    listed = [fields for fields in map(json.loads, result.stdout.splitlines()) if fields["ignored"]]
    assert [fields["input"] for fields in listed] == ["README", "notes.txt", "x.heic"]
    assert set(records(folder / "out", ignored=True)) == {"x.heic", "README", "notes.txt"}


def test_a_folder_of_nothing_but_ignored_files_says_of_which(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.heic").touch()
    result = batch(tmp_path / "in", "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 2
    assert "nothing to encode in it; ignored: 1 (.heic 1)" in result.stderr


@pytest.mark.parametrize("name", ["a\nb.png", "a\x1b[31m\u202e.png", b"\xff.png"])
def test_a_name_never_breaks_a_line(tmp_path: Path, name: str | bytes) -> None:
    path = os.fsdecode(name)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / path).write_text("x")
    result = batch(tmp_path / "in", "-o", tmp_path / "out", *QUICK)
    assert result.stderr == f"inrcodec: {printable(path)}: neither an image nor an audio signal\n"
    save_images(tmp_path / "in", [path])
    result = batch(tmp_path / "in", "-o", tmp_path / "out", *QUICK)
    assert printable(path.replace(".png", ".inr")) in result.stdout.splitlines()[0]
    assert len(result.output.splitlines()) == 5


def test_objects_tell_of_failures_and_warnings(folder: Path) -> None:
    (folder / "in/a.png").write_text("x")
    save_film(folder / "in/film.gif")
    result = batch(folder / "in", "-o", folder / "out", "--json", *QUICK)
    found = {fields["input"]: fields for fields in map(json.loads, result.stdout.splitlines())}
    assert list(found) == ["a.png", "b.jpg", "film.gif", "notes.txt"]
    assert found["a.png"]["error"] == "neither an image nor an audio signal"
    assert (found["a.png"]["exit_code"], found["a.png"]["warnings"]) == (3, [])
    assert found["b.jpg"]["error"] is None
    assert "exit_code" not in found["b.jpg"]
    (warning,) = found["film.gif"]["warnings"]
    assert "only the first frame" in warning
    assert len(result.stderr.splitlines()) == 2


def test_a_batch_that_cannot_begin_has_an_object(tmp_path: Path) -> None:
    result = batch(tmp_path / "none", "-o", tmp_path / "out", "--json")
    fields = json.loads(result.stdout)
    assert (fields["input"], fields["exit_code"]) == (str(tmp_path / "none"), 1)
    assert result.stderr == f"inrcodec: {fields['error']}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none", "-o", "out"], 1, "none: No such file"),
        (["in/a.png", "-o", "out"], 1, "in/a.png: Not a directory"),
        (["empty", "-o", "out"], 2, "nothing to encode"),
        (["in", "-o", "in/a.png"], 1, "in/a.png"),
        (["in"], 2, "-o"),
        (["in", "-o", "out", "--workers", "0"], 2, "workers"),
        (["in", "-o", "out", "--model", "siren", "--tune", "psnr"], 2, "siren has no tune"),
        (["in", "-o", "out", "--address", "ray://x:1"], 2, "--engine ray"),
        (["in", "-o", "out", "--manifest", "in/a.png"], 1, "manifest"),
        (["in", "-o", "out", "--manifest", "none/m.jsonl"], 1, "none"),
        (["nope://x/y", "-o", "out"], 2, "nope"),
        (["in", "-o", "memory://x"], 2, "--manifest"),
    ],
)
def test_wrong_usage_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, words: str
) -> None:
    if any("://" in argument for argument in arguments[:3]):
        pytest.importorskip("fsspec")
    monkeypatch.chdir(folder)
    Path("empty").mkdir()
    result = batch(*arguments)
    assert result.exit_code == code, result.output
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr
    assert outputs(folder / "in").keys() >= {"a.png", "b.jpg"}


@pytest.mark.parametrize(
    ("module", "arguments"), [("ray", ["--engine", "ray"]), ("fsspec", ["--manifest", "m.jsonl"])]
)
def test_a_missing_extra_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    target = "s3://bucket/out" if module == "fsspec" else folder / "out"
    result = batch(folder / "in", "-o", target, *arguments)
    assert result.exit_code == 2
    assert "pip install 'inrcodec[cluster]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1
