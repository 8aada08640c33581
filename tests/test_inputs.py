"""What `inrcodec.encode` and `inrcodec.open` take: files, URLs, bytes, images, arrays, tensors."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from conftest import crop_of_photo
from PIL import Image

import inrcodec

SAMPLES = crop_of_photo(24, 32)
QUICK: dict[str, Any] = {"effort": 1}


@pytest.fixture(scope="module")
def expected() -> bytes:
    return inrcodec.encode(SAMPLES, **QUICK).data


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(SAMPLES).save(path)
    return path


def test_files_of_any_kind(photo: Path, expected: bytes) -> None:
    data = photo.read_bytes()
    with photo.open("rb") as stream:
        sources = [photo, str(photo), f"file://{photo}", data, io.BytesIO(data), stream]
        assert [inrcodec.encode(source, **QUICK).data for source in sources] == [expected] * 6
        assert not stream.closed


def test_streams_that_only_go_forward(photo: Path, expected: bytes) -> None:
    class Forward(io.BytesIO):
        def seekable(self) -> bool:
            return False

    assert inrcodec.encode(Forward(photo.read_bytes()), **QUICK).data == expected


def test_urls(photo: Path, expected: bytes) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")
    with fsspec.open("memory://photo.png", "wb") as stream:
        stream.write(photo.read_bytes())
    encoded = inrcodec.encode("memory://photo.png", **QUICK)
    assert encoded.data == expected
    with fsspec.open("memory://photo.inr", "wb") as stream:
        stream.write(encoded.data)
    assert inrcodec.open("memory://photo.inr").render().shape == (24, 32, 3)


def test_images_and_arrays(expected: bytes) -> None:
    tensor = torch.from_numpy(SAMPLES.copy()).permute(2, 0, 1)
    for source in (
        Image.fromarray(SAMPLES),
        SAMPLES,
        SAMPLES / 255,
        (SAMPLES / 255).astype(np.float32),
        tensor,
        tensor.float().div(255).requires_grad_(),
    ):
        assert inrcodec.encode(source, **QUICK).data == expected


def test_audio_as_array_and_tensor(tmp_path: Path) -> None:
    wave = (0.3 * np.sin(np.arange(3000) * 0.2)).astype(np.float32)
    both = np.stack([wave, -wave], 1)
    quick: dict[str, Any] = {"rate": 8000, "effort": 1}
    expected = inrcodec.encode(both, **quick).data
    assert inrcodec.encode(torch.from_numpy(both.T.copy()), **quick).data == expected
    soundfile.write(tmp_path / "x.wav", both, 8000, "FLOAT")
    assert inrcodec.encode((tmp_path / "x.wav").read_bytes(), effort=1).data == expected


def test_floats_beyond_their_range_are_refused() -> None:
    for wrong in (SAMPLES.astype(float), np.full((4, 4), np.nan), -np.ones((4, 4))):
        with pytest.raises(inrcodec.SignalError, match="0 to 1"):
            inrcodec.encode(wrong)


@pytest.mark.parametrize("source", [3, None, ["a.png"], object()])
def test_what_is_no_signal_is_refused(source: Any) -> None:
    with pytest.raises(inrcodec.UsageError):
        inrcodec.encode(source)


def test_settings_stand_for_keywords(expected: bytes) -> None:
    settings = inrcodec.Settings(effort=1, options=inrcodec.GridOptions(quality=60))
    assert inrcodec.encode(SAMPLES, settings=settings).data == expected
    with pytest.raises(inrcodec.UsageError, match="settings or effort"):
        inrcodec.encode(SAMPLES, settings=settings, effort=2)
    with pytest.raises(inrcodec.UsageError, match="GridOptions"):
        inrcodec.Settings(options={"quality": 60})  # type: ignore[arg-type]
