"""Audio from arrays to files and back: any rate, any time range, silence where it is damaged."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from conftest import crop_of_photo
from tones import QUICK, RATE, _index, encoded, loudest, tone

import inrcodec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container
from inrcodec.signal import AudioInfo, SampleType, Signal

__all__ = ["encoded"]


def test_decodes_to_nearly_the_same(encoded: inrcodec.Encoded) -> None:
    with inrcodec.open(encoded.data) as audio:
        samples = audio.render()
    assert samples.shape == (8000, 1)
    assert samples.dtype == np.float32
    error = np.square(samples - tone()).mean()
    snr = 10 * math.log10(np.square(tone()).mean() / error)
    assert snr == pytest.approx(encoded.snr_db, abs=1e-3)
    assert encoded.psnr_db == pytest.approx(-10 * math.log10(error), abs=1e-3)
    assert snr > 20


def test_a_file_tells_rate_channels_and_duration(encoded: inrcodec.Encoded) -> None:
    fields = inrcodec.info(encoded.data)
    assert (fields["kind"], fields["rate"], fields["channels"]) == ("audio", RATE, 1)
    assert (fields["frames"], fields["seconds"], fields["chunks"]) == (8000, 0.5, 3)
    assert fields["kbps"] == encoded.kbps == pytest.approx(8 * len(encoded.data) / 0.5 / 1000)


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000])
def test_a_tone_keeps_its_pitch_at_other_rates(encoded: inrcodec.Encoded, rate: int) -> None:
    samples = inrcodec.open(encoded.data).render(rate=rate)
    assert len(samples) == round(0.5 * rate)
    assert loudest(samples, rate) == pytest.approx(440, abs=1)


def test_what_a_lower_rate_cannot_hold_is_filtered_out() -> None:
    both = tone(0.25) + tone(0.25, hertz=2500)
    high = inrcodec.encode(both, rate=RATE, **{**QUICK, "tile": 250, "steps": 300})
    assert high.snr_db is not None
    assert high.snr_db > 10
    lowered = inrcodec.open(high.data).render(rate=4000)[:, 0]
    spectrum = np.abs(np.fft.rfft(lowered * np.hanning(len(lowered))))
    hertz = np.fft.rfftfreq(len(lowered), 1 / 4000)
    # 2500 Hz would be heard at 1500.
    assert spectrum[np.abs(hertz - 1500) < 50].max() < 0.05 * spectrum.max()


def test_another_rate_is_aligned_with_the_original(encoded: inrcodec.Encoded) -> None:
    """Output sample j of every rate lies at (j + 0.5) parts of the whole."""
    for rate in (8000, 48000):
        samples = inrcodec.open(encoded.data).render(rate=rate)[:, 0]
        times = (np.arange(len(samples)) + 0.5) / rate - 0.5 / RATE
        turned = samples * np.exp(-2j * np.pi * 440 * times)
        # A sine is a quarter of a turn behind a cosine.
        assert np.angle(turned.mean()) + np.pi / 2 == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("rate", [5000, 8000, 15999])
def test_parts_at_a_lower_rate_are_those_of_the_whole(encoded: inrcodec.Encoded, rate: int) -> None:
    audio = inrcodec.open(encoded.data)
    whole = audio.render(rate=rate)
    part = audio.render(rate=rate, time=(0.2, 0.4))
    start = round(0.2 * rate)
    np.testing.assert_allclose(part, whole[start : start + len(part)], atol=2e-3)


def test_a_lower_rate_begins_and_ends_without_a_jump() -> None:
    level = np.full((2000, 1), 0.5, np.float32)
    samples = inrcodec.open(inrcodec.encode(level, rate=RATE, **QUICK).data).render(rate=4000)
    assert np.abs(samples - 0.5).max() < 0.05


@pytest.mark.parametrize("time", [(0.1, 0.2), (None, 0.3), (0.155, None), (0.3, 9.0)])
def test_a_time_range_is_that_part_of_the_whole(
    encoded: inrcodec.Encoded, time: tuple[float | None, float | None]
) -> None:
    audio = inrcodec.open(encoded.data)
    start = round((time[0] or 0) * RATE)
    stop = min(8000, round((time[1] or 9) * RATE))
    np.testing.assert_allclose(audio.render(time=time), audio.render()[start:stop], atol=2e-5)


@pytest.mark.parametrize("model", ["enrp", "local-global"])
@pytest.mark.parametrize("merge", [1, 2])
def test_a_time_range_may_lie_where_two_segments_fade(model: str, merge: int) -> None:
    """There, both have the same points."""
    options = {"merge": merge, "global_width": 6} if model == "local-global" else {}
    quick = {"tile": 1000, "width": 5, "depth": 1, "steps": 1}
    encoded = inrcodec.encode(tone(), rate=RATE, model=model, fields=options, **quick)
    with inrcodec.open(encoded.data) as audio:
        whole = audio.render()
        part = audio.render(time=(980 / RATE, 1000 / RATE))
    np.testing.assert_allclose(part, whole[980:1000], atol=2**-14)


def test_a_time_range_reads_only_what_it_touches(encoded: inrcodec.Encoded) -> None:
    """All but the second chunk's last tile is damaged, and what lies there still decodes."""
    container = Container(encoded.data)
    data = bytearray(encoded.data)
    for entry in container.entries:
        if entry.tag == b"TILE":
            part = slice(entry.offset, entry.offset + entry.length)
            if entry.item == 2:
                index = _index(container, 2)
                part = slice(entry.offset, entry.offset + int(index.offsets[-2]))
            data[part] = bytes(part.stop - part.start)
    last = (2 * 2667 - 300) / RATE, (2 * 2667 - 100) / RATE
    whole = inrcodec.open(encoded.data).render(time=last)
    np.testing.assert_array_equal(inrcodec.open(bytes(data)).render(time=last), whole)
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(bytes(data)).render()


@pytest.mark.parametrize("time", [(0.5, None), (0.3, 0.3), (-0.1, 0.2), (math.nan, None)])
def test_time_ranges_without_a_sample_are_refused(
    encoded: inrcodec.Encoded, time: tuple[float | None, float | None]
) -> None:
    with pytest.raises(inrcodec.UsageError, match="time"):
        inrcodec.open(encoded.data).render(time=time)


def test_what_is_of_images_is_refused(encoded: inrcodec.Encoded) -> None:
    audio = inrcodec.open(encoded.data)
    for options in ({"scale": 2.0}, {"size": (3, 3)}, {"region": (0, 0, 1, 1)}):
        with pytest.raises(inrcodec.UsageError, match="an audio signal has no"):
            audio.render(**options)
    image = inrcodec.open(inrcodec.encode(crop_of_photo(20, 20), effort=1).data)
    for options in ({"rate": 8000}, {"time": (0, 1)}):
        with pytest.raises(inrcodec.UsageError, match="an image has no"):
            image.render(**options)


@pytest.mark.parametrize("kind", list(SampleType), ids=lambda kind: kind.name.lower())
def test_samples_are_those_of_the_sample_type(kind: SampleType) -> None:
    wave = tone(0.1, 2) * 1.99
    signal = Signal(wave, AudioInfo(len(wave), 2, RATE, kind))
    samples = inrcodec.open(inrcodec.encode(signal, **QUICK).data).render()
    assert np.corrcoef(samples[:, 0], wave[:, 0])[0, 1] > 0.9
    if kind.is_float:
        return
    levels = samples * 2.0 ** (min(kind.bits, 24) - 1)
    np.testing.assert_array_equal(levels, np.rint(levels))
    assert levels.min() >= -(2 ** (min(kind.bits, 24) - 1))
    assert levels.max() < 2 ** (min(kind.bits, 24) - 1)


def test_silence_is_a_tiny_file_and_stays_silence() -> None:
    silence = np.zeros((3 * RATE, 2), np.float32)
    encoded = inrcodec.encode(silence, rate=RATE)
    assert len(encoded.data) < 100
    assert (encoded.steps, encoded.parameters, encoded.snr_db) == (0, 0, math.inf)
    np.testing.assert_array_equal(inrcodec.open(encoded.data).render(), silence)
    assert not inrcodec.open(encoded.data)([[0.3]]).any()


def test_a_silent_chunk_costs_nothing_and_stays_silent() -> None:
    wave = tone(0.6)
    wave[3000:6500] = 0
    encoded = inrcodec.encode(wave, rate=RATE, chunk=0.2, **QUICK)
    items = {entry.item for entry in Container(encoded.data).entries}
    assert items == {1, 3}
    samples = inrcodec.open(encoded.data).render()
    assert not samples[3240:6360].any()
    assert encoded.snr_db is not None
    assert encoded.snr_db > 10


def test_a_soft_audio_is_as_good_as_a_loud_one() -> None:
    loud, soft = (
        inrcodec.encode(tone(0.2) * np.float32(gain), rate=RATE, **QUICK) for gain in (1, 1 / 500)
    )
    assert loud.snr_db is not None
    assert soft.snr_db == pytest.approx(loud.snr_db, abs=1.5)


def test_joints_do_not_click(encoded: inrcodec.Encoded) -> None:
    """Where segments and chunks meet, samples differ by what they differ by elsewhere."""
    steps = np.abs(np.diff(inrcodec.open(encoded.data).render()[:, 0] - tone()[:, 0]))
    joints = [chunk * 2667 + tile for chunk in range(3) for tile in (0, 1000, 2000)][1:]
    assert steps[np.array(joints) - 1].mean() < 2 * steps.mean()


def test_values_are_those_of_the_samples(encoded: inrcodec.Encoded) -> None:
    audio = inrcodec.open(encoded.data)
    centers = (2 * np.arange(8000) + 1) / 8000 - 1
    np.testing.assert_allclose(audio(centers[:, None]), audio.render(), atol=2e-4)


def test_it_is_differentiable(encoded: inrcodec.Encoded) -> None:
    """The slope of a tone of 440 Hz, by the half duration that coordinates are counted in."""
    times = torch.tensor([[0.0], [0.2], [0.41]], dtype=torch.float32, requires_grad=True)
    (slope,) = torch.autograd.grad(inrcodec.open(encoded.data)(times).sum(), times)
    phase = 2 * math.pi * 440 * ((times.detach() + 1) / 4 - 0.5 / RATE)
    expected = 0.5 * torch.cos(phase) * 2 * math.pi * 440 / 4
    assert (slope - expected).abs().max() < 0.3 * 0.5 * 2 * math.pi * 440 / 4


@pytest.mark.parametrize("model", ["enrp", "siren", "local-global", "incode", "minr", "loe"])
def test_models_encode_audio(model: str) -> None:
    encoded = inrcodec.encode(tone(0.1, 2), rate=RATE, model=model, steps=30)
    assert encoded.snr_db is not None
    assert encoded.snr_db > 0
    assert inrcodec.open(encoded.data).render().shape == (1600, 2)


@pytest.mark.parametrize("activation", ["sine", "relu", "fourier", "gaussian", "wire", "finer"])
def test_activations_encode_audio(activation: str) -> None:
    encoded = inrcodec.encode(
        tone(0.05), rate=RATE, model="enrp", activation=activation, steps=20, width=6
    )
    assert inrcodec.open(encoded.data).render().shape == (800, 1)


def test_presets_are_the_papers_networks() -> None:
    wave = tone(0.13)
    for k, preset in enumerate(["P0", "P1", "P2", "P3", "P4"]):
        encoded = inrcodec.encode(wave, rate=RATE, model="enrp", preset=preset, steps=0)
        network = inrcodec.info(encoded.data)["network"]
        assert (network["width"], network["depth"]) == (64, 5)
        assert math.ceil(len(wave) / network["tile"]) == 2 << k
        # Five hidden layers of 64, first and last: a weight and a bias each.
        assert encoded.parameters == (2 << k) * (2 * 64 + 5 * (64 * 64 + 64) + 65)


def test_local_global_has_32_partitions() -> None:
    encoded = inrcodec.encode(tone(0.2), rate=RATE, model="local-global", steps=1)
    header = read_header(Container(encoded.data))
    assert header.spec.tiling(header.domain()).count == 32
