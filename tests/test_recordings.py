"""Audio: what is encoded sounds like the original, at any rate, in part, and when damaged."""

from __future__ import annotations

import math
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from conftest import crop_of_photo

import inrcodec
from inrcodec.album.editing import extract
from inrcodec.album.encoding import add_to_album, encode_album
from inrcodec.codecs.codec import Read
from inrcodec.codecs.registry import make_settings, read_header
from inrcodec.container.editing import join, remove
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.media.audio import from_samples, open_audio, write
from inrcodec.media.images import from_array
from inrcodec.signal import AudioInfo, ImageInfo, Metadata, SampleType, Signal
from inrcodec.signal.geometry import Region
from inrcodec.signal.views import View

Floats = npt.NDArray[np.float32]

RATE = 16000
QUICK = {"tile": 1000, "width": 8, "depth": 1, "steps": 100}


def tone(seconds: float = 0.5, channels: int = 1, hertz: float = 440.0) -> Floats:
    """A sine, each further channel half as loud."""
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave / 2**c for c in range(channels)], -1).astype(np.float32)


def loudest(samples: Floats, rate: int) -> float:
    """The frequency, in Hz, of the highest peak of a spectrum, between its lines."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)), 8 * len(samples)))
    return float(np.argmax(spectrum)) * rate / (8 * len(samples))


@pytest.fixture(scope="module")
def encoded() -> inrcodec.Encoded:
    """Half a second in three chunks of several tiles."""
    return inrcodec.encode(tone(), rate=RATE, chunk=0.17, **QUICK)


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


def _index(container: Container, item: int):  # type: ignore[no-untyped-def]
    from inrcodec.codecs.inr.weights import _read_index

    header = read_header(container, 1)
    return _read_index(container, header.spec, header.domain(item - 1), item)[2]


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
    with pytest.raises(inrcodec.UsageError, match="for images"):
        inrcodec.encode(tone(), rate=RATE, model="grid")


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
    encoded = inrcodec.encode(tone(0.05), rate=RATE, activation=activation, steps=20, width=6)
    assert inrcodec.open(encoded.data).render().shape == (800, 1)


def test_presets_are_the_papers_networks() -> None:
    wave = tone(0.13)
    for k, preset in enumerate(["P0", "P1", "P2", "P3", "P4"]):
        encoded = inrcodec.encode(wave, rate=RATE, preset=preset, steps=0)
        network = inrcodec.info(encoded.data)["network"]
        assert (network["width"], network["depth"]) == (64, 5)
        assert math.ceil(len(wave) / network["tile"]) == 2 << k
        # Five hidden layers of 64, first and last: a weight and a bias each.
        assert encoded.parameters == (2 << k) * (2 * 64 + 5 * (64 * 64 + 64) + 65)


def test_local_global_has_32_partitions() -> None:
    encoded = inrcodec.encode(tone(0.2), rate=RATE, model="local-global", steps=1)
    header = read_header(Container(encoded.data))
    assert header.spec.tiling(header.domain()).count == 32


def test_a_long_audio_is_cut_into_equal_chunks() -> None:
    wave = np.zeros((2 << 20, 1), np.float32)
    fields = inrcodec.info(inrcodec.encode(wave, rate=44100).data)
    assert fields["chunks"] == 2
    fields = inrcodec.info(inrcodec.encode(wave[:100_000], rate=44100, chunk=1.0).data)
    assert fields["chunks"] == 3


def test_chunks_out_of_range_are_refused() -> None:
    for seconds in (0.01, 100.0, math.nan, -1.0):
        with pytest.raises(inrcodec.UsageError, match="chunk"):
            inrcodec.encode(tone(), rate=RATE, chunk=seconds)
    with pytest.raises(inrcodec.UsageError, match="no chunk"):
        inrcodec.encode(crop_of_photo(20, 20), model="enrp", chunk=1.0)
    with pytest.raises(inrcodec.UsageError, match="too many"):
        inrcodec.encode(tone(), rate=RATE, model="minr", chunk=0.1, steps=1)


def test_progress_goes_through_the_chunks_and_is_of_the_signal() -> None:
    seen: list[inrcodec.progress.Progress] = []
    inrcodec.encode(tone(0.3), report=seen.append, rate=RATE, chunk=0.1, **QUICK)
    steps = [progress.step for progress in seen]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1], seen[0].steps) == (0, 300, 300)
    assert 0 < seen[-1].psnr_db < 60
    alone = inrcodec.encode(tone(0.1), report=seen.append, rate=RATE, **QUICK)
    assert seen[-1].psnr_db == pytest.approx(alone.psnr_db, abs=2)


def test_what_is_not_begun_when_an_encode_ends_is_silent() -> None:
    with pytest.warns(UserWarning, match="ended early"):
        encoded = inrcodec.encode(
            tone(0.3), report=lambda progress: progress.step >= 120, rate=RATE, chunk=0.1, **QUICK
        )
    samples = inrcodec.open(encoded.data).render()
    assert np.square(samples[:1500]).mean() > 0.05
    assert not samples[3300:].any()


@pytest.mark.parametrize("item", [1, 2, 3])
def test_a_damaged_tile_is_silent_and_the_rest_is_kept(
    encoded: inrcodec.Encoded, item: int
) -> None:
    data = bytearray(encoded.data)
    entry = Container(encoded.data).entry(b"TILE", item)
    data[entry.offset + 5] ^= 1
    lost: list[Region] = []
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(bytes(data)).render()
    found = Representation(
        Container(bytes(data)), on_damage=lambda region, _: lost.append(region)
    ).render()
    first = max(0, 2667 * (item - 1) - 32)
    assert [(r.start[0], r.length[0]) for r in lost] == [(first, 1032)]
    assert not found[first + 64 : first + 1032 - 64].any()
    sound = inrcodec.open(encoded.data).render()
    np.testing.assert_array_equal(found[first + 1032 :], sound[first + 1032 :])
    np.testing.assert_array_equal(found[:first], sound[:first])


def test_what_follows_the_end_of_a_cut_file_is_silent(encoded: inrcodec.Encoded) -> None:
    """Of three chunks, the file ends in the second."""
    entry = Container(encoded.data).entry(b"TILE", 2)
    lost: list[Region] = []
    container = Container(encoded.data[: entry.offset + 10], allow_damaged=True)
    found = Representation(container, on_damage=lambda region, _: lost.append(region)).render()
    assert np.square(found[:2600]).mean() > 0.05
    assert not found[2700:].any()
    assert min(region.start[0] for region in lost) == 2635


def test_every_flipped_bit_is_found(encoded: inrcodec.Encoded) -> None:
    small = inrcodec.encode(tone(0.1), rate=RATE, tile=800, width=2, depth=0, steps=1).data
    for bit in range(8 * len(small)):
        damaged = bytearray(small)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(inrcodec.FormatError), inrcodec.open(bytes(damaged)) as audio:
            audio.verify()


def test_verify_reads_every_chunk(encoded: inrcodec.Encoded) -> None:
    """A stream that its checksums call sound may still not decode."""
    inrcodec.open(encoded.data).verify()
    container = Container(encoded.data)
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries]
    swapped = [
        Section(s.tag, s.item, s.payload[1:] + s.payload[:1]) if s.tag == b"TIDX" else s
        for s in sections
    ]
    with pytest.raises(inrcodec.FormatError):
        inrcodec.open(build(swapped)).verify()


def test_tags_are_kept_unless_they_are_stripped() -> None:
    wave = tone(0.05)
    tags = Metadata(tags=b'{"title": "A"}')
    signal = Signal(wave, AudioInfo(len(wave), 1, RATE, SampleType.INT16), tags)
    options = {**QUICK, "steps": 1}
    assert inrcodec.open(inrcodec.encode(signal, **options).data).metadata == tags
    stripped = inrcodec.encode(signal, strip={"tags"}, **options)
    assert inrcodec.open(stripped.data).metadata == Metadata()


def reads(**sources: Signal) -> dict[str, Read]:
    return {name: partial(nullcontext, signal) for name, signal in sources.items()}


def test_an_album_holds_images_and_audio() -> None:
    images = [from_array(crop_of_photo(24, 30)), from_array(crop_of_photo(30, 24))]
    songs = [from_samples(tone(0.1, hertz=hertz), RATE) for hertz in (440, 660)]
    mixed = encode_album(
        reads(a=songs[0], p=images[0], q=images[1], b=songs[1]), make_settings(effort=1)
    )
    kinds = [item["kind"] for item in inrcodec.info(mixed.data)["items"]]
    assert kinds == ["audio", "image", "image", "audio"]
    alone = inrcodec.encode(songs[1], effort=1)
    np.testing.assert_array_equal(
        inrcodec.open(mixed.data, item="b").render(), inrcodec.open(alone.data).render()
    )
    # What is added is of the models of its kind.
    more = reads(c=songs[0], r=images[0])
    added = add_to_album(Container(mixed.data), more, make_settings(effort=1)).data
    models = [item["model"] for item in inrcodec.info(added)["items"]]
    assert models == ["enrp", "grid", "grid", "enrp", "enrp", "grid"]
    for item in ("a", "p", "c", "r"):
        inrcodec.open(added, item=item).verify()


def test_an_album_holds_audio_of_several_chunks() -> None:
    songs = reads(a=from_samples(tone(0.3), RATE), b=from_samples(tone(0.2), RATE))
    album = Container(encode_album(songs, make_settings(chunk=0.1, **QUICK)).data)
    assert album.items == (1, 4)
    assert len(inrcodec.open(remove(album, [1]), item="b").render()) == 3200
    part = extract(album, 1)
    np.testing.assert_array_equal(
        inrcodec.open(part).render(),
        inrcodec.open(join(None, {"x": part, "y": extract(album, 4)}), item="x").render(),
    )


@pytest.mark.parametrize("model", ["minr", "coin++"])
def test_audio_that_share_weights_are_fitted_as_one_alone_is(model: str) -> None:
    settings = make_settings(model=model, width=20, depth=1, steps=150)
    wave, silence = tone(0.1, hertz=200), np.zeros((1600, 1), np.float32)
    songs = reads(a=from_samples(wave, RATE), s=from_samples(silence, RATE))
    album = encode_album(songs, settings)
    alone = inrcodec.encode(wave, rate=RATE, model=model, width=20, depth=1, steps=150)
    assert alone.snr_db is not None
    assert album.items["a"].snr_db == pytest.approx(alone.snr_db, abs=2)
    assert not inrcodec.open(album.data, item="s").render().any()


def test_what_cannot_share_weights_is_refused() -> None:
    settings = make_settings(model="coin++", steps=1)
    song, stereo = from_samples(tone(0.1), RATE), from_samples(tone(0.1, 2), RATE)
    for other in (stereo, from_array(crop_of_photo(20, 20))):
        with pytest.raises(inrcodec.UsageError, match="b: it cannot share"):
            encode_album(reads(a=song, b=other), settings)


def test_errors_in_an_album_name_the_item() -> None:
    class Broken:
        info = AudioInfo(4000, 1, RATE, SampleType.INT16)
        metadata = Metadata()

        def read(self, region: Region) -> Floats:
            raise inrcodec.SignalError("samples that are not numbers")

    sources = {"a": partial(nullcontext, Broken())}
    with pytest.raises(inrcodec.SignalError, match="a: samples that are not numbers"):
        encode_album(sources, make_settings(effort=1))


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """An audio signal is read, fitted, drawn and written in parts."""
    frames, longest = 40 * 4096, 0

    class Watched:
        info = AudioInfo(frames, 1, RATE, SampleType.INT16)
        metadata = Metadata()

        def read(self, region: Region) -> Floats:
            nonlocal longest
            longest = max(longest, region.length[0])
            return tone(1 / 4)[np.arange(region.length[0]) % 4000]

    encoded = inrcodec.encoding.encode_signal(
        Watched(), make_settings(model="enrp", chunk=0.256, **{**QUICK, "steps": 0})
    )
    assert longest < 1 << 19
    blocks = list(inrcodec.open(encoded.data).blocks(View()))
    path = tmp_path / "x.wav"
    with path.open("w+b") as stream:
        write(stream, ".wav", Watched.info, Metadata(), blocks)
    with open_audio(path, inrcodec.limits.Limits()) as back:
        assert back.info.frames == frames


def test_limits_are_checked_before_anything_is_done(encoded: inrcodec.Encoded) -> None:
    with pytest.raises(inrcodec.LimitError):
        inrcodec.encode(tone(), rate=RATE, max_memory=100_000)
    with pytest.raises(inrcodec.LimitError):
        inrcodec.encode(tone(), rate=RATE, max_work=1e6)
    with pytest.raises(inrcodec.LimitError):
        inrcodec.open(encoded.data, max_memory=100_000).render()
    header = read_header(Container(encoded.data))
    work = header.decoding_cost(header.info.raster(View())).work
    assert len(inrcodec.open(encoded.data, max_work=work).render()) == 8000
    with pytest.raises(inrcodec.LimitError):
        inrcodec.open(encoded.data, max_work=work).render(rate=4 * RATE)


def test_arrays_without_a_rate_are_images() -> None:
    encoded = inrcodec.encode(crop_of_photo(20, 20)[..., 0], effort=1)
    assert isinstance(encoded.info, ImageInfo)
    assert encoded.kbps is None
    assert encoded.snr_db is None
    with pytest.raises(inrcodec.UsageError, match="rate"):
        inrcodec.encode("photo.png", rate=44100)
