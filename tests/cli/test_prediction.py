"""`inrcodec predict` and `inrcodec search`, and targets of networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import folder as folder
from commands import refused, run
from conftest import crop_of_photo
from PIL import Image

import inrcodec


def test_predict_prints_a_line_for_each_network() -> None:
    result = run("predict", "photo.png", "--target-psnr", "18", "--steps", "100")
    first, _, *lines = result.stdout.splitlines()
    assert first == "photo.png: 50×36, siren" and len(lines) > 10
    assert [line.strip()[0] for line in lines].count("*") == 1
    assert all(" dB " in line for line in lines)


def test_without_a_network_that_is_likely_to_do_there_is_no_star() -> None:
    assert "*" not in run("predict", "photo.png", "--target-psnr", "90").stdout


def test_predictions_as_json_are_those_of_python() -> None:
    result = run("predict", "photo.png", "--model", "enrp", "--json")
    fields = json.loads(result.stdout)
    assert fields["model"] == "enrp" and fields["input"] == "photo.png"
    python = inrcodec.predict("photo.png", model="enrp")
    assert [row["bytes"] for row in fields["networks"]] == [one.bytes for one in python]
    assert not any(one.meets_target for one in python)


def test_predict_takes_a_folder(folder: Path) -> None:
    (folder / "more").mkdir()
    Image.fromarray(crop_of_photo(20, 30)).save("more/a.png")
    Image.fromarray(crop_of_photo(30, 20)).convert("L").save("more/b.jpg")
    (folder / "more" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    result = run("predict", "more", "--json")
    assert result.exit_code == 6
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(o["input"]).name for o in objects] == ["a.png", "b.jpg", "bad.png"]
    assert "error" in objects[2] and "networks" in objects[1]


def test_what_is_not_predicted(folder: Path) -> None:
    soundfile.write("tone.wav", np.zeros(1000), 8000)
    refused(run("predict", "tone.wav"), 2, "tone.wav", "told of images alone")
    (folder / "empty").mkdir()
    refused(run("predict", "empty"), 2, "no image or audio file in it")
    refused(run("predict", "photo.png", "--model", "grid"), 2, "grid")


def test_encode_to_a_target_and_to_one_out_of_reach() -> None:
    run("encode", "photo.png", "--model", "siren", "--target-size", "900", "--steps", "30")
    assert Path("photo.inr").stat().st_size <= 900
    arguments = ("--model", "siren", "--target-psnr", "70", "--steps", "2", "--depth", "1")
    result = run("encode", "photo.png", "-o", "other.inr", "--quiet", *arguments)
    refused(result, 5, "photo.png", "70 dB cannot be reached; the nearest is")
    assert not Path("other.inr").exists()


def test_search_prints_every_network_and_how_to_encode() -> None:
    arguments = ("--max-bytes", "2kB", "--grid", "2", "--repeats", "1", "--steps", "8")
    lines = run("search", "photo.png", *arguments).stdout.splitlines()
    assert lines[0] == "photo.png: tiles of 25, 8 steps"
    assert lines[-1].startswith("best after ") and "--model enrp --tile 25 --width " in lines[-1]
    assert len(lines) > 4 and all("round " in line for line in lines[1:-1])


def test_search_as_json() -> None:
    arguments = ("--max-flops", "6M", "--repeats", "1", "--steps", "4", "--json")
    *tried, last = map(json.loads, run("search", "photo.png", *arguments).stdout.splitlines())
    assert all(o["cost"] <= 6e6 for o in tried)
    assert last["best"]["score"] == max(o["score"] for o in tried if not o["dropped"])


@pytest.mark.parametrize(
    "arguments, cause",
    [
        ((), "bytes or operations"),
        (("--max-bytes", "9", "--max-flops", "1G"), "one of them"),
        (("--max-bytes", "20"), "no network"),
        (("--max-flops", "much"), "no number of operations"),
    ],
)
def test_searches_that_cannot_be(arguments: tuple[str, ...], cause: str) -> None:
    refused(run("search", "photo.png", "--quiet", "--steps", "2", *arguments), 2, cause)
