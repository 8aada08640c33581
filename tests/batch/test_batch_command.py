"""`inrcodec batch` as a user meets it: names, skips, failures."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from batches import (
    FIT,
    QUICK,
    batch,
    check_intact,
    folder,
    inline,
    outputs,
    records,
    save_audio,
    save_images,
)

import inrcodec

__all__ = ["folder", "inline"]


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
    found = map(json.loads, result.stdout.splitlines())
    return {fields["input"]: fields["skipped"] for fields in found if not fields["ignored"]}


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
    first, second = result.stderr.splitlines()
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


def test_networks_have_targets(tmp_path: Path) -> None:
    save_images(tmp_path / "in", ["a.png", "b.png"], side=24)
    how = ["--model", "siren", "--target-size", 800, "--steps", 20, "--device", "cpu"]
    assert batch(tmp_path / "in", "-o", tmp_path / "out", *how).exit_code == 0
    assert [len(data) <= 800 for data in outputs(tmp_path / "out").values()] == [True, True]


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
    rows = dict(line.rsplit("  ", 1) for line in result.stdout.splitlines()[4:])
    means = {name.strip(): value.strip() for name, value in rows.items() if "mean" in name}
    images = (found["a.png"]["psnr_db"] + found["b.jpg"]["psnr_db"]) / 2
    audio_files = (found["s.wav"]["snr_db"] + found["t.flac"]["snr_db"]) / 2
    assert means == {"mean PSNR": f"{images:.2f} dB", "mean SNR": f"{audio_files:.2f} dB"}
    assert set(skipped(folder, *wanted).values()) == {True}
