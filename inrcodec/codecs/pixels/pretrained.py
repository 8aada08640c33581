"""The pretrained model of scans: the networks and tables that encoder and decoder know beforehand.

A model has a number, which a file names; it never changes once a release has shipped it. It was
trained on photographs (`training/train_pixels.py`). The specification names its file
(`formats/pretrained`) and that file's SHA-256.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from inrcodec.codecs.grid.pretrained import ModelFile
from inrcodec.errors import UnknownNumberError
from inrcodec.native.scan import ScanModel

__all__ = ["CURRENT", "MODELS", "load_scan_model", "read_scan_model"]

_FOLDER = files("inrcodec.codecs.pixels")
# What files are written with.
CURRENT = 1
MODELS = {
    CURRENT: ModelFile(
        _FOLDER / f"pixels-{CURRENT}.npz",
        "6955dc7b6061861d33c14826fabb84aa85e48120c76b062e47517b0c06fa39b9",
    )
}


@cache
def load_scan_model(number: int) -> ScanModel:
    """Load the model of a number.

    Raises `UnknownNumberError` where this release has none, `InrError` where its file is damaged.
    """
    if number not in MODELS:
        raise UnknownNumberError(f"pretrained model {number} is unknown to this release")
    return read_scan_model(MODELS[number].read())


def read_scan_model(data: bytes) -> ScanModel:
    """Read a model from the bytes of its file."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return ScanModel(**{name: arrays[name] for name in arrays.files})
