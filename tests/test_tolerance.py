"""What two decoders may differ by, on the audio signals that a constant was false for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from conftest import ROOT
from vectors import apart, reference

import inrcodec
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build

CLIPS = ROOT.parent / "shared" / "data" / "audio"
FRAMES = 4096
WHOLE = {"width": 24, "depth": 3, "omega": 30.0}
MODELS = {
    "siren": WHOLE,
    "siren of omega 100": {**WHOLE, "omega": 100.0},
    "local-global": {"omega": 30.0},
    "enrp": {},
    "incode": WHOLE,
    "minr": WHOLE,
    "loe": {},
    "coin++": WHOLE,
}


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def decoded(data: bytes) -> list[np.ndarray]:
    """By the package on one thread and on two, by the reference decoder in binary32 and in
    binary64."""
    ours = []
    for count in (1, 2):
        with threads(count), inrcodec.open(data) as signal:
            ours.append(signal.render())
    theirs = [reference.decode(data, precision=kind) for kind in (np.float32, np.float64)]
    return [*ours, *theirs]


def farthest(data: bytes) -> float:
    """The largest difference of samples of any two decoders."""
    return max(apart(a, b) for a, b in combinations(decoded(data), 2))


def audio(name: str) -> tuple[np.ndarray, int]:
    """Part of an audio signal, as floats, which no rounding to levels hides."""
    path: Path = CLIPS / f"{name}.wav"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the reference data")
    samples, rate = soundfile.read(path, frames=FRAMES, start=16_000, dtype="float32")
    return samples, rate


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["gt_bach", "gt_counting", "librispeech_clip_16k"])
def test_decoders_agree_on_audio(name: str, model: str) -> None:
    samples, rate = audio(name)
    options = {
        "model": model.split()[0],
        "effort": 1,
        "steps": 6,
        "device": "cpu",
        "precision": "fp16",
    }
    data = inrcodec.encode(samples, rate=rate, **options, **MODELS[model]).data
    seen, tolerance = farthest(data), reference.tolerance(data)
    assert seen <= tolerance
    # And it says something.
    assert tolerance <= 600 * seen


def with_omega(data: bytes, omega: float) -> bytes:
    """A SIREN's file with another factor in all layers but the first."""
    container = Container(data)
    spec = read_header(container).spec
    assert isinstance(spec, SirenSpec)
    header = model_section(replace(spec, omega=omega)).payload
    sign, weights = (Section(tag, 1, container.read(tag, 1)) for tag in (b"SIGN", b"ITEM"))
    return build([sign, Section(b"NETW", 1, header), weights])


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def test_steeper_networks_have_more_tolerance_and_need_it() -> None:
    options = {"width": 16, "depth": 4, "omega": 30.0, "steps": 0, "precision": "fp16"}
    data = inrcodec.encode(noise(0, 4000), rate=8000, model="siren", **options).data
    steep = with_omega(data, 150.0)
    assert farthest(data) <= reference.tolerance(data) < 2**-14
    assert 2**-14 < farthest(steep) <= reference.tolerance(steep) < 1


@pytest.mark.parametrize("activation", ["gaussian", "wire", "finer", "fourier", "relu", "incode"])
def test_decoders_agree_on_other_activations(activation: str) -> None:
    options = {"model": "siren", "width": 16, "depth": 3, "steps": 4, "device": "cpu"}
    data = inrcodec.encode(noise(1, 4000), rate=8000, activation=activation, **options).data
    assert farthest(data) <= reference.tolerance(data) < np.inf


@pytest.mark.parametrize("omega", [30.0, 100.0, 300.0])
def test_decoders_agree_on_images_of_16_bits(omega: float) -> None:
    pixels = (noise(2, 40, 48, 3) * 32_767 + 32_768).astype(np.uint16)[..., :1]
    options = {"model": "siren", "width": 24, "depth": 3, "steps": 4, "device": "cpu"}
    data = inrcodec.encode(pixels, omega=omega, **options).data
    assert farthest(data) <= reference.tolerance(data) < np.inf


def test_where_matrices_alternate_faster_than_binary32_tells_nothing_is_promised() -> None:
    """Of 10^6 cells, all centers of 100 samples lie just beyond a border."""
    data = (ROOT / "tests" / "corpus" / "undecided.inr").read_bytes()
    assert farthest(data) > reference.tolerance(data)
    assert not reference.decided(data).any()


def test_what_overflows_on_the_way_is_promised_nothing() -> None:
    data = (ROOT / "tests" / "corpus" / "powers.inr").read_bytes()
    assert reference.tolerance(data) == np.inf


@pytest.mark.parametrize("name", ["loe", "loe-leaky-relu", "audio-loe", "grid-gray", "siren-rgb"])
def test_of_ordinary_files_all_samples_are_decided(name: str) -> None:
    assert reference.decided((ROOT / f"formats/vectors/valid/{name}.inr").read_bytes()).all()
