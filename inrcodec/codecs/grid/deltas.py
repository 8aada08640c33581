"""Weight deltas: what an item's, or a file's, networks differ by from the pretrained model's in the
weights of last layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.delta_coder import read_deltas, write_deltas
from inrcodec.codecs.grid.pretrained import KINDS, Filter, Layers, PretrainedModel
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError

__all__ = [
    "BIAS_UNIT",
    "FILTER_UNIT",
    "MOST_WEIGHT",
    "WEIGHT_UNIT",
    "WeightDeltas",
    "adapted_filter",
    "read_weight_deltas",
]

Ints = npt.NDArray[np.int32]

# What a delta of 1 is worth: in a filter, and in a context network's third layer.
FILTER_UNIT = 2.0**-6
WEIGHT_UNIT = 4
BIAS_UNIT = 256
MOST_WEIGHT = 127
_MOST_BIAS = 1 << 22


@dataclass(frozen=True)
class WeightDeltas:
    """Deltas to a pretrained model's weights.

    Attributes
    ----------
    filters
        (scales, channels, taps); taps are a channel's weights (inputs, 3, 3) and its bias.
    contexts
        (kinds of these channels, LOGITS, HIDDEN + 1); weights and bias of a logit.
    """

    filters: Ints
    contexts: Ints

    @classmethod
    def none(cls, model: PretrainedModel, levels: int, channels: int) -> WeightDeltas:
        """Build deltas of zero, for an image of so many levels and channels."""
        filters, contexts = model.delta_shapes(levels, channels)
        return cls(np.zeros(filters, np.int32), np.zeros(contexts, np.int32))

    def to_bytes(self) -> bytes:
        """Return the payload of an `ITEM` or `SHAR` section."""
        writer = DecisionWriter()
        for part in (self.filters, self.contexts):
            for row in part.reshape(-1, part.shape[-1]):
                write_deltas(writer, row)
        return writer.to_bytes()

    def applied_to(self, model: PretrainedModel) -> PretrainedModel:
        """Return the model with the deltas added to its weights.

        Raises `MalformedError` where a weight would be too large for exact sums.
        """
        layers = dict(model.layers)
        for kind, deltas in zip(KINDS, self.contexts, strict=False):
            if deltas.any():
                layers[kind] = _adapted_layers(layers[kind], deltas)
        pairs = zip(model.filters, self.filters, strict=False)
        return replace(model, layers=layers, filters=tuple(adapted_filter(*p) for p in pairs))


def read_weight_deltas(
    data: bytes, model: PretrainedModel, levels: int, channels: int
) -> WeightDeltas:
    """Read the deltas of so many levels and channels.

    Raises `MalformedError` where they are not valid.
    """
    reader, deltas = DecisionReader(data), WeightDeltas.none(model, levels, channels)
    for part in (deltas.filters, deltas.contexts):
        for row in part.reshape(-1, part.shape[-1]):
            row[:] = read_deltas(reader, row.size)
    reader.finish()
    return deltas


def _adapted_layers(layers: Layers, deltas: Ints) -> Layers:
    third = layers.third + WEIGHT_UNIT * deltas[:, :-1].astype(np.int64)
    bias = layers.third_bias + BIAS_UNIT * deltas[:, -1].astype(np.int64)
    if np.abs(third).max() > MOST_WEIGHT or np.abs(bias).max() > _MOST_BIAS:
        raise MalformedError("an adapted weight is out of range")
    return replace(layers, third=third.astype(np.int8), third_bias=bias.astype(np.int32))


def adapted_filter(weights: Filter, deltas: Ints) -> Filter:
    """Return a filter with deltas (channels, taps) added to its last layer."""
    last, bias = weights[4].copy(), weights[5].copy()
    count = len(deltas)
    moved = (deltas * FILTER_UNIT).astype(np.float32)
    last[:count] += moved[:, :-1].reshape(count, *last.shape[1:])
    bias[:count] += moved[:, -1]
    return *weights[:4], last, bias
