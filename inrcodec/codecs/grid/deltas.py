"""An image's own networks: the prior's, with differences in the weights of last layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.delta_coder import read_differences, write_differences
from inrcodec.codecs.grid.pretrained import KINDS, Filter, Layers, Prior
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError

__all__ = [
    "BIAS_UNIT",
    "FILTER_UNIT",
    "WEIGHT_UNIT",
    "Tuning",
    "own_filter",
    "possible_contexts",
    "read_tuning",
]

Ints = npt.NDArray[np.int32]

# What one of a difference is worth: in a filter, and in a context network's third layer.
FILTER_UNIT = 2.0**-6
WEIGHT_UNIT = 4
BIAS_UNIT = 256
_MOST_WEIGHT = 127
_MOST_BIAS = 1 << 22


@dataclass(frozen=True)
class Tuning:
    """Differences from a prior.

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
    def none(cls, prior: Prior, levels: int, channels: int) -> Tuning:
        """No differences, for an image of so many levels and channels."""
        filters, contexts = prior.tuning_shapes(levels, channels)
        return cls(np.zeros(filters, np.int32), np.zeros(contexts, np.int32))

    def to_bytes(self) -> bytes:
        """The payload of an `ITEM` or `SHAR` section."""
        writer = DecisionWriter()
        for part in (self.filters, self.contexts):
            for row in part.reshape(-1, part.shape[-1]):
                write_differences(writer, row)
        return writer.to_bytes()

    def of(self, prior: Prior) -> Prior:
        """The image's own prior.

        Raises `MalformedError` where a weight would be too large for exact sums.
        """
        layers = dict(prior.layers)
        for kind, differences in zip(KINDS, self.contexts, strict=False):
            if differences.any():
                layers[kind] = _own_layers(layers[kind], differences)
        own = zip(prior.filters, self.filters, strict=False)
        return replace(prior, layers=layers, filters=tuple(own_filter(*pair) for pair in own))


def read_tuning(data: bytes, prior: Prior, levels: int, channels: int) -> Tuning:
    """Read the differences of so many levels and channels.

    Raises `MalformedError` where it is not valid.
    """
    reader, tuning = DecisionReader(data), Tuning.none(prior, levels, channels)
    for part in (tuning.filters, tuning.contexts):
        for row in part.reshape(-1, part.shape[-1]):
            row[:] = read_differences(reader, row.size)
    reader.finish()
    return tuning


def possible_contexts(prior: Prior, contexts: Ints) -> Ints:
    """Differences of context networks, drawn to where weights stay in range."""
    third = np.stack([prior.layers[kind].third for kind in KINDS[: len(contexts)]]).astype(np.int32)
    lowest = -((_MOST_WEIGHT + third) // WEIGHT_UNIT)
    possible = contexts.copy()
    possible[..., :-1] = contexts[..., :-1].clip(lowest, (_MOST_WEIGHT - third) // WEIGHT_UNIT)
    return possible


def _own_layers(layers: Layers, differences: Ints) -> Layers:
    third = layers.third + WEIGHT_UNIT * differences[:, :-1].astype(np.int64)
    bias = layers.third_bias + BIAS_UNIT * differences[:, -1].astype(np.int64)
    if np.abs(third).max() > _MOST_WEIGHT or np.abs(bias).max() > _MOST_BIAS:
        raise MalformedError("a weight of the image's own is out of range")
    return replace(layers, third=third.astype(np.int8), third_bias=bias.astype(np.int32))


def own_filter(weights: Filter, differences: Ints) -> Filter:
    """A filter with differences (channels, taps) in its last layer."""
    last, bias = weights[4].copy(), weights[5].copy()
    count = len(differences)
    moved = (differences * FILTER_UNIT).astype(np.float32)
    last[:count] += moved[:, :-1].reshape(count, *last.shape[1:])
    bias[:count] += moved[:, -1]
    return *weights[:4], last, bias
