"""A third codec takes one class and one registration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run
from conftest import smooth_image

import inrcodec
from inrcodec.codecs import registry
from inrcodec.codecs.base import ModelSpec
from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Plan
from inrcodec.codecs.headers import Header, model_section
from inrcodec.container.sections import Container
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.schema import UINTS, coded
from inrcodec.settings import Settings
from inrcodec.signal import SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region


@dataclass(frozen=True)
class MeanCodec(ModelSpec, Codec):
    """The mean of all samples, in the header; a codec, its model and its renderer in one."""

    number = 200
    name = "mean"
    summary = "one value for each channel"

    means: tuple[int, ...] = coded(UINTS, default=())

    def plan(self, model: type[MeanCodec], settings: Settings, info: SignalInfo) -> Plan:
        return Plan(model(**settings.fields), info, settings, Cost())

    def encode(
        self,
        source: Source,
        plan: Plan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        samples = source.read(Region.whole(plan.info.shape))
        values = plan.info.values(samples).reshape(-1, plan.info.channels).mean(0)
        means = MeanCodec(tuple(int(1000 * value) for value in values))
        return EncodedItem(plan.info, [model_section(means)], steps=0)

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> _MeanRenderer:
        return _MeanRenderer(header)


@dataclass(frozen=True)
class _MeanRenderer:
    header: Header
    points_at_once = 1 << 20
    band_limited = False

    def _means(self) -> np.ndarray:
        return np.array(self.header.spec.fields()["means"], np.float32) / 1000

    def values(self, raster: Raster) -> np.ndarray:
        return np.broadcast_to(self._means(), (*raster.lengths, len(self._means()))).copy()

    def render(self, raster: Raster, report: Report | None = None) -> Any:
        return self.header.info.samples(self.values(raster))

    def sample(self, coordinates: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self._means(), (len(coordinates), len(self._means())))

    def differentiable(self, coordinates: Any) -> Any:
        raise NotImplementedError

    def read_all(self) -> None:
        pass


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # All of the house, before what is known is copied.
    registry.models()
    monkeypatch.setattr(registry, "_CODECS", dict(registry._CODECS))
    registry.register(MeanCodec(), MeanCodec)
    yield
    registry.read_model.cache_clear()


@pytest.mark.usefixtures("registered")
def test_the_library_encodes_and_opens_it() -> None:
    image = smooth_image(20, 30)
    encoded = inrcodec.encode(image, model="mean")
    assert (encoded.model, inrcodec.info(encoded.data)["model"]) == ("mean", "mean")
    opened = inrcodec.open(encoded.data)
    assert np.abs(opened.render(scale=2) - image.mean((0, 1))).max() < 1.5
    assert opened([0.0, 0.0]).tolist() == pytest.approx(image.mean((0, 1)) / 255, abs=0.005)
    opened.verify()


@pytest.mark.usefixtures("registered")
def test_audio_and_albums_need_nothing_more(tmp_path: Path) -> None:
    audio = inrcodec.encode(np.full(3000, 0.25, np.float32), rate=8000, model="mean")
    assert inrcodec.decode(audio.data, rate=4000) == pytest.approx(0.25, abs=0.01)
    sources = {"a.png": smooth_image(8, 8), "b.png": smooth_image(9, 8)}
    album = inrcodec.Album.encode(sources, tmp_path / "a.inr", model="mean")
    assert album["b"].render().shape == (9, 8, 3)
    assert run("verify", str(album.path)).exit_code == 0


@pytest.mark.usefixtures("registered")
def test_options_of_other_codecs_are_refused() -> None:
    with pytest.raises(UsageError, match="model mean has no quality"):
        inrcodec.encode(smooth_image(8, 8), model="mean", quality=50)


@pytest.mark.usefixtures("registered")
def test_numbers_and_names_are_taken_once() -> None:
    @dataclass(frozen=True)
    class Other(MeanCodec):
        name = "other"

    with pytest.raises(ValueError, match="taken by mean"):
        registry.register(Other(), Other)


def test_without_registration_it_is_unknown() -> None:
    with pytest.raises(UsageError, match="no model 'mean'"):
        inrcodec.encode(smooth_image(8, 8), model="mean")
