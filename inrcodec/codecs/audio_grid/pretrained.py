"""The pretrained models of audio, by their numbers.

A model was trained on recordings (`training/train_audio_model.py`). The specification names its
file (`formats/pretrained`) and that file's SHA-256.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from inrcodec.codecs.audio_grid.networks import RowNetworks, read_audio_model
from inrcodec.codecs.grid.pretrained import ModelFile
from inrcodec.errors import UnknownNumberError

__all__ = ["CURRENT", "MODELS", "load_networks"]

_FOLDER = files("inrcodec.codecs.audio_grid")
# What files are written with.
CURRENT = 1
MODELS = {
    CURRENT: ModelFile(
        _FOLDER / f"audio-{CURRENT}.npz",
        "de276b306032d22cfaf47396e0b9e0634ea99be7a1dc061dc2f24c001ceefabf",
    )
}


@cache
def load_networks(number: int) -> RowNetworks:
    """Load the networks of a model.

    Raises `UnknownNumberError` where there is none, `InrError` where its file is not the one that
    the specification names.
    """
    if number not in MODELS:
        raise UnknownNumberError(f"pretrained model {number} is unknown to this release")
    return RowNetworks(read_audio_model(MODELS[number].read()))
