"""`inrcodec bench`: a signal's curve beside other codecs."""

from __future__ import annotations

import io
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from commands import files, folder, refused, run, size_of
from conftest import crop_of_photo
from PIL import Image, ImageChops

import inrcodec
from inrcodec.rivals import audio
from inrcodec.rivals.curves import Original, Own, Point, bd_rate, draw, points_of
from inrcodec.rivals.images import (
    CODECS,
    LOSSLESS,
    PSNR,
    VISUAL,
    ImageCodec,
    decoded,
    tuned_for,
)
from inrcodec.signal import Signal
from inrcodec.signal.metrics import psnr

__all__ = ["folder"]

QUICK = ("webp", "jpeg", "jpeg 4:4:4")


@pytest.fixture(autouse=True)
def few_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what encodes at once."""
    monkeypatch.setattr("inrcodec.rivals.images.CODECS", {name: CODECS[name] for name in QUICK})


def test_bench_prints_curves_and_draws_them() -> None:
    result = run("bench", "photo.png", "--effort", 1)
    assert result.exit_code == 0, result.output
    title, head, own, *others = result.stdout.splitlines()
    assert title == "photo.png, 50×36: bits per pixel and PSNR in dB"
    assert head.split() == ["codec", "BD-rate", "seconds"]
    assert own.startswith("inrcodec ") and "%" not in own
    assert [line[:25].strip() for line in others] == [*QUICK]
    assert all(" % " in line for line in others)
    assert files() == {"photo.png", "photo.bench.png"}
    assert size_of("photo.bench.png")[0] > 600


def test_points_are_of_whole_files() -> None:
    fields = json.loads(run("bench", "photo.png", "--effort", 1, "--json").stdout)
    assert (fields["metric"], fields["output"]) == ("psnr_db", "photo.bench.png")
    own, *_, jpeg = fields["codecs"]
    with Image.open("photo.png") as image:
        data = CODECS["jpeg 4:4:4"].encode(image, CODECS["jpeg 4:4:4"].settings[2])
    assert jpeg["points"][2]["bytes"] == len(data)
    assert jpeg["points"][2]["psnr_db"] == pytest.approx(psnr(crop_of_photo(36, 50), decoded(data)))
    encoded = inrcodec.encode("photo.png", effort=1, lmbda=Own().settings[3])
    assert own["points"][3]["psnr_db"] == pytest.approx(encoded.psnr_db)
    # Of the file's metadata nothing is in what all codecs are given.
    assert own["points"][3]["bytes"] == pytest.approx(len(encoded.data), abs=40)
    assert own["bd_rate_percent"] is None
    assert jpeg["bd_rate_percent"] < 0


def test_for_the_eye_codecs_are_tuned_and_measured_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[object] = []
    encode = Own.encode

    def noted(own: Own, image: Image.Image, setting: float) -> bytes:
        chosen.append(own.options["tune"])
        return encode(own, image, setting)

    monkeypatch.setattr(Own, "encode", noted)
    options = ("--effort", 1, "--metric", "ssimulacra2", "-o", "curve.png")
    result = run("bench", "photo.png", *options, "--json")
    fields = json.loads(result.stdout)
    assert chosen == ["visual"] * 6
    assert fields["metric"] == "ssimulacra2"
    scores = [point["ssimulacra2"] for point in fields["codecs"][0]["points"]]
    assert min(scores) < max(scores) < 100
    assert Path("curve.png").exists()


def test_codecs_are_at_their_best_for_the_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrcodec.rivals.images.CODECS", CODECS)
    by_psnr, by_eye = tuned_for(PSNR), tuned_for(VISUAL)
    assert by_psnr["avif psnr, speed 2"].fixed["advanced"] == {"tune": "psnr"}
    assert by_eye["avif iq, speed 2"].fixed["advanced"] == {"tune": "iq"}
    assert not any("psnr" in name for name in by_eye)
    for codecs in (by_psnr, by_eye):
        assert {"jpeg", "jpeg 4:4:4", "webp", "jpeg xl, effort 7"} <= {*codecs}
        assert codecs["webp"].fixed["method"] == 6
        assert codecs["jpeg"].fixed == {"optimize": True, "progressive": True}


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_has_a_curve(name: str) -> None:
    original = Original.of_image(Image.fromarray(crop_of_photo(36, 50)))
    CODECS[name].load()
    points = [point() for point in points_of(original, CODECS[name], {PSNR: psnr})]
    assert len(points) == 6
    assert points[0].rate < points[-1].rate
    assert points[0].qualities[PSNR] < points[-1].qualities[PSNR]


def test_without_loss_files_are_compared() -> None:
    result = run("bench", "photo.png", "--lossless", "--effort", 1)
    assert result.exit_code == 0, result.output
    title, head, own, *others = result.stdout.splitlines()
    assert title == "photo.png, 50×36: bits per pixel, lossless"
    assert head.split() == ["codec", "bytes", "seconds"]
    assert own.startswith("inrcodec ") and "%" not in own
    assert [line[:25].strip() for line in others] == [*LOSSLESS]
    assert files() == {"photo.png"}
    fields = json.loads(run("bench", "photo.png", "--lossless", "--effort", 1, "--json").stdout)
    assert (fields["lossless"], fields["output"]) == (True, None)
    sizes = {codec["name"]: codec["points"][0]["bytes"] for codec in fields["codecs"]}
    with Image.open("photo.png") as image:
        image.save("best.webp", lossless=True, quality=100, method=6)
    assert sizes["webp"] == Path("best.webp").stat().st_size
    encoded = inrcodec.encode(crop_of_photo(36, 50), lossless=True, effort=1)
    assert sizes["inrcodec"] == len(encoded.data)
    for codec in fields["codecs"]:
        # What all of them decode to is the image itself.
        assert [point["psnr_db"] for point in codec["points"]] == [None]
        percent = codec["bd_rate_percent"]
        if percent is not None:
            assert percent == pytest.approx(100 * (sizes["inrcodec"] / sizes[codec["name"]] - 1))


def test_png_takes_a_palette_where_that_is_smaller() -> None:
    noise = np.random.default_rng(0).integers(0, 6, (40, 50))
    few = Image.fromarray(np.array([[9, 200, 7 * k] for k in range(6)], np.uint8)[noise])
    data = LOSSLESS["png"].encode(few, 9)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "P"
    np.testing.assert_array_equal(decoded(data), np.asarray(few))


def test_bd_rate_is_the_rate_that_is_saved() -> None:
    curve = [Point(0.1 * 2**k, {PSNR: 30.0 + k}, 0.0) for k in range(5)]
    half = [Point(point.rate / 2, point.qualities, 0.0) for point in curve]
    assert bd_rate(curve, half, PSNR) == pytest.approx(-50)
    assert bd_rate(half, curve, PSNR) == pytest.approx(100)
    # A point that takes more bytes for less is none of the curve's.
    worse = [*half, Point(0.3, {PSNR: 29.0}, 0.0)]
    assert bd_rate(curve, worse, PSNR) == pytest.approx(-50)


def test_curves_of_other_qualities_have_no_bd_rate() -> None:
    low, high = (
        [Point(0.1 * 2**k, {PSNR: least + k}, 0.0) for k in range(4)] for least in (20.0, 40.0)
    )
    lossless = [Point(4.0, {PSNR: math.inf}, 0.0)]
    assert math.isnan(bd_rate(low, high, PSNR))
    assert math.isnan(bd_rate(low, lossless, PSNR))
    assert bd_rate(low, low + lossless, PSNR) == pytest.approx(0)
    assert draw({"low": low, "lossless": lossless}, PSNR, "PSNR", "").startswith(b"\x89PNG")


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = ImageCodec("NONE", "quality", (1, 2), (), {}, "no_such_plugin")
    with_absent = {"webp": CODECS["webp"], "none": absent}
    monkeypatch.setattr("inrcodec.rivals.images.CODECS", with_absent)
    for name in ("bjontegaard", "matplotlib"):
        monkeypatch.setitem(sys.modules, name, None)
    fields = json.loads(run("bench", "photo.png", "--effort", 1, "--json").stdout)
    assert fields["absent"] == ["none"]
    assert [codec["name"] for codec in fields["codecs"]] == ["inrcodec", "webp"]
    assert fields["output"] is None
    assert files() == {"photo.png"}
    assert {codec["bd_rate_percent"] for codec in fields["codecs"]} == {None}
    for package, warning in zip(
        ("matplotlib", "no_such_plugin", "bjontegaard"), fields["warnings"], strict=True
    ):
        assert package in warning and "inrcodec[rivals]" in warning
    refused(run("bench", "photo.png", "--effort", 1, "-o", "a.png"), 2, "matplotlib")


def test_images_that_others_cannot_hold_are_made_rgb() -> None:
    image = Image.fromarray(crop_of_photo(36, 50))
    image.putalpha(ImageChops.constant(image.convert("L"), 255))
    image.save("alpha.png")
    fields = json.loads(run("bench", "alpha.png", "--effort", 1, "--json").stdout)
    assert any("without alpha" in warning for warning in fields["warnings"])


@pytest.fixture
def song() -> str:
    """Half a second of two tones in noise."""
    times, noise = np.arange(8000), np.random.default_rng(0).normal(size=8000)
    samples = 0.2 * np.sin(0.11 * times) + 0.1 * np.sin(0.53 * times) + 0.01 * noise
    soundfile.write("song.wav", samples, 16000)
    return "song.wav"


def test_audio_has_curves_beside_audio_codecs(song: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    few = {name: audio.CODECS[name] for name in ("opus", "vorbis")}
    monkeypatch.setattr("inrcodec.rivals.trials.CODECS", few)
    fields = json.loads(run("bench", song, "--effort", 1, "--metric", "snr", "--json").stdout)
    own, opus, vorbis = fields["codecs"]
    for codec in (opus, vorbis):
        assert codec["points"][-1]["snr_db"] > 3
        assert codec["points"][-1]["kbps"] < own["points"][-1]["kbps"] * 2
    scored = json.loads(run("bench", song, "--effort", 1, "--json", "--force").stdout)
    assert scored["metric"] == "opinion"
    assert all(1 <= p["opinion"] <= 5 for codec in scored["codecs"] for p in codec["points"])


def test_what_a_codec_refuses_is_left_out(song: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def waveform(samples: np.ndarray, rate: int, kbps: float) -> bytes:
        if kbps < 20:
            raise ValueError("too low")
        out = io.BytesIO()
        soundfile.write(out, samples, rate, "PCM_U8", format="WAV")
        return out.getvalue()

    def read(original: Signal, data: bytes) -> np.ndarray:
        return soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0]

    monkeypatch.setitem(sys.modules, "av", ModuleType("av"))
    monkeypatch.setattr("inrcodec.rivals.trials.CODECS", {"wave": waveform})
    monkeypatch.setattr(audio, "CODECS", {"wave": waveform})
    monkeypatch.setattr(audio, "decoded_beside", read)
    fields = json.loads(run("bench", song, "--effort", 1, "--metric", "snr", "--json").stdout)
    own, wave = fields["codecs"]
    assert [len(codec["points"]) for codec in (own, wave)] == [7, 4]
    assert own["points"][-1]["snr_db"] > own["points"][0]["snr_db"]
    assert own["points"][2]["kbps"] == pytest.approx(16, rel=0.2)
    assert wave["points"][0]["kbps"] == pytest.approx(128, rel=0.02)
    assert fields["warnings"][0] == "wave at 8 kbit/s: too low"


def test_audio_needs_what_encodes_it(song: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    refused(run("bench", song), 2, song, "inrcodec[video]")
    refused(run("bench", song, "--metric", "psnr"), 2, song, "opinion and snr")
    refused(run("bench", song, "--lossless"), 2, song, "without loss")
    soundfile.write("five.wav", np.zeros((800, 5)), 8000)
    refused(run("bench", "five.wav"), 2, "five.wav", "5 channels")


def test_what_cannot_be_benched_is_refused() -> None:
    refused(run("bench", "photo.png", "--metric", "snr"), 2, "photo.png", "no snr")
    refused(run("bench", "photo.png", "--lossless", "--metric", "psnr"), 2, "neither a plot nor")
    Path("photo.bench.png").write_text("mine")
    refused(run("bench", "photo.png", "--effort", 1), 1, "photo.bench.png exists")
    refused(run("bench", "none.png"), 1, "none.png")
    Image.new("RGB", (7, 60)).save("thin.png")
    refused(run("bench", "thin.png", "--metric", "ssimulacra2"), 2, "thin.png", "8 pixels")
