"""The viewer in a headless Chromium."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from conftest import crop_of_photo
from PIL import Image
from vectors import VECTORS
from viewing import Pixels, as_rgba, levels_apart, needs_chromium, serving

import inrcodec
from benchmarks.browser import Tab, open_tab
from inrcodec.viewer.server import ViewerServer

pytestmark = needs_chromium

IMAGE = "document.querySelector('inr-image')"
SIZE = (400, 300)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewerServer]:
    """A photograph in tiers with filters beside its original, a network, and audio."""
    folder = tmp_path_factory.mktemp("viewed")
    Image.fromarray(crop_of_photo(300, 400)).save(folder / "a.png")
    fields = {"block": 6, "split": 2, "levels": 5}
    inrcodec.encode(folder / "a.png", effort=2, fields=fields).save(folder / "a.inr")
    shutil.copy(VECTORS / "valid" / "siren-rgb.inr", folder / "b.inr")
    shutil.copy(VECTORS / "valid" / "audio-grid-stereo.inr", folder / "c.inr")
    with serving(sorted(folder.glob("*.inr"))) as server:
        yield server


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with open_tab(tmp_path_factory.mktemp("profile")) as tab:
        tab.resize(640, 480)
        yield tab


def show(tab: Tab, server: ViewerServer, number: int) -> None:
    """Open the page of an image, and wait until all that is seen is drawn."""
    tab.go("about:blank")
    tab.go(f"{server.url}#{number}")
    tab.wait(IMAGE)
    tab.run(f"{IMAGE}.addEventListener('settle', () => (window.settled = true)); 0")
    settle(tab)


def settle(tab: Tab) -> None:
    tab.wait("window.settled")


def look_at(tab: Tab, x: float, y: float, zoom: float) -> None:
    """Show a part of the image, and wait until it is drawn."""
    tab.run(f"window.settled = false; {IMAGE}.show({x}, {y}, {zoom}); 0")
    settle(tab)


def drawn(tab: Tab, left: int, top: int, width: int, height: int) -> Pixels:
    """RGBA of a part of the canvas."""
    code = f"""(() => {{
        const {{ data }} = {IMAGE}.context.getImageData({left}, {top}, {width}, {height});
        return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
    }})()"""
    data = np.frombuffer(base64.b64decode(tab.run(code)), np.uint8)
    return data.reshape(height, width, 4)


def test_pixels_are_pythons(tab: Tab, server: ViewerServer) -> None:
    show(tab, server, 0)
    width, height = (int(tab.run(f"{IMAGE}.canvas.{side}")) for side in ("width", "height"))
    image = inrcodec.open(server.catalog.files[0])
    # A pixel for a pixel, and two and four for one.
    for zoom, region in ((1, (110, 90, 160, 120)), (2, (150, 120, 80, 60)), (4, (10, 12, 40, 30))):
        x, y, w, h = region
        # The region's corner is that of a pixel of the canvas.
        center_x, center_y = x + width // 2 % 2 / 2 + w // 2, y + h // 2
        look_at(tab, center_x + width % 2 / 2 / zoom, center_y + height % 2 / 2 / zoom, zoom)
        left, top = (round(v) for v in tab.run(f"{IMAGE}.view.place({x}, {y})"))
        left, top = max(0, left), max(0, top)
        expected = as_rgba(image.render(region=region, size=(w * zoom, h * zoom)))
        found = drawn(tab, left, top, w * zoom, h * zoom)
        assert levels_apart(found, expected) <= 1, zoom


def test_a_network_is_rendered_by_the_server(tab: Tab, server: ViewerServer) -> None:
    show(tab, server, 1)
    assert tab.run(f"{IMAGE}.image.constructor.name") == "ServedImage"
    image = inrcodec.open(server.catalog.files[1])
    height, width = image.info.shape
    look_at(tab, width / 2, height / 2, 4)
    left, top = (round(v) for v in tab.run(f"{IMAGE}.view.place(0, 0)"))
    found = drawn(tab, left, top, 4 * width, 4 * height)
    assert levels_apart(found, as_rgba(image.render(scale=4))) <= 1


def test_the_page_compares_with_the_original(tab: Tab, server: ViewerServer) -> None:
    show(tab, server, 0)
    tab.wait("document.querySelector('#facts').textContent.includes('PSNR')")
    tab.run("[...document.querySelectorAll('button')].at(-1).click(); 0")
    tab.wait("document.querySelector('.original img').naturalWidth === 400")
    assert not tab.run("document.querySelector('.handle').hidden")


def test_wheel_and_keys_zoom(tab: Tab, server: ViewerServer) -> None:
    show(tab, server, 0)
    before = tab.run(f"{IMAGE}.view.zoom")
    wheel = {"type": "mouseWheel", "x": 320, "y": 300, "deltaX": 0, "deltaY": -300}
    tab.send("Input.dispatchMouseEvent", **wheel)
    tab.wait(f"Math.abs({IMAGE}.view.zoom / {before} - 2) < 0.01")
    for kind in ("keyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, key="0", text="0" * (kind == "keyDown"))
    tab.wait(f"{IMAGE}.view.zoom === {before}")


def test_audio_has_a_spectrogram_and_plays(tab: Tab, server: ViewerServer) -> None:
    tab.go("about:blank")
    tab.go(f"{server.url}#2")
    tab.wait("document.querySelector('canvas') && !document.querySelector('.message')")
    painted = """(() => {
        const canvas = document.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, k) => k % 4 < 3 && value > 60).length / data.length;
    })()"""
    assert tab.run(painted) > 0.05
    tab.wait("Math.abs(document.querySelector('audio').duration - 0.75) < 0.01")


def test_the_gallery_leads_to_every_signal(tab: Tab, server: ViewerServer) -> None:
    tab.go("about:blank")
    tab.go(server.url)
    tab.wait("document.querySelectorAll('.gallery a').length === 3")
    tab.wait("[...document.querySelectorAll('.gallery img')].every((one) => one.naturalWidth)")
    tab.run("document.querySelector('.gallery a').click(); 0")
    tab.wait(f"{IMAGE}?.view")
    assert tab.run("document.querySelector('h1').textContent") == "a.inr"
