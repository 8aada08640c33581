"""The pretrained networks of audio, as integers: the probabilities of numbers of a row.

They are those of the image grid in shape and arithmetic (`grid.context_network`), with other
inputs. A model has a number, which a file names; it never changes once a release has shipped it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.rows import KINDS, Kind
from inrcodec.codecs.grid.context_network import (
    MOST_LOGIT,
    logits_of,
    looked_up,
    probability_table,
    scaled,
)
from inrcodec.codecs.grid.pretrained import Layers, pack_tensors, read_layers
from inrcodec.native.audio import Rows

__all__ = ["MOST_RATIO", "AudioModel", "RowNetworks", "read_audio_model"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

# Of tables, in eighths of an octave: the largest ratio, and the least that is expected.
MOST_RATIO, _LEAST_EXPECTED = 96, -64
_TABLES = ("logarithm", "slopes", "expected", "ratios", "logistic")


@dataclass(frozen=True)
class AudioModel:
    """Everything that a model's number stands for.

    Attributes
    ----------
    logarithm
        uint8 (1024,): 16·log2(1 + a), rounded, of a magnitude a; larger ones are as the last.
    slopes
        uint8 (8192,): the same of a magnitude in eighths.
    expected
        uint8 (192,): the same of 2^(x/8), for x from -64 to 127.
    ratios
        int32 (193,): 1024·2^(x/8), rounded, for x from -96 to 96.
    logistic
        uint16 (1024,): 65536 / (1 + exp(-x/64)), rounded, at most 65535.
    layers
        A network for each kind of pass.
    """

    logarithm: npt.NDArray[np.uint8]
    slopes: npt.NDArray[np.uint8]
    expected: npt.NDArray[np.uint8]
    ratios: npt.NDArray[np.int32]
    logistic: npt.NDArray[np.uint16]
    layers: dict[Kind, Layers]


def read_audio_model(data: bytes) -> AudioModel:
    """Read a model from the bytes of its file."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        tables = {name: arrays[name] for name in _TABLES}
        layers = read_layers(KINDS, arrays["weights"], arrays["biases"])
        return AudioModel(**tables, layers=layers)


class RowNetworks:
    """A model's networks and tables, by numpy; `kernel` is what the compiled kernels take."""

    def __init__(self, model: AudioModel) -> None:
        self._model = model
        self._logarithm = model.logarithm.astype(np.float32)
        self._slopes = model.slopes.astype(np.float32)
        self._expected = model.expected.astype(np.float32)
        self.ratios = model.ratios.astype(np.int64)
        self._probabilities = probability_table(model.logistic)
        self._layers = cache(lambda kind: scaled(model.layers[kind]))

    @cached_property
    def kernel(self) -> Rows:
        """The networks and tables as kernels take them."""
        packed = [pack_tensors(vars(self._model.layers[kind])) for kind in KINDS]
        return Rows(
            np.concatenate(packed),
            self._logarithm,
            self._slopes,
            self._expected,
            self._model.ratios,
            self._probabilities.astype(np.uint16),
        )

    def compress(self, sizes: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return 16·log2(1 + a), rounded, of magnitudes."""
        found: Floats = self._logarithm[np.minimum(sizes, len(self._logarithm) - 1)]
        return found

    def compress_eighths(self, sizes: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return 16·log2(1 + a/8), rounded, of magnitudes in eighths."""
        found: Floats = self._slopes[np.minimum(sizes, len(self._slopes) - 1)]
        return found

    def compress_signed(self, numbers: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return sign(a)·16·log2(1 + |a|), rounded."""
        return looked_up(self._logarithm, numbers)

    def compress_octaves(self, eighths: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return 16·log2(1 + 2^(x/8)), rounded, of eighths of an octave x."""
        most = len(self._expected) - 1
        found: Floats = self._expected[np.clip(eighths - _LEAST_EXPECTED, 0, most)]
        return found

    def logits(self, kind: Kind, inputs: Floats, values: Floats, constants: Floats) -> Ints:
        """Compute logits (5, places) in 1/64: above 0, above 1, above 2, larger still, positive.

        `inputs` are the magnitudes and `ODD` more rows, which are overwritten.
        """
        return logits_of(self._layers(kind), inputs, values, constants)

    def probabilities(self, logits: Ints) -> Ints:
        """Return the probabilities of logits, in 2^-16."""
        found: Ints = self._probabilities[logits + MOST_LOGIT]
        return found
