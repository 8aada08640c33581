"""A model of random weights, and layouts, for tests of streams."""

from __future__ import annotations

import numpy as np

from inrcodec.codecs.audio_grid.networks import AudioModel, RowNetworks
from inrcodec.codecs.audio_grid.rows import KINDS
from inrcodec.codecs.audio_grid.streams import Layout
from inrcodec.codecs.grid.pretrained import Layers

FRAME, RATE = 512, 8000


def random_networks(seed: int = 0, most: int = 20) -> RowNetworks:
    """Networks of random weights; with small ones their probabilities are all but even."""
    generator = np.random.default_rng(seed)
    sizes = np.arange(8192)
    layers = {}
    for kind in KINDS:
        tensors = {
            name: generator.integers(-most, most + 1, shape).astype(np.int8)
            for name, shape in Layers.shapes(kind).items()
        }
        for name in ("second_bias", "third_bias"):
            tensors[name] = tensors[name].astype(np.int32) * 64
        layers[kind] = Layers(**tensors)
    return RowNetworks(
        AudioModel(
            logarithm=np.rint(16 * np.log2(1 + sizes[:1024])).astype(np.uint8),
            slopes=np.rint(16 * np.log2(1 + sizes / 8)).astype(np.uint8),
            expected=np.rint(16 * np.log2(1 + 2.0 ** (np.arange(-64, 128) / 8))).astype(np.uint8),
            ratios=np.rint(2.0 ** (np.arange(-96, 97) / 8 + 10)).astype(np.int32),
            logistic=np.minimum(np.rint(65536 / (1 + np.exp(-sizes[:1024] / 64))), 65535).astype(
                np.uint16
            ),
            layers=layers,
        )
    )


def layout(frames: int, channels: int, masking: int, step: int = 200) -> Layout:
    """A layout of short frames."""
    return Layout(FRAME, frames, channels, RATE, step, masking, 9 if masking else 0)
