"""`inrcodec crop`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from commands import encoded, files, folder, refused, run, size_of
from PIL import Image

__all__ = ["encoded", "folder"]


def test_a_part_decodes_as_the_region(encoded: Path) -> None:
    result = run("crop", encoded, "--region", "20,4,18,24")
    assert result.exit_code == 0, result.output
    assert "photo.crop.inr" in result.stdout
    assert Path("photo.crop.inr").stat().st_size < encoded.stat().st_size
    assert run("decode", "photo.crop.inr", "-o", "part.png", "--scale", 2).exit_code == 0
    run("decode", encoded, "-o", "region.png", "--region", "20,4,18,24", "--scale", 2)
    assert size_of("part.png") == (36, 48)
    with Image.open("part.png") as part, Image.open("region.png") as region:
        np.testing.assert_array_equal(np.asarray(part), np.asarray(region))


def test_info_tells_where_a_part_lies(encoded: Path) -> None:
    run("crop", encoded, "--region", "20,4,18,24", "-o", "part.inr")
    assert "18×24" in run("info", "part.inr").stdout
    assert "from 20,4 of 50×36" in run("info", "part.inr").stdout
    fields = json.loads(run("info", "part.inr", "--json").stdout)
    assert (fields["width"], fields["height"]) == (18, 24)
    assert fields["items"][0]["crop"]["spans"] == [[4, 24], [20, 18]]


def test_what_cannot_be_cut_is_refused(encoded: Path) -> None:
    before = files()
    refused(run("crop", encoded), 2, "--region")
    refused(run("crop", encoded, "--region", "1,2,3"), 2, "128,64,256,256")
    refused(run("crop", encoded, "--region", "40,0,11,4"), 2, "photo.inr", "does not lie within")
    refused(run("crop", encoded, "--time", "0:1"), 2, "photo.inr", "no time")
    refused(run("crop", "none.inr", "--region", "0,0,1,1"), 1, "none.inr")
    refused(run("crop", "photo.png", "--region", "0,0,1,1"), 3, "photo.png", "not an .inr file")
    refused(run("crop", encoded, "--region", "0,0,9,9", "-o", encoded), 2, "over itself")
    assert files() == before
    Path("photo.crop.inr").write_bytes(b"mine")
    refused(run("crop", encoded, "--region", "0,0,9,9"), 1, "photo.crop.inr", "exists")
    assert run("crop", encoded, "--region", "0,0,9,9", "--force").exit_code == 0


def test_a_part_goes_through_standard_streams_alone(encoded: Path) -> None:
    run("crop", encoded, "--region", "20,4,18,24", "-o", "part.inr")
    data = encoded.read_bytes()
    result = run("crop", "-", "--region", "20,4,18,24", stdin=data)
    assert result.stdout_bytes == Path("part.inr").read_bytes()
    assert f"standard output: {len(result.stdout_bytes)} bytes of {len(data)}" in result.stderr
    failed = run("crop", "-", "--region", "99,4,18,24", "--json", stdin=data)
    assert (failed.stdout_bytes, failed.exit_code) == (b"", 2)


def test_a_folder_is_no_file(folder: Path) -> None:
    for name in (".", folder):
        refused(run("crop", name, "--region", "0,0,9,9"), 2, str(name), "is a folder")
        refused(run("extend", "part.inr", name), 2, str(name), "is a folder")


def test_one_signal_of_several_is_named(encoded: Path) -> None:
    Image.new("RGB", (20, 20)).save("other.png")
    assert run("encode", "photo.png", "other.png", "-o", "two.inr", "--effort", 1).exit_code == 0
    refused(run("crop", "two.inr", "--region", "0,0,9,9"), 2, "two.inr", "--item")
    result = run("crop", "two.inr", "--region", "0,0,9,9", "--item", "other", "--json")
    assert json.loads(result.stdout)["output"] == "two.crop.inr"
