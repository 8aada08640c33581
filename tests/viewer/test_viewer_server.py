"""The viewer's server: what it serves, and what it does not."""

from __future__ import annotations

import http.client
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from conftest import SAMPLES, crop_of_photo
from PIL import Image
from vectors import VECTORS
from viewing import MODELS, levels_apart, serving

import inrcodec
from inrcodec.errors import UsageError
from inrcodec.viewer.catalog import Catalog
from inrcodec.viewer.server import ViewerServer

VALID = VECTORS / "valid"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of all kinds, one of which is damaged, and an original."""
    folder = tmp_path_factory.mktemp("served")
    for name in ("album-grid", "audio-grid-stereo", "enrp-gray-16-bit", "grid-rgba"):
        shutil.copy(VALID / f"{name}.inr", folder)
    (folder / "broken.inr").write_bytes(b"no .inr file")
    Image.fromarray(crop_of_photo(36, 50)).save(folder / "photo.png")
    inrcodec.encode(folder / "photo.png", effort=1).save(folder / "photo.inr")
    inrcodec.encode(folder / "photo.png", lossless=True).save(folder / "lossless.inr")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ViewerServer]:
    with serving(sorted(folder.glob("*.inr"))) as server:
        yield server


def ask(
    server: ViewerServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """An answer and its body; the path is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def number_of(server: ViewerServer, name: str) -> int:
    return [one.name for one in server.catalog.shown].index(name)


def get(server: ViewerServer, name: str, what: str) -> bytes:
    response, body = ask(server, f"/signals/{number_of(server, name)}/{what}")
    assert response.status == 200, body
    return body


def test_the_catalog_tells_of_every_signal_and_of_what_is_damaged(server: ViewerServer) -> None:
    catalog: dict[str, Any] = json.loads(ask(server, "/catalog")[1])
    names = {one["name"]: one for one in catalog["signals"]}
    assert {"mountain.png", "audio-grid-stereo.inr", "photo.inr"} <= names.keys()
    assert names["photo.inr"]["original"]["name"] == "photo.png"
    assert names["photo.inr"]["bytes"] == server.catalog.files[-1].stat().st_size
    assert names["enrp-gray-16-bit.inr"]["original"] is None
    assert "broken.inr" in catalog["errors"]


def test_ranges_are_parts_of_files(server: ViewerServer) -> None:
    data = server.catalog.files[-1].read_bytes()
    path = f"/files/{len(server.catalog.files) - 1}"
    for asked, expected in (
        ("bytes=0-7", data[:8]),
        ("bytes=100-", data[100:]),
        ("bytes=-5", data[-5:]),
        (f"bytes=10-{10 * len(data)}", data[10:]),
    ):
        response, body = ask(server, path, Range=asked)
        assert (response.status, body) == (206, expected)
        assert response.headers["Content-Range"].endswith(f"/{len(data)}")
    assert ask(server, path)[1] == data
    # What is no single range of bytes is as if it were not there.
    for asked in ("bytes=0-1,4-5", "bytes=-", "lines=1-2"):
        assert ask(server, path, Range=asked)[0].status == 200
    response, _ = ask(server, path, Range=f"bytes={len(data)}-")
    assert response.status == 416
    head, body = ask(server, path, "HEAD")
    assert (head.headers["Content-Length"], body) == (str(len(data)), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd",
        "/viewer/../rendering.py",
        "/viewer/%2e%2e/rendering.py",
        "/files/../photo.png",
        "/files/-1",
        "/files/999999999",
        "/signals/99/thumbnail",
        "/signals/0/original",
        "/signals/0/tile",
        "/signals/0/tile?scale=a&row=0&column=0",
        "/viewer/package.json",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(server: ViewerServer, path: str) -> None:
    assert ask(server, path)[0].status == 404


def test_names_of_other_sites_are_refused(server: ViewerServer) -> None:
    assert ask(server, "/catalog", Host="example.org")[0].status == 403
    assert ask(server, "/catalog", Host=f"localhost:{server.server_address[1]}")[0].status == 200


def test_tiles_are_what_python_renders(server: ViewerServer, folder: Path) -> None:
    image = inrcodec.open(folder / "enrp-gray-16-bit.inr")
    width, height = image.info.shape[::-1]
    size = json.loads(get(server, "enrp-gray-16-bit.inr", "tile?size"))
    assert size == {"width": width, "height": height}
    for scale, expected in ((0, image.render()), (-1, image.render(scale=2))):
        png = get(server, "enrp-gray-16-bit.inr", f"tile?scale={scale}&row=0&column=0")
        with Image.open(io.BytesIO(png)) as tile:
            assert levels_apart(np.asarray(tile), (expected[..., 0] / 257).round()) <= 1
    number = number_of(server, "enrp-gray-16-bit.inr")
    for place in ("scale=-9&row=0&column=0", "scale=0&row=7&column=0", "scale=99&row=0&column=0"):
        assert ask(server, f"/signals/{number}/tile?{place}")[0].status == 422


def test_lossless_tiles_are_exact(server: ViewerServer, folder: Path) -> None:
    png = get(server, "lossless.inr", "tile?scale=0&row=0&column=0")
    with Image.open(io.BytesIO(png)) as tile, Image.open(folder / "photo.png") as photo:
        assert np.array_equal(np.asarray(tile), np.asarray(photo))


def test_thumbnails_are_small_images(server: ViewerServer) -> None:
    for name in ("photo.inr", "grid-rgba.inr", "grün.tiff"):
        with Image.open(io.BytesIO(get(server, name, "thumbnail"))) as thumbnail:
            assert max(thumbnail.size) <= 360
    number = number_of(server, "audio-grid-stereo.inr")
    assert ask(server, f"/signals/{number}/thumbnail")[0].status == 422


def test_quality_is_that_of_the_original(server: ViewerServer, folder: Path) -> None:
    found = json.loads(get(server, "photo.inr", "quality"))
    original = np.asarray(Image.open(folder / "photo.png")).astype(float)
    error = np.mean((inrcodec.open(folder / "photo.inr").render() - original) ** 2)
    assert found["psnr_db"] == pytest.approx(10 * np.log10(255**2 / error), abs=1e-3)
    assert json.loads(get(server, "grid-rgba.inr", "quality")) == {}


def test_audio_is_a_wav_file_of_which_any_part_is_decoded(
    server: ViewerServer, folder: Path
) -> None:
    wav = get(server, "audio-grid-stereo.inr", "audio.wav")
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    expected = inrcodec.open(folder / "audio-grid-stereo.inr").render()
    assert (rate, samples.shape) == (8000, expected.shape)
    assert np.abs(samples - expected).max() <= 2**-15
    path = f"/signals/{number_of(server, 'audio-grid-stereo.inr')}/audio.wav"
    for start, stop in ((0, 20), (40, 50), (45, 47), (1003, 2411), (len(wav) - 3, len(wav))):
        response, part = ask(server, path, Range=f"bytes={start}-{stop - 1}")
        assert (response.status, part) == (206, wav[start:stop])


def test_originals_that_browsers_do_not_show_become_png(tmp_path: Path) -> None:
    shutil.copy(VALID / "grid-gray.inr", tmp_path / "a.inr")
    with Image.open(SAMPLES / "gray.png") as gray:
        gray.crop((0, 0, 41, 31)).save(tmp_path / "a.tif")
    with serving([tmp_path / "a.inr"]) as server:
        response, body = ask(server, "/signals/0/original")
        assert response.headers["Content-Type"] == "image/png"
        with Image.open(io.BytesIO(body)) as png:
            assert png.size == (41, 31)


def test_originals_are_found_where_they_are_named(tmp_path: Path) -> None:
    shutil.copy(VALID / "album-grid.inr", tmp_path)
    originals = tmp_path / "originals"
    originals.mkdir()
    for name in ("mountain.png", "logo.jpg", "a.png", "a.jpg"):
        Image.new("RGB", (8, 8)).save(originals / name)
    album = {tmp_path / "album-grid.inr": "album-grid.inr"}
    shown = Catalog.of(album, originals).shown
    assert [one.original and one.original.name for one in shown] == [
        "mountain.png",
        None,
        "logo.jpg",
    ]
    with pytest.raises(UsageError, match="the original of 3 signals"):
        Catalog.of(album, originals / "logo.jpg")
    single = {VALID / "grid-gray.inr": "a.inr"}
    assert Catalog.of(single, originals / "logo.jpg").shown[0].original == originals / "logo.jpg"
    # Which of two it is, nobody knows.
    assert Catalog.of(single, originals).shown[0].original is None


def test_the_page_has_all_that_it_names(server: ViewerServer) -> None:
    modules = ("/viewer/index.js", "/viewer/kernels.wasm", "/viewer/samples.wasm")
    for path in ("/", "/app.js", "/app.css", *modules):
        response, body = ask(server, path)
        assert response.status == 200
        assert body
    assert ask(server, "/viewer/kernels.wasm")[0].headers["Content-Type"] == "application/wasm"
    for model in MODELS.values():
        assert ask(server, f"/viewer/{model.name}")[1] == model.read_bytes()
