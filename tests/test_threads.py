"""Objects that threads share, and what a process has after it has used the library."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import torch
from conftest import crop_of_photo
from grids import read_latents

import inrcodec
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.weights import read_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build
from inrcodec.devices import one_thread
from inrcodec.threads import limit_threads

THREADS = 8
RATE = 16000
Source = Path | bytes | BinaryIO


def as_path(data: bytes, folder: Path) -> Source:
    """A file on disk."""
    (folder / "file.inr").write_bytes(data)
    return folder / "file.inr"


def as_stream(data: bytes, folder: Path) -> Source:
    """A stream of the caller's, of which a position is the only one."""
    return io.BytesIO(data)


Place = Callable[[bytes, Path], Source]


def in_threads(action: Callable[[int], Any], times: int) -> list[list[Any]]:
    """What each of some threads gets of an action, which is told how often it was called."""

    def work(thread: int) -> list[Any]:
        return [action(thread + time) for time in range(times)]

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


@pytest.fixture(scope="module")
def images() -> dict[str, bytes]:
    """A tiled network and a latent grid, each of several parts that are read apart."""
    samples = crop_of_photo(32, 32)
    return {
        "enrp": inrcodec.encode(samples, model="enrp", tile=8, width=3, depth=1, steps=20).data,
        "grid": inrcodec.encode(samples, effort=1, fields={"block": 5, "levels": 2}).data,
    }


@pytest.fixture(scope="module")
def audio() -> bytes:
    """Several chunks, of which a file keeps fewer open."""
    wave = np.sin(np.arange(8000) / 9).astype(np.float32)[:, None]
    how = {"model": "enrp", "tile": 500, "width": 3, "depth": 1, "steps": 20}
    return inrcodec.encode(wave, rate=RATE, chunk=0.1, **how).data


@pytest.mark.parametrize("place", [as_path, as_stream])
def test_sections_are_read_by_many_threads(place: Place, tmp_path: Path) -> None:
    payloads = [bytes([item]) * 5000 for item in range(1, 65)]
    data = build(Section(b"SIGN", item, p) for item, p in enumerate(payloads, start=1))
    with Container(place(data, tmp_path)) as container:
        found = in_threads(lambda turn: container.read(b"SIGN", 1 + turn % 64)[0], 1000)
    assert found == [[1 + (t + n) % 64 for n in range(1000)] for t in range(THREADS)]


@pytest.mark.parametrize(
    ("model", "renders"),
    [
        ("enrp", 40),
        ("grid", 6),
        pytest.param("enrp", 1000, marks=pytest.mark.slow),
        pytest.param("grid", 100, marks=pytest.mark.slow),
    ],
)
def test_threads_render_parts_of_an_image(
    images: dict[str, bytes], model: str, renders: int, tmp_path: Path
) -> None:
    parts = [(x, y, 2, 2) for x in (2, 11, 20, 27) for y in (1, 10, 19, 28)]
    with inrcodec.open(images[model]) as alone:
        expected = [alone.render(region=part) for part in parts]
    with inrcodec.open(as_path(images[model], tmp_path)) as shared:
        found = in_threads(lambda turn: shared.render(region=parts[turn % 16]), renders)
    for thread, rendered in enumerate(found):
        for time, samples in enumerate(rendered):
            np.testing.assert_array_equal(samples, expected[(thread + time) % 16])


@pytest.mark.parametrize("renders", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_threads_render_parts_of_an_audio(audio: bytes, renders: int, tmp_path: Path) -> None:
    times = [(start / 20, start / 20 + 0.004) for start in range(10)]
    with inrcodec.open(audio) as alone:
        expected = [alone.render(time=time) for time in times]
        whole = alone.render()
    with inrcodec.open(as_path(audio, tmp_path)) as shared:
        found = in_threads(lambda turn: shared.render(time=times[turn % 10]), renders)
        for rendered in in_threads(lambda _: shared.render(), 3):
            for samples in rendered:
                np.testing.assert_array_equal(samples, whole)
    for thread, rendered in enumerate(found):
        for time, samples in enumerate(rendered):
            np.testing.assert_array_equal(samples, expected[(thread + time) % 10])


def test_threads_that_come_first_open_a_signal_once(
    images: dict[str, bytes], audio: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    read = Container.read

    def counted(self: Container, tag: bytes, item: int) -> bytes:
        opened.append(item)
        return read(self, tag, item)

    monkeypatch.setattr(Container, "read", counted)
    with inrcodec.open(images["grid"]) as shared:
        before = len(opened)
        in_threads(lambda _: shared.render(), 1)
        once = len(opened) - before
    with inrcodec.open(images["grid"]) as alone:
        before = len(opened)
        alone.render()
        assert once == len(opened) - before


def test_threads_that_want_one_thread_leave_the_others_theirs() -> None:
    own = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
            narrow, wide = one_thread(), one_thread()
            first.submit(narrow.__enter__).result()
            assert first.submit(torch.get_num_threads).result() == 1
            assert second.submit(torch.get_num_threads).result() == 3
            second.submit(wide.__enter__).result()
            first.submit(narrow.__exit__, None, None, None).result()
            second.submit(wide.__exit__, None, None, None).result()
            for pool in (first, second):
                assert pool.submit(torch.get_num_threads).result() == 3
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as later:
            assert later.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(own)


def test_one_thread_adds_in_the_order_of_one() -> None:
    own = torch.get_num_threads()
    left, right = torch.randn(1, 40, 12288), torch.randn(1, 12288, 40)
    found = []
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        with one_thread():
            found.append((left.sum(), torch.bmm(left, right)))
    torch.set_num_threads(own)
    for sum_, product in found[1:]:
        assert torch.equal(sum_, found[0][0])
        assert torch.equal(product, found[0][1])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
def test_opening_and_rendering_again_and_again_takes_no_more_memory(
    images: dict[str, bytes], audio: bytes, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.inr" for name in ("enrp", "audio", "grid")}
    for name, data in {**images, "audio": audio}.items():
        files[name].write_bytes(data)
    # The grid, which takes longest, less often.
    order = [*["enrp", "audio"] * 4, "grid"]

    def render(times: int) -> int:
        for turn in range(times):
            with inrcodec.open(files[order[turn % len(order)]]) as opened:
                opened.render()
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = render(60)
    assert render(300) - before < 5 << 20


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads within, torch's too."""
    own, environment = torch.get_num_threads(), dict(os.environ)
    limit_threads(count)
    try:
        yield
    finally:
        limit_threads(None)
        torch.set_num_threads(own)
        os.environ.clear()
        os.environ.update(environment)


# Sides that are no multiples of anything, so that nothing is split evenly.
ENCODES = {
    "grid": {"effort": 3},
    "siren": {"model": "siren", "steps": 4},
    "incode": {"model": "incode", "steps": 4},
    "coin++": {"model": "coin++", "steps": 4},
    "enrp": {"model": "enrp", "steps": 4},
    "minr": {"model": "minr", "steps": 4},
    "local-global": {"model": "local-global", "steps": 4},
}


@pytest.mark.parametrize("model", ENCODES)
def test_bytes_do_not_depend_on_the_number_of_threads(model: str) -> None:
    samples = crop_of_photo(61, 83)
    found = []
    for count in (1, 2, 4):
        with threads(count):
            found.append(inrcodec.encode(samples, **ENCODES[model]).data)
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_bytes_of_an_audio_do_not_depend_on_the_number_of_threads() -> None:
    wave = np.sin(np.arange(9001) / 9).astype(np.float32)[:, None]
    found = []
    for count in (1, 2, 4):
        with threads(count):
            found.append(inrcodec.encode(wave, rate=RATE, model="siren", steps=4).data)
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_decoded_symbols_do_not_depend_on_the_number_of_threads(
    images: dict[str, bytes],
) -> None:
    network = Container(images["enrp"])
    tiled = read_header(network)
    assert isinstance(tiled.spec, NetworkSpec)
    tiles = np.arange(tiled.spec.tiling(tiled.domain()).count)
    latents, symbols = [], []
    for count in (1, 2, 4):
        with threads(count):
            latents.append([*read_latents(images["grid"])])
            symbols.append(read_weights(network, tiled, tiles))
    for found in latents[1:]:
        for one, other in zip(latents[0], found, strict=True):
            np.testing.assert_array_equal(one, other)
    for weights in symbols[1:]:
        for name, one in symbols[0].items():
            np.testing.assert_array_equal(one, weights[name])


STATE = """
import os, random, signal, warnings
before = dict(os.environ)
import numpy as np
import torch
from PIL import Image
import inrcodec
import inrcodec.cli

def state():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    kept = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())
    return {
        "environment": dict(os.environ), "threads": torch.get_num_threads(), "handlers": handlers,
        "filters": list(warnings.filters), "Pillow": Image.MAX_IMAGE_PIXELS, "seeds": kept,
        "numpy": np.geterr(), "torch": torch.get_default_dtype(),
    }

assert dict(os.environ) == before
# Loads torch's compiler, which sets a variable and a filter of its own.
torch.optim.Adam([torch.zeros(1)])
own = state()
samples = np.arange(20 * 24 * 3, dtype=np.uint8).reshape(20, 24, 3)
for options in ({"effort": 2}, {"model": "siren", "steps": 2}):
    with inrcodec.open(inrcodec.encode(samples, **options).data) as opened:
        opened.render(scale=2)
found = state()
assert found == own, [name for name in own if found[name] != own[name]]
"""


def test_the_process_is_left_as_it_was() -> None:
    own = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    environment = {**own, "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", STATE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
