"""Small images and small fits that tests share."""

from __future__ import annotations

import os
import time
from pathlib import Path

# As the command line does, and before torch is loaded: a busy machine must not slow tests tenfold.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import settings
from PIL import Image

import inrcodec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array

# Machines of continuous integration pause for no reason, and a test must not fail by chance.
# Half of the usual examples keep the suite short; `--hypothesis-profile thorough` has more.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("steady")

Samples = npt.NDArray[np.uint8]
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"


def smooth_image(height: int, width: int, channels: int = 3) -> Samples:
    """A smooth image with an edge: something that a few steps fit in part."""
    y, x = np.mgrid[:height, :width]
    planes = [
        127 + 100 * np.sin(x / 9 + c) * np.cos(y / 11 - c) + 25 * (x + y > width)
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def values_of(samples: Samples) -> npt.NDArray[np.float32]:
    """An image as networks give it, from -1 to 1."""
    return to_network(from_array(samples).info, samples)


def crop_of_photo(height: int, width: int) -> Samples:
    """A part of the sample photograph with mountains and water."""
    with Image.open(SAMPLES / "photo.png") as image:
        return np.asarray(image)[200 : 200 + height, 350 : 350 + width]


def check_group_ends(group: int) -> None:
    """No process is left of a group, or soon will be: helpers of Python itself end a moment later
    than what they help."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"processes of group {group} are left")


@pytest.fixture(autouse=True)
def same_random_numbers() -> None:
    """Tests that draw tensors draw the same ones every time."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def tiled() -> inrcodec.Encoded:
    """A small tiled file whose last tiles reach beyond the image: 50×36 in tiles of 16."""
    return inrcodec.encode(crop_of_photo(36, 50), model="enrp", tile=16, width=4, depth=1, steps=60)


@pytest.fixture(scope="session")
def whole() -> inrcodec.Encoded:
    """A small file of one network for the whole image."""
    return inrcodec.encode(
        crop_of_photo(36, 50), model="siren", width=12, depth=1, omega=15.0, steps=60
    )
