"""The grid of audio from end to end: what is encoded is decoded, at any rate, whole or in part."""

from __future__ import annotations

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
import torch
from tones import RATE, loudest, tone

import inrcodec
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.registry import read_header
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.limits import Limits
from inrcodec.signal import AudioInfo, SampleType, Signal

Floats = npt.NDArray[np.float32]

# Streams of 1/8 s.
SHORT = {"frame": "10", "span": "1"}


def music(seconds: float = 1.0, channels: int = 2) -> Floats:
    """Tones that swell, and clicks between them."""
    times = np.arange(round(seconds * RATE)) / RATE
    tones = [0.2 * np.sin(2 * np.pi * hertz * times) for hertz in (330, 495, 1200)]
    wave = np.sum(tones, axis=0) * (0.2 + 0.8 * np.sin(np.pi * times / seconds) ** 2)
    wave[RATE // 3 :: RATE // 3] += 0.4
    found: Floats = np.stack([wave * 0.8**c for c in range(channels)], -1).astype(np.float32)
    found += np.random.default_rng(0).normal(0, 1e-3, found.shape).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def coded() -> inrcodec.Encoded:
    """A second in streams of an eighth."""
    return inrcodec.encode(music(), rate=RATE, quality=80, fields=SHORT)


def test_it_is_the_default_of_audio_and_takes_few_bytes() -> None:
    encoded = inrcodec.encode(music(), rate=RATE)
    assert encoded.model == "grid"
    assert encoded.kbps is not None
    assert encoded.kbps < 80
    assert encoded.snr_db is not None
    assert encoded.snr_db > 20


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_any_number_of_channels(channels: int) -> None:
    wave = music(0.3, channels)
    encoded = inrcodec.encode(wave, rate=RATE, tune="snr", quality=90)
    samples = inrcodec.open(encoded.data).render()
    assert samples.shape == wave.shape
    for own, original in zip(samples.T, wave.T, strict=True):
        assert np.corrcoef(own, original)[0, 1] > 0.99


@pytest.mark.parametrize("frames", [2, 63, 4097])
def test_any_length(frames: int) -> None:
    encoded = inrcodec.encode(music()[:frames], rate=RATE, quality=90)
    assert inrcodec.open(encoded.data).render().shape == (frames, 2)


def test_quality_is_a_matter_of_bytes() -> None:
    sizes = [len(inrcodec.encode(music(), rate=RATE, quality=q).data) for q in (1, 30, 60, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 8


def test_targets_are_reached() -> None:
    wave = music(2)
    by_rate = inrcodec.encode(wave, rate=RATE, kbps=16)
    assert by_rate.kbps is not None
    assert 15 < by_rate.kbps <= 16
    by_size = inrcodec.encode(wave, rate=RATE, target_size=3000)
    assert 2700 < len(by_size.data) <= 3000
    by_snr = inrcodec.encode(wave, rate=RATE, target_snr=25)
    assert by_snr.snr_db == pytest.approx(25, abs=0.15)
    plain = inrcodec.encode(wave, rate=RATE, target_snr=25, tune="snr")
    assert plain.data == by_snr.data


def test_a_target_out_of_reach_is_an_error() -> None:
    with pytest.raises(inrcodec.TargetError, match="100 bytes"):
        inrcodec.encode(music(), rate=RATE, target_size=100)
    with pytest.raises(inrcodec.TargetError, match="500 dB"):
        inrcodec.encode(music(), rate=RATE, target_snr=500)


@pytest.mark.parametrize("tune", ["snr", "hearing"])
def test_a_size_that_is_more_than_a_signal_takes_is_met_by_its_best(tune: str) -> None:
    wave = np.random.default_rng(0).normal(0, 3000, (4000, 1)).astype(np.int16)
    encoded = inrcodec.encode(wave, rate=RATE, target_size=10**6, tune=tune)
    assert encoded.snr_db == np.inf
    assert len(encoded.data) < 20_000


def test_a_target_that_silence_exceeds_is_met() -> None:
    silence = np.zeros((4000, 1), np.int16)
    for target in ({"target_snr": 1}, {"target_snr": 80}, {"kbps": 2000}):
        assert len(inrcodec.encode(silence, rate=RATE, **target).data) < 100


def test_targets_of_snr_are_reached_wherever_the_search_begins() -> None:
    times = np.arange(RATE) / RATE
    tones = 0.3 * np.sin(2 * np.pi * 440 * times) + 0.1 * np.sin(2 * np.pi * 1810 * times)
    wave = tones + np.random.default_rng(2).normal(0, 2e-3, RATE)
    for loudness in (1.0, 3e-4):
        for target in (17, 24, 31, 38):
            encoded = inrcodec.encode(
                (loudness * wave[:, None]).astype(np.float32), rate=RATE, target_snr=target
            )
            assert encoded.snr_db is not None
            assert target - 0.15 < encoded.snr_db < target + 1


def test_a_target_of_snr_for_hearing_is_that_of_the_file() -> None:
    encoded = inrcodec.encode(music(), rate=RATE, target_snr=14, tune="hearing")
    assert encoded.snr_db is not None
    assert 13.85 < encoded.snr_db < 15
    silence = np.zeros((RATE, 1), np.float32)
    assert len(inrcodec.encode(silence, rate=RATE, target_snr=30).data) < 100


def test_floats_of_any_scale_are_coded_as_well() -> None:
    wave = music(0.5)
    info = AudioInfo(*wave.shape, RATE, SampleType.FLOAT32)
    loud = inrcodec.encode(Signal(16384 * wave, info), tune="snr")
    assert loud.snr_db is not None
    assert loud.snr_db > 90
    found = inrcodec.encode(Signal(16384 * wave, info), target_snr=40)
    assert found.snr_db == pytest.approx(40, abs=0.3)


def test_more_bytes_than_a_signal_needs_are_not_spent() -> None:
    silence = np.zeros((RATE, 1), np.float32)
    assert len(inrcodec.encode(silence, rate=RATE, kbps=64).data) < 100
    assert len(inrcodec.encode(tone(0.2), rate=RATE, kbps=2000).data) < 50_000


def test_options_of_other_models_are_refused() -> None:
    for options in ({"steps": 3}, {"target_psnr": 30}, {"tune": "visual"}, {"lmbda": 1e-3}):
        with pytest.raises(inrcodec.UsageError):
            inrcodec.encode(music(0.1), rate=RATE, **options)
    with pytest.raises(inrcodec.UsageError, match="not both"):
        inrcodec.encode(music(0.1), rate=RATE, kbps=64, quality=60)
    with pytest.raises(inrcodec.UsageError, match="different models"):
        inrcodec.encode(music(0.1), rate=RATE, kbps=64, steps=3)
    with pytest.raises(inrcodec.UsageError, match="kbps"):
        inrcodec.encode(np.zeros((9, 9), np.uint8), kbps=64)


def test_silence_between_sounds_costs_nothing_and_stays_silence() -> None:
    wave = music()
    wave[RATE // 4 : 3 * RATE // 4] = 0
    encoded = inrcodec.encode(wave, rate=RATE, fields=SHORT)
    samples = inrcodec.open(encoded.data).render()
    assert not samples[5 * RATE // 16 : 11 * RATE // 16].any()
    loud = inrcodec.encode(music(), rate=RATE, fields=SHORT)
    assert len(encoded.data) < 0.6 * len(loud.data)


@pytest.mark.parametrize("time", [(0, 0.1), (0.3, 0.31), (0.24, 0.26), (0.9, None)])
def test_a_part_is_that_part_of_the_whole(
    coded: inrcodec.Encoded, time: tuple[float, float | None]
) -> None:
    whole, part = (inrcodec.open(coded.data).render(time=t) for t in (None, time))
    start = round(time[0] * RATE)
    np.testing.assert_allclose(part, whole[start : start + len(part)], atol=1e-6)


def test_a_part_reads_only_streams_that_it_touches(coded: inrcodec.Encoded) -> None:
    broken = bytearray(coded.data)
    entry = Container(coded.data).entry(b"TILE", 1)
    broken[entry.offset + entry.length - 5] ^= 1
    inrcodec.open(bytes(broken)).render(time=(0, 0.5))
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(bytes(broken)).render(time=(0.9, 1))


def test_a_damaged_stream_is_silent_and_the_rest_plays(coded: inrcodec.Encoded) -> None:
    broken = bytearray(coded.data)
    entry = Container(coded.data).entry(b"TILE", 1)
    broken[entry.offset + entry.length // 2] ^= 1
    lost: list[tuple[int, int]] = []

    def on_damage(region: object, error: inrcodec.FormatError) -> None:
        lost.append((region.start[0], region.length[0]))  # type: ignore[attr-defined]

    found = Representation(Container(bytes(broken)), 1, Limits(), on_damage=on_damage)
    samples, whole = next(found.blocks()), inrcodec.open(coded.data).render()
    ((start, length),) = lost
    assert not samples[start + 600 : start + length - 600].any()
    np.testing.assert_allclose(samples[: start - 600], whole[: start - 600], atol=1e-6)
    np.testing.assert_allclose(
        samples[start + length + 600 :], whole[start + length + 600 :], atol=1e-6
    )


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000])
def test_a_tone_keeps_its_pitch_and_its_loudness(rate: int) -> None:
    wave = tone(1.0)
    opened = inrcodec.open(inrcodec.encode(wave, rate=RATE, tune="snr", quality=100).data)
    found = opened.render(rate=rate)
    assert len(found) == rate
    assert loudest(found, rate) == pytest.approx(440, abs=0.1)
    middle = found[rate // 4 : 3 * rate // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=2e-3)


def test_a_lower_rate_has_nothing_of_what_it_cannot_hold() -> None:
    times = np.arange(RATE)
    sweep = 0.5 * np.sin(2 * np.pi * (4500 + 1500 * times / RATE) * times / RATE)
    encoded = inrcodec.encode(sweep[:, None].astype(np.float32), rate=RATE, tune="snr", quality=100)
    low = inrcodec.open(encoded.data).render(rate=8000)
    assert np.abs(low[800:-800]).max() < 2e-3


def test_values_between_samples_are_those_of_its_cosines(coded: inrcodec.Encoded) -> None:
    opened = inrcodec.open(coded.data)
    fine = opened.render(rate=3 * RATE, time=(0.2, 0.3))
    times = 0.2 + (np.arange(len(fine)) + 0.5) / (3 * RATE)
    at = opened((2 * times / 1.0 - 1)[:, None])
    np.testing.assert_allclose(at, fine, atol=1e-5)
    tensor = torch.tensor((2 * times - 1)[:50, None], requires_grad=True)
    values = opened(tensor)
    np.testing.assert_allclose(values.detach().numpy(), at[:50], atol=1e-5)
    values[:, 0].sum().backward()
    slopes = (at[2:52, 0] - at[:50, 0])[:48] * 3 * RATE / 4
    assert np.corrcoef(tensor.grad[1:49, 0].numpy(), slopes)[0, 1] > 0.99


@pytest.mark.parametrize("kind", [SampleType.INT16, SampleType.FLOAT32, SampleType.UINT8])
def test_samples_are_those_of_the_sample_type(kind: SampleType) -> None:
    info = AudioInfo(RATE // 4, 2, RATE, kind)
    encoded = inrcodec.encode(Signal(info.samples(4 * music(0.25)), info), quality=90)
    samples = inrcodec.open(encoded.data).render()
    np.testing.assert_array_equal(samples, info.samples(samples.copy()))


def test_what_is_not_finite_is_silence() -> None:
    wave = music(0.3)
    wave[1000, 0], wave[2000, 1] = np.nan, np.inf
    info = AudioInfo(*wave.shape, RATE, SampleType.FLOAT32)
    encoded = inrcodec.encode(Signal(wave, info), quality=60)
    assert np.isfinite(inrcodec.open(encoded.data).render()).all()
    loud = inrcodec.encode(Signal(1e20 * wave, info), quality=60)
    assert np.isfinite(inrcodec.open(loud.data).render()).all()


def test_headers_say_which_model_it_is() -> None:
    encoded = inrcodec.encode(music(0.2), rate=RATE)
    header = read_header(Container(encoded.data))
    assert header.spec.number == 9
    assert header.info.chunks.count == 1
    fields = inrcodec.info(encoded.data)
    assert fields["model"] == "grid"


def test_a_report_ends_nothing_but_is_told() -> None:
    seen: list[inrcodec.Progress] = []
    inrcodec.encode(music(0.5), rate=RATE, fields=SHORT, report=seen.append)
    assert seen[-1].phase == "coding"
    assert seen[-1].step == seen[-1].steps == 4


@pytest.mark.parametrize("quality", [60, 100])
def test_a_loud_tone_that_stops_for_faint_noise(quality: int) -> None:
    times = np.arange(13230) / 44100
    wave = 4 * np.sin(2 * np.pi * 300 * times)
    wave[8192:] = 1e-5 * np.random.default_rng(3).normal(size=13230 - 8192)
    info = AudioInfo(13230, 1, 44100, SampleType.FLOAT32)
    encoded = inrcodec.encode(Signal(wave[:, None].astype(np.float32), info), quality=quality)
    assert encoded.snr_db is not None
    assert encoded.snr_db > 20


def test_any_coordinates_have_an_answer(coded: inrcodec.Encoded) -> None:
    opened = inrcodec.open(coded.data)
    values = opened([[np.nan], [np.inf], [-5.0], [0.2]])
    assert np.isnan(values[0]).all()
    assert np.isfinite(values[1:]).all()
    np.testing.assert_allclose(values[2], opened([[-1.0]])[0], atol=1e-6)
    tensor = opened(torch.tensor([[float("nan")], [-5.0]]))
    assert tensor[0].isnan().all()
    np.testing.assert_allclose(tensor[1].numpy(), values[2], atol=1e-6)


def test_what_a_low_rate_takes_does_not_grow_with_the_signal() -> None:
    wave = np.tile(music(1.0, 1), (30, 1))
    opened = inrcodec.open(inrcodec.encode(wave, rate=RATE, fields=SHORT, effort=1).data)
    tracemalloc.start()
    assert len(opened.render(rate=100)) == 3000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20


def test_headers_that_claim_too_much_are_refused_before_anything_is_read() -> None:
    info = AudioInfo(1 << 30, 8, RATE, SampleType.INT16, chunk=1 << 30, overlap=0)
    data = build([Section(b"SIGN", 1, write_info(info)), model_section(AudioGridSpec(span=10))])
    with pytest.raises(inrcodec.LimitError):
        inrcodec.open(data, max_memory=1 << 26).render(time=(0, 1))
    with pytest.raises(inrcodec.LimitError):
        inrcodec.open(data, max_work=1e12).render(time=(0, 3600))
