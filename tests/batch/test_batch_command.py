"""`inrcodec batch` as a user meets it: names, skips, errors, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest
from batches import (
    FIT,
    QUICK,
    Inline,
    batch,
    check_intact,
    outputs,
    records,
    save_audio,
    save_images,
)

import inrcodec
from inrcodec.cli.printing import printable


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No processes: those are for the tests of engines."""
    monkeypatch.setattr(import_module("inrcodec.cli.batch"), "LocalEngine", Inline)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree of three images and a file that is none."""
    save_images(tmp_path / "in", ["a.png", "b.jpg", "sub/deep/c.png"])
    (tmp_path / "in" / "notes.txt").write_text("no image")
    return tmp_path


def test_the_tree_is_mirrored(folder: Path) -> None:
    result = batch(folder / "in", "-o", folder / "out", "--recursive", *QUICK)
    assert (result.exit_code, result.stderr) == (0, "")
    assert set(outputs(folder / "out")) == {"a.inr", "b.inr", "sub/deep/c.inr"}
    check_intact(folder / "out")
    lines = result.stdout.splitlines()
    size = (folder / "out/a.inr").stat().st_size
    assert lines[0].startswith(f"{folder}/out/a.inr: {size} bytes, {8 * size / 1024:.3f} bpp, ")
    rows = [line.split()[0] for line in lines[3:]]
    assert rows == ["files", "ignored", "bytes", "mean", "files/minute"]
    assert "3 encoded, 0 skipped, 0 failed" in lines[3]


def test_without_recursive_the_folder_alone(folder: Path) -> None:
    assert batch(folder / "in", "-o", folder / "out", "--quiet", *QUICK).output == ""
    assert set(outputs(folder / "out")) == {"a.inr", "b.inr"}


def test_the_manifest_says_what_was_done(folder: Path) -> None:
    batch(folder / "in", "-o", folder / "out", "--recursive", *QUICK)
    found = records(folder / "out")
    assert list(found) == ["a.png", "b.jpg", "sub/deep/c.png"]
    record = found["sub/deep/c.png"]
    encoded = inrcodec.encode(folder / "in/sub/deep/c.png", effort=1, device="cpu")
    assert record["output"] == "sub/deep/c.inr"
    assert record["bytes"] == len(encoded.data)
    assert record["psnr_db"] == pytest.approx(encoded.psnr_db)
    assert record["input_bytes"] == (folder / "in/sub/deep/c.png").stat().st_size
    assert len(record["sha256"]) == 64
    assert record["settings"]["effort"] == 1
    assert record["seconds"] > 0
    assert record["error"] is None


def test_bytes_are_those_of_encode(folder: Path) -> None:
    batch(folder / "in", "-o", folder / "out", *QUICK)
    encoded = inrcodec.encode(folder / "in/a.png", effort=1, device="cpu")
    assert outputs(folder / "out")["a.inr"] == encoded.data


def skipped(folder: Path, *arguments: object) -> dict[str, bool]:
    """Run again; which inputs were skipped."""
    result = batch(folder / "in", "-o", folder / "out", "--json", *(arguments or QUICK))
    found = map(json.loads, _lines(result.stdout))
    return {fields["input"]: fields["skipped"] for fields in found if not fields["ignored"]}


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def test_what_is_done_is_skipped_and_what_changed_redone(folder: Path) -> None:
    assert skipped(folder) == {"a.png": False, "b.jpg": False}
    before = outputs(folder / "out")
    assert skipped(folder) == {"a.png": True, "b.jpg": True}
    assert outputs(folder / "out") == before
    # Another input.
    shutil.copy(folder / "in/sub/deep/c.png", folder / "in/a.png")
    assert skipped(folder) == {"a.png": False, "b.jpg": True}
    assert outputs(folder / "out")["a.inr"] != before["a.inr"]
    # An output that is gone, or is no longer what was written.
    (folder / "out/a.inr").unlink()
    (folder / "out/b.inr").write_bytes(before["b.inr"][:-1])
    assert skipped(folder) == {"a.png": False, "b.jpg": False}
    assert outputs(folder / "out")["b.inr"] == before["b.inr"]
    # Other settings.
    assert skipped(folder, *QUICK, "-q", 20) == {"a.png": False, "b.jpg": False}
    assert skipped(folder, *QUICK, "-q", 20) == {"a.png": True, "b.jpg": True}
    # Limits are no part of what bytes depend on.
    assert skipped(folder, *QUICK, "-q", 20, "--max-memory", "1GiB") == {
        "a.png": True,
        "b.jpg": True,
    }
    assert len(records(folder / "out")) == 2


def test_bad_files_do_not_stop_the_others(folder: Path) -> None:
    (folder / "in/aa.png").write_text("x")
    (folder / "in/b.png").write_bytes((folder / "in/a.png").read_bytes()[:99])
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert result.exit_code == 6
    assert set(outputs(folder / "out")) == {"a.inr", "b.jpg.inr"}
    first, second = _lines(result.stderr)
    assert first == "inrcodec: aa.png: neither an image nor an audio signal"
    assert second.startswith("inrcodec: b.png: a damaged image")
    assert "2 encoded, 0 skipped, 2 failed" in result.stdout
    assert records(folder / "out")["aa.png"]["error"].startswith("neither an image")
    # They are tried again, and are no failures once they are mended.
    save_images(folder / "in", ["aa.png", "b.png"])
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert result.exit_code == 0
    assert "2 encoded, 2 skipped, 0 failed" in result.stdout


def test_images_that_differ_in_their_extension_keep_it(folder: Path) -> None:
    save_images(folder / "in", ["a.bmp", "a.png.tiff"])
    assert batch(folder / "in", "-o", folder / "out", *QUICK).exit_code == 0
    assert set(outputs(folder / "out")) == {"a.png.inr", "a.bmp.inr", "a.png.tiff.inr", "b.inr"}


def test_files_of_others_are_kept(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/a.inr").write_text("mine")
    for _ in range(2):
        result = batch(folder / "in", "-o", folder / "out", *QUICK)
        assert result.exit_code == 6
        assert "a.png: a.inr exists and no batch made it; use --force" in result.stderr
        assert (folder / "out/a.inr").read_text() == "mine"
    assert batch(folder / "in", "-o", folder / "out", "--force", *QUICK).exit_code == 0
    check_intact(folder / "out")


def test_leftovers_of_killed_runs_are_removed(folder: Path) -> None:
    left = folder / "out/sub/.c.inr.0123abcd.part"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    other = folder / "out/.mine.part"
    other.write_text("mine")
    assert batch(folder / "in", "-o", folder / "out", *QUICK).exit_code == 0
    assert not left.exists()
    assert other.exists()


def test_names_of_any_bytes_are_done_and_known_again(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    try:
        save_images(folder / "in", [name])
    except OSError as error:
        pytest.skip(f"not possible here: {error}")
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert result.exit_code == 0
    assert f"{folder}/out/caf\\xe9.inr: " in result.stdout
    assert set(records(folder / "out")) == {"a.png", "b.jpg", name}
    assert skipped(folder) == {"a.png": True, "b.jpg": True, name: True}


def test_an_output_that_cannot_be_fails_alone_and_before_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "x" * 250
    save_images(folder / "in", [f"{name}.png", f"{name}.jpg"])
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert result.exit_code == 6
    assert set(outputs(folder / "out")) == {"a.inr", "b.inr"}
    assert result.stderr.splitlines() == [
        f"inrcodec: {name}{end}: {name}{end}.inr: File name too long" for end in (".jpg", ".png")
    ]
    assert records(folder / "out")[f"{name}.png"]["sha256"] is None


def test_stacks(folder: Path) -> None:
    save_images(folder / "in", ["d.png", "e.png", "f.png"], side=40)
    (folder / "in/bad.png").write_text("x")
    apart = batch(folder / "in", "-o", folder / "apart", "--steps", 30, *FIT)
    result = batch(folder / "in", "-o", folder / "out", "--stack", 2, "--steps", 30, *FIT)
    assert apart.exit_code == result.exit_code == 6
    check_intact(folder / "out")
    alone, stacked = records(folder / "apart"), records(folder / "out")
    assert set(alone) == set(stacked)
    for name in set(alone) - {"bad.png"}:
        assert stacked[name]["psnr_db"] == pytest.approx(alone[name]["psnr_db"], abs=0.1)


TINY = ["--model", "enrp", "--tile", 500, "--width", 4, "--depth", 1, "--steps", 5]


@pytest.mark.parametrize("stack", [1, 3])
def test_images_and_audio_in_one_folder(folder: Path, stack: int) -> None:
    save_audio(folder / "in/s.wav")
    save_audio(folder / "in/t.flac", 1500)
    wanted = [*TINY, "--device", "cpu", "--stack", stack]
    result = batch(folder / "in", "-o", folder / "out", *wanted)
    assert (result.exit_code, result.stderr) == (0, "")
    assert set(outputs(folder / "out")) == {"a.inr", "b.inr", "s.inr", "t.inr"}
    check_intact(folder / "out")
    found = records(folder / "out")
    for name in ("s.wav", "t.flac"):
        assert found[name]["kbps"] > 0
        assert found[name]["snr_db"] is not None
        assert found[name]["input_bytes"] == (folder / "in" / name).stat().st_size
    assert found["a.png"]["kbps"] is found["a.png"]["snr_db"] is None
    # A mean for each kind.
    rows = dict(line.rsplit("  ", 1) for line in _lines(result.stdout)[4:])
    means = {name.strip(): value.strip() for name, value in rows.items() if "mean" in name}
    images = (found["a.png"]["psnr_db"] + found["b.jpg"]["psnr_db"]) / 2
    audio_files = (found["s.wav"]["snr_db"] + found["t.flac"]["snr_db"]) / 2
    assert means == {"mean PSNR": f"{images:.2f} dB", "mean SNR": f"{audio_files:.2f} dB"}
    assert set(skipped(folder, *wanted).values()) == {True}


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
    from PIL import Image

    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    frames[0].save(folder / "in/film.gif", save_all=True, append_images=frames[1:])
    result = batch(folder / "in", "-o", folder / "out", *QUICK)
    assert "inrcodec: film.gif: only the first frame" in result.stderr
    assert result.exit_code == 0


def test_warnings_are_in_the_manifest(folder: Path) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    frames[0].save(folder / "in/film.gif", save_all=True, append_images=frames[1:])
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
    listed = [fields for fields in map(json.loads, _lines(result.stdout)) if fields["ignored"]]
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
    from PIL import Image

    (folder / "in/a.png").write_text("x")
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    frames[0].save(folder / "in/film.gif", save_all=True, append_images=frames[1:])
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
    assert len(_lines(result.stderr)) == 1
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
    assert len(_lines(result.stderr)) == 1
