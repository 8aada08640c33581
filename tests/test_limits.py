"""Limits of memory and work: estimated from headers, refused before they are spent."""

from __future__ import annotations

import errno
import importlib
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.base import AUTO, Domain, Precision, Scope, Start, domain_of
from inrcodec.codecs.grid.renderer import GridRenderer
from inrcodec.codecs.grid.strips import HeldRows
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import EnrpSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.quantization import Quantized
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import LimitError
from inrcodec.limits import Cost, Limits, memory_errors, out_of_memory
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.views import View
from inrcodec.spreads import SpreadTable

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def grid() -> bytes:
    """A latent grid of 40×48."""
    return inrcodec.encode(crop_of_photo(40, 48), effort=1).data


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of memory, whose ways of measuring these are."""
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.product.memory")


TIERS = {"block": 6, "split": 2}


def near(estimate: float, measured: float) -> bool:
    """Within a factor of 1.5; what is small is as near as allocators let it."""
    return measured / 1.5 - (32 << 20) < estimate < 1.5 * measured + (32 << 20)


linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc, or RLIMIT_AS")


@linux
@pytest.mark.parametrize(
    "view",
    [
        {},
        pytest.param({"region": [0, 0, 512, 512]}, marks=pytest.mark.slow),
        pytest.param({"size": [8, 8]}, marks=pytest.mark.slow),
    ],
)
def test_memory_of_decoding_is_estimated(view: dict, memory: ModuleType, tmp_path: Path) -> None:
    small = inrcodec.encode(crop_of_photo(256, 256), effort=1, fields=TIERS).data
    warm, file = tmp_path / "warm.inr", tmp_path / "large.inr"
    warm.write_bytes(small)
    file.write_bytes(memory.repeated(small, 1024, 1024))
    estimate = memory.estimated("decode", file, view).memory
    assert near(estimate, memory.measured("decode", warm, file, view)[0])


@linux
@pytest.mark.parametrize(
    "options",
    [
        {"model": "enrp", "steps": 1},
        pytest.param({"effort": 1}, marks=pytest.mark.slow),
        pytest.param({"effort": 2}, marks=pytest.mark.slow),
    ],
)
def test_memory_of_encoding_is_estimated(options: dict, memory: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "x.npy"
    np.save(file, memory.photo(768, 1024))
    estimate = memory.estimated("encode", file, options).memory
    assert near(estimate, memory.measured("encode", file, file, options)[0])


@pytest.mark.parametrize("size", [(1 << 24, 1), (1, 1 << 24), (1 << 20, 1 << 20)])
def test_estimates_take_no_time_themselves(grid: bytes, size: tuple[int, int]) -> None:
    header, began = read_header(Container(grid)), time.process_time()
    assert header.decoding_cost(header.info.raster(View(size=size))).memory > 3 << 24
    assert time.process_time() - began < 0.1


def test_a_large_header_in_a_few_bytes_is_refused() -> None:
    data = inrcodec.encode(crop_of_photo(16, 16), model="siren", width=4, depth=0, steps=0).data
    container = Container(data)
    info = read_header(container).info
    assert isinstance(info, ImageInfo)
    signal = write_info(replace(info, height=1 << 24, width=1 << 24))
    sections = [Section(b"SIGN", 1, signal)]
    sections += [Section(tag, 1, container.read(tag, 1)) for tag in (b"NETW", b"ITEM")]
    with inrcodec.open(build(sections)) as claimed:
        began = time.process_time()
        with pytest.raises(LimitError, match="max-memory"):
            claimed.render()
        # A thumbnail of it is cheap.
        assert claimed.render(size=(4, 4)).shape == (4, 4, 3)
        assert time.process_time() - began < 0.5


def renderer_of(height: int, width: int) -> GridRenderer:
    samples = np.random.default_rng(1).random((3, height, width), np.float32)
    return GridRenderer(
        HeldRows(samples), Region.whole((height, width)), ImageInfo(height, width, 3, 8)
    )


@pytest.mark.parametrize("shape", [(1_000_000, 1), (1, 1_000_000)])
def test_a_long_grid_is_reduced_in_proportion_to_its_samples(shape: tuple[int, int]) -> None:
    renderer = renderer_of(*shape)
    began = time.process_time()
    pixel = renderer.render(Raster(Region.whole(shape), (1, 1)))
    assert time.process_time() - began < 3
    count = 1_000_000
    places = np.arange(-3 * count, 4 * count)
    at = (places + 0.5) / count - 0.5
    weights = np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0)
    sums = np.bincount(places.clip(0, count - 1), weights, count) / weights.sum()
    expected = renderer.samples.reshape(3, count) @ sums * 255
    assert np.abs(pixel.reshape(3) - expected).max() < 1


@pytest.mark.parametrize(
    ("spec", "side"),
    [
        (SirenSpec(1024, 12, 30.0, 30.0), 8),
        (EnrpSpec(width=2048, depth=0, omega_0=30.0, omega=30.0, activation=1, tile=1), 36),
    ],
)
def test_many_weights_in_a_few_bytes_take_what_is_estimated(spec: NetworkSpec, side: int) -> None:
    info = ImageInfo(side, side, 1, 8)
    weights = zeros(spec, domain_of(info))
    sections = [
        model_section(spec, Precision(AUTO)),
        *write_weights(spec, domain_of(info), weights),
    ]
    data = build([Section(b"SIGN", 1, write_info(info)), *sections])
    header = read_header(Container(data))
    estimate = header.decoding_cost(header.raster(View())).memory
    assert estimate > 20 * len(data)
    image = inrcodec.open(data)
    tracemalloc.start()
    try:
        image.render()
        assert near(estimate, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def zeros(spec: NetworkSpec, domain: Domain) -> Quantized:
    """Weights of no steps, from their starts where they can be."""
    symbols, tables = dict[str, Any](), dict[str, SpreadTable]()
    kept = kept_starts(spec, domain, Start(), np.zeros(0, np.int64))
    for tensor in spec.tensors(domain):
        rows = spec.tiling(domain).count if tensor.scope is Scope.TILE else 1
        symbols[tensor.name] = np.zeros((rows, *tensor.shape), np.int32)
        tables[tensor.name] = SpreadTable(100, 0, 0, tensor.name in kept)
    return Quantized(symbols, tables)


def test_a_long_output_is_drawn_part_by_part() -> None:
    renderer, whole = renderer_of(6, 5), Region.whole((6, 5))
    long = renderer.render(Raster(whole, (1, 150_000)))
    # Every 30,000 outputs are a pixel; where they are many, neighbors are alike.
    assert np.abs(np.diff(long.astype(int), axis=1)).max() <= 1


def test_what_says_that_memory_ran_out() -> None:
    told = (
        MemoryError(),
        RuntimeError("std::bad_alloc"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("can't start new thread"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError("libtorch_cpu.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
    )
    for error in told:
        assert out_of_memory(error)
        with pytest.raises(LimitError, match="not enough memory") as caught, memory_errors():
            raise error
        assert caught.value.__cause__ is error
    for other in (
        RuntimeError("shapes differ"),
        OSError(errno.ENOENT, "none"),
        ValueError("memory"),
    ):
        assert not out_of_memory(other)
        with pytest.raises(type(other)), memory_errors():
            raise other


def test_costs_of_what_follows_and_of_what_is_beside() -> None:
    one, other = Cost(10, 1), Cost(4, 5)
    assert one + other == Cost(14, 6)
    assert one.then(other) == Cost(10, 6)
    Limits(14, 6).check(one + other)
    with pytest.raises(LimitError, match="a view would take 14 bytes of memory; 13 bytes"):
        Limits(13, 6).check(one + other, "a view")
    with pytest.raises(LimitError, match="--max-work"):
        Limits(14, 5).check(one + other)


def in_little_memory(mebibytes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inrcodec", *map(str, arguments)]
    script = 'ulimit -v "$1"; shift; exec "$@"'
    return subprocess.run(
        ["sh", "-c", script, "sh", str(mebibytes << 10), *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def ends_well(mebibytes: int, output: Path, *arguments: object) -> bool:
    """Whether a command succeeds; if it does not, it says so in a line and leaves nothing."""
    done = in_little_memory(mebibytes, *arguments, "-o", output)
    before = (mebibytes, done.stderr)
    if done.returncode == 0:
        assert output.stat().st_size > 0
        output.unlink()
        return True
    assert done.returncode == LimitError.exit_code, before
    assert done.stderr.startswith("inrcodec: "), before
    assert done.stderr.count("\n") == 1, before
    assert not list(output.parent.iterdir()), before
    return False


@pytest.fixture
def commands(grid: bytes, tmp_path: Path) -> list[tuple[object, ...]]:
    from PIL import Image

    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "grid.inr").write_bytes(grid)
    Image.fromarray(crop_of_photo(40, 48)).save(kept / "x.png")
    return [
        ("decode", kept / "grid.inr"),
        ("encode", kept / "x.png", "--effort", 1),
        ("encode", kept / "x.png", "--model", "enrp", "--steps", 5),
    ]


@linux
def test_too_little_memory_is_told_in_a_line(
    commands: list[tuple[object, ...]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert not ends_well(205, out / "x.png", *commands[0])
    assert not ends_well(205, out / "x.inr", *commands[1])
    assert not ends_well(717, out / "x.inr", *commands[2])


@linux
@pytest.mark.slow
def test_any_amount_of_memory_ends_well(commands: list[tuple[object, ...]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for number, command in enumerate(commands):
        output = out / ("x.inr" if number else "x.png")
        for tenths in range(1, 200):
            if ends_well(tenths * 1024 // 10, output, *command):
                break
        else:
            pytest.fail(f"{command} never succeeds")
