"""What the command line prints, whatever names hold and wherever it goes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from commands import QUICK, folder, run
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.cli.printing import printable

__all__ = ["folder"]

# Runs commands one after another, as processes of their own would, save that torch is loaded once.
SCRIPT = """
import json, sys
from inrcodec.cli import main
codes = []
for arguments in json.loads(sys.argv[1]):
    print("next", file=sys.stderr, flush=True)
    try:
        main(arguments)
    except SystemExit as end:
        codes.append(end.code)
open("codes.json", "w").write(json.dumps(codes))
"""
ANY_NAME = "a\n→\x1b[31mü\u202e[b]\u2028.png"


def begun(
    commands: Sequence[Sequence[str]], env: Mapping[str, str], **streams: Any
) -> subprocess.Popen[bytes]:
    """A process that runs commands."""
    arguments = [sys.executable, "-c", SCRIPT, json.dumps(commands)]
    return subprocess.Popen(arguments, env={**os.environ, "OMP_NUM_THREADS": "1", **env}, **streams)


def codes_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The exit codes of its commands, once it has ended."""
    assert process.wait(timeout=200) == 0
    codes: list[int] = json.loads(Path("codes.json").read_text())
    return codes


def shell(command: str) -> tuple[int, str]:
    """The exit code of a shell's command, in which `inrcodec` is the command line, and what it
    prints to both streams."""
    command = command.replace("inrcodec", f"'{sys.executable}' -m inrcodec")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü → 日本.png", "plain ü → 日本.png"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x07\x9b", r"\x1b[2J\x07\x9b"),
        ("\u202egnp.exe\u2028\u200b", r"\u202egnp.exe\u2028\u200b"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_names_are_shown_with_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_no_stream_is_without_a_character(encoding: str) -> None:
    Path("in").mkdir()
    shutil.copy("photo.png", "ü→.png")
    shutil.copy("photo.png", "in/x→.png")
    Path("photo.png").rename(Path("in", ANY_NAME))
    Path("in/bad→.png").write_text("x")
    name = str(Path("in", ANY_NAME))
    encoded = str(Path(name).with_suffix(".inr"))
    effort = ["--effort", "1"]
    commands = [
        ["encode", name, *effort],
        ["encode", "in/bad→.png", *effort],
        ["encode", name, "-o", "→/x.inr", *effort],
        ["encode", name, "--strip", "→"],
        ["info", encoded],
        ["decode", encoded],
        ["decode", encoded, "--item", "→"],
        ["verify", "in"],
        ["encode", "ü→.png", *effort],
        ["add", "ü→.inr", "in/x→.png", *effort],
        ["info", "ü→.inr"],
        ["extract", "ü→.inr", "--item", "x→", "-o", "→.inr"],
        ["models"],
        ["batch", "in", "-o", "out→", "--workers", "1", *effort],
    ]
    environment = {"PYTHONIOENCODING": encoding}
    with Path("out").open("wb") as out, Path("err").open("wb") as err:
        process = begun(commands, environment, stdout=out, stderr=err)
    assert codes_of(process) == [0, 3, 1, 2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 6]
    printed = Path("out").read_bytes().decode(encoding)
    errors = Path("err").read_bytes().decode(encoding).splitlines()
    assert r"in/a\n\u2192\x1b[31m" in printed
    assert "files         3 encoded, 0 skipped, 1 failed" in printed
    lines = [line for line in errors if line != "next"]
    assert all(line.startswith("inrcodec: ") for line in lines)
    assert len(lines) == 5
    assert r"inrcodec: in/bad\u2192.png: neither an image" in errors[2]


@pytest.mark.parametrize("name", ["a\nb.png", "a\x1b[31m\u202e.png", b"\xff.png"])
def test_a_name_never_breaks_a_line(name: str | bytes) -> None:
    path = os.fsdecode(name)
    shown = printable(path.removesuffix(".png"))
    Path("photo.png").rename(path)
    Path("bad").mkdir()
    Path("bad", path).write_text("x")
    encoded = path.replace(".png", ".inr")
    frames = [Image.fromarray(crop_of_photo(8, 8)).rotate(angle) for angle in (0, 90)]
    film = path.replace(".png", ".gif")
    frames[0].save(film, save_all=True, append_images=frames[1:])
    for arguments, count in (
        (["encode", path, *QUICK], 1),
        (["encode", path, *QUICK], 1),
        (["encode", film, "-o", "film.inr", *QUICK], 2),
        (["encode", path, str(Path("bad", path))], 2),
        (["decode", encoded], 1),
        (["info", encoded], 7),
        (["verify", encoded], 1),
        (["verify", encoded, "--original", str(Path("bad", path))], 1),
        (["extract", encoded, "--item", path], 1),
        (["compare", path, str(Path("bad", path))], 1),
    ):
        result = run(*arguments)
        assert len(result.output.splitlines()) == count, (arguments, result.output)
        assert "\x1b" not in result.output
        if "film.inr" not in arguments:
            assert shown in result.output


def failed(*arguments: object, code: int) -> dict[str, Any]:
    """The object of a command's last line on stdout, where there is one on stderr, too."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    fields: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    assert result.stderr.splitlines()[-1].startswith("inrcodec: ")
    assert fields["error"] in result.stderr
    return fields


def test_a_failed_input_has_an_object(tiled: inrcodec.Encoded) -> None:
    Path("bad.png").write_text("x")
    Path("bad.inr").write_bytes(tiled.data[:-5])
    tiled.save("photo.inr")
    cause = "neither an image nor an audio signal"
    shutil.copy("bad.png", "other.png")
    assert failed("encode", "other.png", code=3) == {
        "input": "other.png",
        "warnings": [],
        "error": cause,
        "exit_code": 3,
    }
    for command in ("decode", "verify"):
        fields = failed(command, "bad.inr", code=3)
        assert (fields["input"], fields["exit_code"]) == ("bad.inr", 3)
        assert "5 bytes early" in fields["error"]
    assert failed("info", "bad.inr", code=3)["input"] == "bad.inr"
    assert failed("info", "none.inr", code=1)["error"] == "No such file or directory"
    fields = failed("compare", "photo.png", "bad.png", code=3)
    assert (fields["input"], fields["a"], fields["b"]) == ("bad.png", "photo.png", "bad.png")
    fields = failed("add", "photo.inr", "bad.png", code=3)
    assert (fields["input"], fields["output"]) == ("bad.png", "photo.inr")
    fields = failed("encode", "photo.png", "bad.png", "-o", "a.inr", "--effort", 1, code=3)
    assert (fields["input"], fields["output"]) == ("bad.png", "a.inr")
    fields = failed("extract", "photo.inr", "--item", "x", code=2)
    assert (fields["input"], fields["exit_code"]) == ("photo.inr", 2)
    assert failed("remove", "none.inr", "--item", "x", code=1)["input"] == "none.inr"


def test_each_of_several_inputs_has_an_object(tiled: inrcodec.Encoded) -> None:
    Path("bad.png").write_text("x")
    result = run("encode", "bad.png", "photo.png", "none.png", "--json", *QUICK)
    assert result.exit_code == 6
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [fields["input"] for fields in objects] == ["bad.png", "photo.png", "none.png"]
    assert [fields.get("exit_code") for fields in objects] == [3, None, 1]
    assert len(result.stderr.splitlines()) == 2


def test_warnings_are_fields_of_their_input() -> None:
    frames = [Image.fromarray(crop_of_photo(36, 50)).rotate(angle) for angle in (0, 180)]
    frames[0].save("film.gif", save_all=True, append_images=frames[1:])
    result = run("encode", "film.gif", "photo.png", "--json", *QUICK)
    film, photo = map(json.loads, result.stdout.splitlines())
    (warning,) = film["warnings"]
    assert "only the first frame" in warning
    assert f"inrcodec: film.gif: {warning}" in result.stderr
    assert photo["warnings"] == []


def test_an_object_goes_to_stderr_where_stdout_carries_the_file() -> None:
    result = run("encode", "-", "--json", stdin=b"x")
    assert (result.exit_code, result.stdout) == (3, "")
    fields, line = result.stderr.splitlines()
    assert json.loads(fields)["input"] == "-"
    assert line == "inrcodec: standard input: neither an image nor an audio signal"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        ("inrcodec info photo.inr > /dev/full", 1, "standard output: No space left on device"),
        ("inrcodec --help > /dev/full", 1, "standard output: No space left on device"),
        ("inrcodec info none.inr 2> /dev/full", 1, ""),
        ("inrcodec encode - <&-", 2, "standard input: it is closed"),
        ("inrcodec decode - < photo.inr >&-", 2, "standard output is closed; name a file with -o"),
        ("inrcodec info photo.inr >&-", 0, ""),
        ("inrcodec info none.inr 2>&-", 1, ""),
        ("set -o pipefail; inrcodec models | head -0", 1, ""),
    ],
)
def test_streams_that_are_closed_or_full(
    tiled: inrcodec.Encoded, command: str, code: int, line: str
) -> None:
    tiled.save("photo.inr")
    assert shell(command) == (code, f"inrcodec: {line}\n" if line else "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_output_is_named(tiled: inrcodec.Encoded) -> None:
    result = run("encode", "photo.png", "-o", "/dev/full", "--force", *QUICK)
    assert result.exit_code == 1
    assert result.stderr == "inrcodec: photo.png: /dev/full: No space left on device\n"


def drawn(commands: Sequence[Sequence[str]]) -> list[str]:
    """What commands draw on a terminal that is their stderr."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    terminal = {"TERM": "xterm", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    with Path("out").open("wb") as out, os.fdopen(ours, "rb", buffering=0) as screen:
        process = begun(commands, terminal, stdout=out, stderr=theirs)
        os.close(theirs)
        text = b""
        # Linux ends what is read of a terminal that is closed with an error.
        with suppress(OSError):
            while part := screen.read(1 << 16):
                text += part
        assert codes_of(process) == [0] * len(commands), text
    return text.decode().split("next\r\n")[1:]


def test_progress_is_drawn_on_a_terminal_alone(tiled: inrcodec.Encoded) -> None:
    wave = 0.5 * np.sin(0.1 * np.arange(4000))
    soundfile.write("s.wav", wave, 8000)
    Path("photo.png").rename("[bold]b.png")
    audio = ["--model", "enrp", "--tile", "1000", "--width", "4", "--depth", "1", "--steps", "3"]
    tiled.save("tiled.inr")
    commands = [
        ["encode", "[bold]b.png", "--effort", "1", "-o", "photo.inr"],
        ["encode", "s.wav", *audio],
        ["decode", "photo.inr"],
        ["decode", "photo.inr", "tiled.inr", "s.inr", "--force"],
        ["decode", "photo.inr", "--force", "--quiet"],
        ["encode", "[bold]b.png", "--effort", "1", "-o", "photo.inr", "--force", "--quiet"],
        ["info", "photo.inr"],
    ]
    coded, fitted, read, several, *silent = drawn(commands)
    assert "[bold]b.png" in coded
    assert "coding 1/1" in coded
    assert "s.wav" in fitted
    assert "fitting 3/3" in fitted
    assert "photo.inr" in read
    assert "rendering 36/36" in read
    assert "tiled.inr (2 of 3)" in several
    assert "s.inr (3 of 3)" in several
    assert "rendering 4000/4000" in several
    assert silent == ["", "", ""]
    lines = Path("out").read_text().splitlines()
    assert lines[0].startswith("photo.inr: ")
    assert not any("\x1b" in line for line in lines)
    result = run("decode", "photo.inr", "--force")
    assert (result.exit_code, result.stderr) == (0, "")


def test_headers_are_shown_without_torch_or_pillow(tiled: inrcodec.Encoded) -> None:
    tiled.save("photo.inr")
    script = (
        "import sys; from inrcodec.cli import main\n"
        "for a in (['info', 'photo.inr'], ['--help'], ['models']):\n"
        "    try: main(a)\n"
        "    except SystemExit: pass\n"
        "print(sorted({'torch', 'PIL', 'rich', 'soundfile'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
