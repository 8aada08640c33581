"""Albums of audio, and limits of what is held of it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import crop_of_photo
from tones import QUICK, RATE, Floats, encoded, tone

import inrcodec
from inrcodec.album.editing import extract
from inrcodec.album.encoding import add_to_album, encode_album
from inrcodec.codecs.codec import Read
from inrcodec.codecs.registry import make_settings, read_header
from inrcodec.container.editing import join, remove
from inrcodec.container.sections import Container
from inrcodec.media.audio import from_samples, open_audio, write
from inrcodec.media.images import from_array
from inrcodec.signal import AudioInfo, ImageInfo, Metadata, SampleType, Signal
from inrcodec.signal.geometry import Region
from inrcodec.signal.views import View

__all__ = ["encoded"]


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
    assert models == ["grid"] * 6
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
        Watched(), make_settings(chunk=0.256, **{**QUICK, "steps": 0})
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
