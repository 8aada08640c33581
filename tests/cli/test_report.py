"""`inrcodec report`: a page on a folder of encoded files, whole in itself."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import folder, refused, run
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.report.gallery import Gallery, Part
from inrcodec.report.histogram import histogram
from inrcodec.report.originals import Originals
from inrcodec.signal.metrics import psnr

__all__ = ["folder"]

HOSTILE = "<script>alert(1)<∕script>&.inr"


class Reader(HTMLParser):
    """What a page holds: tags that are open, images, texts of rows."""

    VOID = ("meta", "img", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "tr" in self.open:
            self.rows[-1] += f" {data}"

    def images(self) -> list[Image.Image]:
        sources = [attributes["src"] or "" for tag, attributes in self.tags if tag == "img"]
        data = (base64.b64decode(source.partition("base64,")[2]) for source in sources)
        return [Image.open(io.BytesIO(one)) for one in data]


@pytest.fixture
def photos(folder: Path) -> Path:
    """Two images and a sound, in `photos`, and encoded, the first more coarsely, in `encoded`."""
    Path("photos").mkdir()
    Path("encoded").mkdir()
    for name, quality in (("a", 5), ("b", 80)):
        Image.fromarray(crop_of_photo(48, 64)).save(f"photos/{name}.png")
        inrcodec.encode(f"photos/{name}.png", effort=1, quality=quality).save(f"encoded/{name}.inr")
    tone = (0.3 * np.sin(np.arange(8000) * 0.3)).astype(np.float32)
    soundfile.write("photos/song.wav", tone, 16000, "PCM_16")
    inrcodec.encode("photos/song.wav", effort=1).save("encoded/song.inr")
    return folder


def page() -> Reader:
    return Reader(Path("report.html").read_text())


def test_a_row_for_each_file_tells_rate_and_quality(photos: Path) -> None:
    result = run("report", "encoded", "--original", "photos", "--json")
    assert result.exit_code == 0, result.output
    a, b, song = map(json.loads, result.stdout.splitlines())
    assert a["original"] == "a.png"
    assert a["bytes"] == Path("encoded/a.inr").stat().st_size
    assert a["bits_per_pixel"] == pytest.approx(8 * a["bytes"] / (48 * 64))
    assert a["psnr_db"] == pytest.approx(
        psnr(crop_of_photo(48, 64), inrcodec.decode("encoded/a.inr"))
    )
    assert b["psnr_db"] > a["psnr_db"] and b["ssimulacra2"] > a["ssimulacra2"]
    assert song["snr_db"] > 10 and song["kbps"] > 0
    _, *rows = page().rows
    for row, fields in zip(rows, (a, b, song), strict=True):
        assert Path(fields["input"]).name in row
        assert f" {fields['bytes']:,} " in row
        assert f"{fields['psnr_db']:.2f}" in row
    assert f"step {a['network']['step']}" in rows[0]


def test_the_page_shows_thumbnails_and_the_worst_regions(photos: Path) -> None:
    run("report", "encoded", "--original", "photos", "--worst", 1)
    original, decoded, *others = page().images()
    assert np.array_equal(np.asarray(original), crop_of_photo(48, 64))
    assert np.array_equal(np.asarray(decoded), inrcodec.decode("encoded/a.inr"))
    assert [image.format for image in others] == ["PNG", "PNG", "JPEG", "JPEG", "JPEG"]
    assert [image.size for image in others[2:4]] == [(64, 48), (64, 48)]


def test_the_page_loads_nothing(photos: Path) -> None:
    run("report", "encoded", "--original", "photos")
    text, found = Path("report.html").read_text(), page()
    assert not found.open
    for tag, attributes in found.tags:
        assert tag not in ("link", "iframe", "object", "a")
        for name in ("src", "href", "data"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert "http:" not in text and "https:" not in text and "url(" not in text
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', text)
    assert policy.startswith("default-src 'none'; img-src data:;")
    for part in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.S):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_histograms_are_drawn_and_said(photos: Path) -> None:
    run("report", "encoded", "--original", "photos")
    said = [attributes["aria-label"] for tag, attributes in page().tags if tag == "svg"]
    assert [line.partition(":")[0].removeprefix("Histogram of ") for line in said] == [
        "bpp (images)",
        "kbit/s (audio files)",
        "PSNR, dB (images)",
        "SSIMULACRA2 (images)",
        "SNR, dB (audio files)",
    ]


def test_damaged_files_stand_in_the_page(photos: Path) -> None:
    data = Path("encoded/b.inr").read_bytes()
    Path("encoded/cut.inr").write_bytes(data[: len(data) // 2])
    Path("encoded/other.inr").write_text("no .inr file")
    result = run("report", "encoded", "--original", "photos", "--json")
    assert result.exit_code == 6
    errors = [json.loads(line) for line in result.stdout.splitlines() if "error" in line]
    assert [(e["input"], e["exit_code"]) for e in errors] == [
        ("encoded/cut.inr", 3),
        ("encoded/other.inr", 3),
    ]
    assert len(result.stderr.splitlines()) == 2
    rows = page().rows
    for error in errors:
        assert any(Path(error["input"]).name in row and error["error"] in row for row in rows)
    assert "2 failed" in run("report", "encoded", "--force").stdout


def test_an_original_that_does_not_fit_is_told(photos: Path) -> None:
    Image.fromarray(crop_of_photo(24, 64)).save("photos/a.png")
    result = run("report", "encoded", "--original", "photos")
    assert result.exit_code == 6
    assert "photos/a.png: cannot compare: height 24 and 48" in result.stderr


def test_names_are_text(photos: Path) -> None:
    for name in (HOSTILE, "line\nend.inr", os.fsdecode(b"\xff.inr")):
        shutil.copy("encoded/a.inr", Path("encoded", name))
    shutil.copy("photos/a.png", Path("photos", os.fsdecode(b"\xff.png")))
    assert run("report", "encoded", "--original", "photos").exit_code == 0
    text = Path("report.html").read_text()
    assert r"original: \xff.png" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert r"line\nend.inr" in text


def test_without_originals_there_is_no_quality(photos: Path) -> None:
    fields = [json.loads(line) for line in run("report", "encoded", "--json").stdout.splitlines()]
    assert [one["original"] for one in fields] == [None] * 3
    assert not any("psnr_db" in one for one in fields)
    assert all("no original" in row for row in page().rows[1:])


def test_items_of_an_album_have_rows(photos: Path) -> None:
    run("encode", "photos/a.png", "photos/b.png", "-o", "photos/album.inr", "--effort", 1)
    a, b = map(json.loads, run("report", "photos", "--json").stdout.splitlines())
    assert (a["name"], a["original"]) == ("a.png", "a.png")
    assert b["psnr_db"] > 20
    assert "album.inr: a.png" in page().rows[1]


def test_what_cannot_be_reported_is_refused(photos: Path) -> None:
    Path("empty").mkdir()
    refused(run("report", "empty"), 2, "empty", "no .inr file")
    refused(run("report", "photo.png"), 2, "photo.png", "no folder")
    Path("report.html").write_text("mine")
    refused(run("report", "encoded"), 1, "report.html exists")
    assert Path("report.html").read_text() == "mine"


def test_originals_are_found_by_name() -> None:
    originals = Originals(["a.png", "b.png", "b.jpg", "in/c.flac"])
    assert originals.of("a.inr") == "a.png"
    assert originals.of("b.png.inr") == "b.png"
    assert originals.of("in/c.inr") == "in/c.flac"
    assert originals.of("c.inr") is None
    assert originals.of("in/album.inr", "c.flac") == "in/c.flac"
    assert originals.of("album.inr", "a") == "a.png"
    with pytest.raises(inrcodec.UsageError, match=r"b\.jpg, b\.png"):
        originals.of("b.inr")


def test_a_gallery_keeps_the_worst() -> None:
    taken: list[float] = []

    def parts(quality: float) -> list[Part]:
        taken.append(quality)
        return []

    with Gallery(2) as gallery:
        for quality in (30.0, 20.0, 40.0, 25.0, 10.0, float("inf"), 50.0):
            gallery.judge("image", quality, f"{quality:g}", lambda q=quality: parts(q))
        assert [worst.name for worst in gallery.worst()] == ["10", "20"]
    assert taken == [30.0, 20.0, 25.0, 10.0]


@pytest.mark.parametrize(
    "values", [[1.0], [0.0, 0.0], [1e-3, 2e-3], [-5.0, 95.0], [30.0, 30.0001], [1e6, 3e6]]
)
def test_every_value_is_in_a_bar(values: list[float]) -> None:
    drawn = histogram(values, "dB")
    counts = [int(n) for n in re.findall(r"<title>.*: (\d+)</title>", drawn)]
    assert sum(counts) == len(values)
    assert len(counts) <= 16
