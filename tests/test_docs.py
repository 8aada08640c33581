"""Documentation: its commands and Python examples run, and every command is described.

To write `docs/commands.md` and `docs/man` anew: `python tests/test_docs.py`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
from batches import Inline
from click.testing import CliRunner
from conftest import ROOT, crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.cli import main

sys.path.insert(0, str(ROOT / "building"))

import man

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REFERENCE = ROOT / "docs" / "commands.md"
# Commands of several pages stand in each other's way.
FORCED = ("encode", "decode", "extract", "batch", "bench", "compare", "report")
WIDTH = 90


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language; commands have none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.M | re.S)
    return [text for name, text in found if name == language]


def commands(page: Path) -> list[str]:
    """The command lines of a page."""
    lines = "\n".join(blocks(page, "")).splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line.startswith("inrcodec ")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that pages speak of, as small as they can be."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(crop_of_photo(48, 64)).save("photo.png")
    for name in ("a.jpg", "b.jpg", "a.png", "b.png", "new.png"):
        Image.fromarray(crop_of_photo(24, 32)).save(name)
    frames = [Image.fromarray(crop_of_photo(24, 32 + k)[:, k:]) for k in range(3)]
    frames[0].save("clip.gif", save_all=True, append_images=frames[1:], duration=50)
    Path("photos").mkdir()
    for name in ("kodim03", "kodim04"):
        Image.fromarray(crop_of_photo(24, 32)).save(f"photos/{name}.png")
    rate = 16000
    tone = 0.3 * np.sin(np.arange(rate // 2) * 0.3)
    soundfile.write("song.wav", np.stack([tone, tone], 1), rate, "PCM_16")
    # What would go on until it is ended.
    monkeypatch.setattr("inrcodec.viewer.server.ViewerServer.serve_forever", lambda _: None)
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    monkeypatch.setattr(import_module("inrcodec.cli.batch"), "LocalEngine", Inline)
    return tmp_path


def arguments(line: str) -> list[str]:
    """A command line as a shell gives it, with what keeps it short."""
    found: list[str] = []
    for word in shlex.split(line)[1:]:
        found += sorted(map(str, Path().glob(word))) if "*" in word else [word]
    if "--time" in found and found[0] == "encode":
        found[found.index("--time") + 1] = "1"
    if "--time" in found and found[0] == "decode":
        found[found.index("--time") + 1] = "0.1:0.2"
    if "--region" in found:
        found[found.index("--region") + 1] = "8,8,16,16"
    if "--target-size" in found:
        found[found.index("--target-size") + 1] = "1200"
    if "--target-psnr" in found and "--model" in found:
        found[found.index("--target-psnr") + 1] = "18"
    if found[0] == "encode" and "--model" in found:
        found += ["--steps", "20"]
    if found[0] == "search":
        found += ["--steps", "4"]
    if found[0] == "bench":
        found += ["--effort", "1"]
    return [*found, *["--force"] * (found[0] in FORCED)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, folder: Path) -> None:
    prepared = ["encode photo.png --effort 1", "encode song.wav --effort 1", "decode song.inr"]
    prepared += ["decode photo.inr", "encode photos/kodim03.png photos/kodim04.png -o album.inr"]
    prepared += ["extract album.inr --item kodim03 -o encoded.inr"]
    for line in [f"inrcodec {line}" for line in prepared] + commands(page):
        if "batch" in line:
            shutil.rmtree("encoded", ignore_errors=True)
        if "encoded/" in line and not Path("encoded").exists():
            Path("encoded").mkdir()
            shutil.copy("photo.inr", "encoded")
        result = CliRunner().invoke(main, [*arguments(line)])
        # What is damaged exits with 3; the example's file is intact.
        assert result.exit_code == 0, f"{line}\n{result.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page: Path, folder: Path) -> None:
    for line in ("encode photo.png --effort 1", "encode song.wav --effort 1"):
        assert CliRunner().invoke(main, line.split()).exit_code == 0
    names: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(text.replace('.save("photo.inr")', '.save("photo.inr", force=True)'), names)


COMMANDS = {name: main.get_command(None, name) for name in main.list_commands(None)}


def reference() -> str:
    """The help of every command, as `docs/commands.md` has it."""
    parts = ["# Commands\n\nThe help of every command, as `--help` prints it.\n"]
    whole = click.Context(main, info_name="inrcodec", **main.context_settings)
    for name, command in COMMANDS.items():
        context = click.Context(command, whole, name, max_content_width=WIDTH)
        context.terminal_width = WIDTH
        help = re.sub(r"[ \t]+$", "", command.get_help(context), flags=re.M)
        parts.append(f"\n## {name}\n\n```text\n{help}\n```\n")
    return "".join(parts)


def test_every_command_and_option_is_described() -> None:
    assert REFERENCE.read_text() == reference(), "python tests/test_docs.py writes it anew"
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts[0]} has no help"


def test_man_pages_are_those_of_the_help() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in man.MAN.glob("*.1")}
    assert texts == man.pages(), "make man writes them anew"
    assert {*texts} == {"inrcodec.1", *(f"inrcodec-{name}.1" for name in COMMANDS)}


def test_man_pages_have_every_option_as_man_shows_it() -> None:
    if shutil.which("groff") is None:
        pytest.skip("needs groff")
    for name, command in COMMANDS.items():
        page = man.MAN / f"inrcodec-{name}.1"
        show = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-P-cbou", str(page)]
        shown = subprocess.run(show, capture_output=True, check=True, text=True)
        assert shown.stderr == ""
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in shown.stdout
        for line in (command.help or "").partition("\b\n")[2].splitlines():
            assert " ".join(line.split()) in " ".join(shown.stdout.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_emitted_for_each_shell_that_is_named(shell: str) -> None:
    (usage,) = [page for page in PAGES if page.name == "usage.md"]
    assert f"_INRCODEC_COMPLETE={shell}_source inrcodec" in usage.read_text()
    asked = {"_INRCODEC_COMPLETE": f"{shell}_source"}
    result = CliRunner().invoke(main, [], prog_name="inrcodec", env=asked)
    assert result.exit_code == 0
    assert f"_INRCODEC_COMPLETE={shell}_complete" in result.stdout
    asked = {"_INRCODEC_COMPLETE": f"{shell}_complete", "COMP_WORDS": "inrcodec co"}
    word = {"COMP_CWORD": "co" if shell == "fish" else "1"}
    result = CliRunner().invoke(main, [], prog_name="inrcodec", env=asked | word)
    assert "compare" in result.stdout
    assert "decode" not in result.stdout


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_api_page_has_every_public_name() -> None:
    named = re.findall(r"^::: inrcodec\.(\w+)$", (ROOT / "docs" / "api.md").read_text(), re.M)
    assert sorted(named) == inrcodec.__all__


def test_benchmarks_that_are_named_exist() -> None:
    for page in PAGES:
        for module in re.findall(r"-m (benchmarks\.[\w.]+)", page.read_text()):
            assert (ROOT / (module.replace(".", "/") + ".py")).exists(), f"{page.name}: {module}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) < 700


if __name__ == "__main__":
    REFERENCE.write_text(reference())
    man.write(man.MAN)
