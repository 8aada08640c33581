"""What `make_vectors.py` makes files from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import inrcodec
from inrcodec.pictures import from_array
from inrcodec.signals import Metadata

ROOT = Path(__file__).parent

Samples = npt.NDArray[np.unsignedinteger]


def sample(name: str, box: tuple[int, int, int, int]) -> Samples:
    """A part of one of the project's sample pictures."""
    with Image.open(ROOT.parent / "samples" / name) as image:
        return np.asarray(image.crop(box))


def encode(samples: Samples, metadata: Metadata | None = None, **options: object) -> bytes:
    signal = from_array(samples, metadata)
    return inrcodec.encode(signal, device="cpu", **options).data  # type: ignore[arg-type]
