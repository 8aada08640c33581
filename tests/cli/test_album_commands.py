"""Albums on the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import files, folder, refused, run, size_of
from conftest import ROOT, crop_of_photo, smooth_image
from PIL import Image

import inrcodec.album.encoding
from inrcodec.container.names import write_names
from inrcodec.container.sections import Container, Section, build
from inrcodec.locks import alone

__all__ = ["folder"]

QUICK = ["--effort", "1", "--quiet"]
VECTORS = ROOT / "formats" / "vectors"


@pytest.fixture
def album(folder: Path) -> Path:
    """Of three images: photo.png, gray.png, photo.webp."""
    Image.fromarray(smooth_image(20, 30, 1)[..., 0]).save("gray.png")
    Image.fromarray(crop_of_photo(24, 32)).save("photo.webp", lossless=True)
    result = run("encode", "photo.png", "gray.png", "photo.webp", "-o", "album.inr", *QUICK)
    assert result.exit_code == 0, result.output
    return Path("album.inr")


def test_info_lists_the_images(album: Path) -> None:
    lines = run("info", album).stdout.splitlines()
    assert "3 items" in lines[0]
    assert [line.split()[1] for line in lines[1:]] == ["photo.png:", "gray.png:", "photo.webp:"]
    fields = json.loads(run("info", album, "--json").stdout)
    assert [item["name"] for item in fields["items"]] == ["photo.png", "gray.png", "photo.webp"]
    assert fields["items"][1]["channels"] == 1


def test_one_image_is_decoded_by_name_or_place(album: Path) -> None:
    assert run("decode", album, "--item", "gray", "--scale", "2").exit_code == 0
    assert size_of("gray@2x.png") == (60, 40)
    assert run("decode", album, "--item", "3", "-o", "third.png").exit_code == 0
    assert size_of("third.png") == (32, 24)
    # Where only the extension tells images apart, it is kept.
    assert run("decode", album, "--item", "photo.webp").exit_code == 0
    with Image.open("third.png") as a, Image.open("photo.webp.decoded.png") as b:
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_all_images_are_decoded_to_a_folder(album: Path) -> None:
    assert run("decode", album, "-o", "out/").exit_code == 0
    assert {path.name for path in Path("out").iterdir()} == {
        "gray.decoded.png",
        "photo.png.decoded.png",
        "photo.webp.decoded.png",
    }


def test_all_images_need_a_folder(album: Path) -> None:
    refused(run("decode", album), 2, "album.inr", "3 items", "--item")
    refused(run("decode", album, "-o", "one.png"), 2, "album.inr", "3 items")
    assert not Path("one.png").exists()


def test_standard_output_holds_one_image(album: Path) -> None:
    data = album.read_bytes()
    refused(run("decode", "-", "--item", "1", "--item", "2", stdin=data), 2, "3 items")
    assert run("decode", "-", "--item", "gray", stdin=data).stdout_bytes.startswith(b"\x89PNG")


def test_extracted_images_have_names_of_their_own(album: Path) -> None:
    names = ["--item", "photo.png", "--item", "photo.webp", "--item", "gray"]
    assert run("extract", album, *names).exit_code == 0
    assert {"photo.png.inr", "photo.webp.inr", "gray.inr"} <= files()
    piped = run("extract", album, "--item", "gray", "-o", "-")
    assert piped.stdout_bytes == Path("gray.inr").read_bytes()
    before = album.read_bytes()
    refused(run("extract", album, "--item", "gray", "-o", album, "--force"), 2, "over itself")
    assert album.read_bytes() == before


def test_verify_sees_damage_that_belongs_to_no_image(album: Path) -> None:
    container = Container(album)
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries]
    data = bytearray(build([*sections, Section(b"note", 9, b"of nobody")]))
    Path("sound.inr").write_bytes(data)
    assert run("verify", "sound.inr").exit_code == 0
    data[-1] ^= 1
    Path("damaged.inr").write_bytes(data)
    refused(run("verify", "damaged.inr"), 3, "note")


def test_images_that_are_not_there_are_refused(album: Path) -> None:
    for command in (["decode"], ["extract"], ["remove"]):
        refused(run(*command, album, "--item", "other"), 2, "album.inr", "other", "gray.png")


def test_extract_add_and_remove(album: Path) -> None:
    assert run("extract", album, "--item", "gray", "-o", "one.inr").exit_code == 0
    assert run("verify", "one.inr").exit_code == 0
    assert run("remove", album, "--item", "gray.png", "--item", "1").exit_code == 0
    assert run("add", album, "gray.png", *QUICK).exit_code == 0
    fields = json.loads(run("info", album, "--json").stdout)
    assert [item["name"] for item in fields["items"]] == ["photo.webp", "gray.png"]
    assert "intact, 2 items" in run("verify", album).stdout
    refused(run("add", album, "gray.png", *QUICK), 2, "gray.png")
    assert "intact, 2 items" in run("verify", album).stdout


def test_a_file_of_one_image_becomes_an_album(folder: Path) -> None:
    assert run("encode", "photo.png", *QUICK).exit_code == 0
    Image.fromarray(smooth_image(20, 30)).save("b.png")
    assert run("add", "photo.inr", "b.png", *QUICK).exit_code == 0
    fields = json.loads(run("info", "photo.inr", "--json").stdout)
    assert [item["name"] for item in fields["items"]] == ["photo", "b.png"]


def test_a_bad_image_leaves_no_album(folder: Path) -> None:
    Path("bad.png").write_text("x")
    result = run("encode", "photo.png", "bad.png", "-o", "album.inr", *QUICK)
    refused(result, 3, "bad.png")
    assert files() == {"photo.png", "bad.png"}


def test_an_album_is_not_written_over_without_force(album: Path) -> None:
    before = album.read_bytes()
    refused(run("encode", "photo.png", "gray.png", "-o", album, *QUICK), 1, "--force")
    assert album.read_bytes() == before


def names_of(album: Path) -> list[str]:
    return [item["name"] for item in json.loads(run("info", album, "--json").stdout)["items"]]


def test_an_add_during_an_add_loses_nothing(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = names_of(album)
    for name in ("c.png", "d.png"):
        shutil.copy("gray.png", name)
    encode_items = inrcodec.album.encoding.encode_items

    def meanwhile(*arguments: Any) -> dict[str, inrcodec.Encoded]:
        monkeypatch.setattr("inrcodec.album.encoding.encode_items", encode_items)
        assert run("add", album, "d.png", *QUICK).exit_code == 0
        assert run("remove", album, "--item", "photo.webp").exit_code == 0
        return encode_items(*arguments)

    monkeypatch.setattr("inrcodec.album.encoding.encode_items", meanwhile)
    assert run("add", album, "c.png", *QUICK).exit_code == 0
    assert names_of(album) == [*before[:2], "d.png", "c.png"]
    assert run("verify", album).exit_code == 0


def test_a_name_that_was_added_meanwhile_is_refused(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy("gray.png", "c.png")
    encode_items = inrcodec.album.encoding.encode_items

    def meanwhile(*arguments: Any) -> dict[str, inrcodec.Encoded]:
        monkeypatch.setattr("inrcodec.album.encoding.encode_items", encode_items)
        assert run("add", album, "c.png", *QUICK).exit_code == 0
        return encode_items(*arguments)

    monkeypatch.setattr("inrcodec.album.encoding.encode_items", meanwhile)
    refused(run("add", album, "c.png", *QUICK), 2, "c.png")
    assert len(names_of(album)) == 4


@pytest.mark.slow
def test_ten_adds_at_a_time_lose_nothing(album: Path) -> None:
    before, new = names_of(album), [f"new{k}.png" for k in range(10)]
    for name in new:
        shutil.copy("gray.png", name)
    command = [sys.executable, "-m", "inrcodec", "add", "album.inr", *QUICK]
    processes = [subprocess.Popen([*command, name]) for name in new]
    assert [process.wait(300) for process in processes] == [0] * 10
    assert sorted(names_of(album)) == sorted(before + new)
    assert run("verify", album).exit_code == 0
    assert not [*Path().glob(".*")]


def test_another_process_that_changes_an_album_is_waited_for(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inrcodec.locks._TELL_AFTER", 0.05)
    monkeypatch.setattr("inrcodec.locks._PATIENCE", 0.05)
    before = album.read_bytes()
    with ThreadPoolExecutor(1) as other, ExitStack() as held:
        other.submit(held.enter_context, alone(album)).result()
        result = run("remove", album, "--item", "gray")
        other.submit(held.close).result()
    assert result.exit_code == 1
    waiting, given_up = result.stderr.splitlines()
    assert waiting == "inrcodec: album.inr: waiting for another process to change it"
    assert "another process is changing" in given_up
    assert album.read_bytes() == before


NEVER = ["what?.png", "CON.png", "end.", os.fsdecode(b"caf\xe9.png")]


@pytest.mark.parametrize("command", ["encode", "add"])
def test_impossible_names_are_refused_before_the_work(
    album: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NEVER:
        shutil.copy("gray.png", name)
    before = files()
    monkeypatch.delattr("inrcodec.album.encoding.encode_signal")
    for name in NEVER:
        inputs = ["photo.png", name, "-o", "new.inr"] if command == "encode" else [album, name]
        refused(run(command, *inputs, *QUICK), 2, ascii(name).strip("'"))
    assert files() == before


def test_images_with_names_that_windows_cannot_have_are_still_decoded(folder: Path) -> None:
    shutil.copy(VECTORS / "unusual/album-windows-names.inr", "album.inr")
    assert run("decode", "album.inr", "-o", "out/").exit_code == 0
    assert {path.name for path in Path("out").iterdir()} == {
        '10:30 "b"?.decoded.png',
        "con.decoded.png",
        "end.decoded.png",
    }
    # Those that stay keep their names; others can be added.
    assert run("remove", "album.inr", "--item", "con").exit_code == 0
    assert run("add", "album.inr", "photo.png", *QUICK).exit_code == 0
    assert names_of(Path("album.inr")) == ['10:30 "b"?.png', "end. ", "photo.png"]
    assert run("extract", "album.inr", "--item", "1", "-o", "one.inr").exit_code == 0


@pytest.mark.parametrize("name", [b"../../evil.png", b"/etc/evil", b"..\\evil"])
def test_evil_names_write_nothing(album: Path, name: bytes) -> None:
    container = Container(album)
    kept = [e for e in container.entries if e.tag != b"NAMS"]
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in kept]
    names = write_names({1: "x" * len(name), 2: "b", 3: "c"})
    evil = Section(b"NAMS", 0, names.payload.replace(b"x" * len(name), name))
    Path("evil.inr").write_bytes(build([evil, *sections]))
    before = files()
    refused(run("decode", "evil.inr", "-o", "out/"), 3, "evil.inr", "name")
    assert files() == before | {"out"}
    assert not [*Path("out").iterdir()]
    assert not [*Path.cwd().parent.glob("*evil*png")]


def test_what_is_done_to_an_album_is_told(album: Path) -> None:
    fields = json.loads(run("extract", album, "--item", "gray", "--json").stdout)
    size = Path("gray.inr").stat().st_size
    assert fields == {
        "input": "album.inr",
        "item": "gray.png",
        "output": "gray.inr",
        "bytes": size,
        "warnings": [],
    }
    line = run("extract", album, "--item", "gray", "--force").stdout
    assert line == f"gray.inr: {size} bytes\n"
    fields = json.loads(run("remove", album, "--item", "gray", "--json").stdout)
    assert (fields["removed"], fields["items"]) == (["gray.png"], ["photo.png", "photo.webp"])
    assert (fields["input"], fields["bytes"]) == ("album.inr", album.stat().st_size)
    fields = json.loads(run("add", album, "gray.png", "--effort", "1", "--json").stdout)
    assert (fields["input"], fields["output"]) == ("album.inr", "album.inr")
    assert [item["name"] for item in fields["items"]] == ["gray.png"]
    assert run("remove", album, "--item", "gray").stdout.startswith("album.inr: 2 items, ")
    assert run("remove", album, "--item", "2", "--quiet").output == ""
    assert run("extract", album, "--item", "1", "--force", "--quiet").output == ""
