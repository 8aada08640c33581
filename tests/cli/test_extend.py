"""`inrcodec extend`."""

from __future__ import annotations

import json
from pathlib import Path

from commands import encoded, files, folder, refused, run

__all__ = ["encoded", "folder"]


def test_a_part_becomes_the_whole(encoded: Path) -> None:
    run("crop", encoded, "--region", "0,0,30,36", "-o", "part.inr")
    result = run("extend", "part.inr", "photo.png", "--keep", "--steps", 60, "-o", "whole.inr")
    assert result.exit_code == 0, result.output
    assert "whole.inr" in result.stdout
    fields = json.loads(run("info", "whole.inr", "--json").stdout)
    assert (fields["width"], fields["height"]) == (50, 36)
    assert "crop" not in fields["items"][0]
    again = run("extend", "part.inr", "photo.png", "--steps", 5, "--json", "-o", "other.inr")
    assert json.loads(again.stdout)["model"] == "enrp"
    part = Path("part.inr").read_bytes()
    read = run("extend", "-", "photo.png", "--steps", 5, "-o", "read.inr", stdin=part)
    assert read.exit_code == 0, read.output
    assert Path("read.inr").read_bytes() == Path("other.inr").read_bytes()
    piped = run("extend", "part.inr", "photo.png", "--steps", 5, "-o", "-")
    assert piped.stdout_bytes == Path("other.inr").read_bytes()
    assert "standard output: " in piped.stderr


def test_what_is_no_part_is_refused(encoded: Path) -> None:
    before = files()
    refused(run("extend", "-", "-", "-o", "w.inr"), 2, "standard input")
    refused(run("extend", encoded, "photo.png", "-o", "w.inr"), 2, "no crop")
    refused(run("extend", "none.inr", "photo.png", "-o", "w.inr"), 1, "none.inr")
    refused(run("extend", "photo.png", "photo.png", "-o", "w.inr"), 3, "not an .inr file")
    run("crop", encoded, "--region", "0,0,30,36", "-o", "part.inr")
    for where in ("part.inr", "./part.inr"):
        refused(run("extend", "part.inr", "photo.png", "-o", where, "--force"), 2, "over itself")
    Path("text.png").write_text("no image")
    refused(run("extend", "part.inr", "text.png", "-o", "w.inr"), 3, "part.inr", "text.png")
    Path("part.inr").unlink()
    Path("text.png").unlink()
    refused(run("extend", encoded, "photo.png"), 2, "photo.inr", "over itself")
    assert files() == before
