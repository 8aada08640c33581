"""Starting networks of audio signals at frequencies that they have.

The fit then need not find them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch

from inrcodec.codecs.inr.networks.activations import SINE
from inrcodec.codecs.inr.networks.mlp import PerceptronSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.signal.geometry import Frame, Tiling

__all__ = ["start_audio"]

# Points of a spectrum for each sample: peaks lie between the lines of a plain one.
_FINER = 4
# First layers that see a whole signal go up to so many radians a sample of half of it: SIREN's
# coordinates from -100 to 100 for 7 seconds at 44.1 kHz (Sitzmann et al. 2020, supplement).
_RADIANS = 0.01
# Weights of 16 bits have a 4096th of their value as error: at more radians than these from the
# middle of the coordinates, phases would be off by more than a quarter.
_MOST_RADIANS = 1000.0


def start_audio(network: Network, values: npt.NDArray[np.float32], seed: int) -> None:
    """Change a network of sines before its fit to values (frames, channels).

    Where tiles have coordinates of their own, half of the first layer takes the strongest
    frequencies of the tile, at random phases. Elsewhere first layers are spread over as many
    frequencies a second however long the signal is.
    """
    spec = network.spec
    if not isinstance(spec, PerceptronSpec) or spec.activation != SINE.number:
        return
    if spec.frame is Frame.TILE:
        _take_peaks(network, spec, values, seed)
        return
    spread = max(1.0, min(_RADIANS * len(values), _MOST_RADIANS) / spec.omega_0)
    axes = len(network.domain.shape)
    for layer in spec.first_layers:
        # What a layer takes beside the coordinates has frequencies of its own.
        network.weights[f"weight{layer}"][..., :axes] *= spread


def _take_peaks(
    network: Network, spec: PerceptronSpec, values: npt.NDArray[np.float32], seed: int
) -> None:
    """Have half of each tile's first layer start at the strongest frequencies of the tile."""
    (layer,), tiling = spec.first_layers, network.tiling
    weight, bias = network.weights[f"weight{layer}"], network.weights[f"bias{layer}"]
    count = weight.shape[1] // 2
    radians = _peaks(values, tiling, count) * (tiling.tile[0] / 2)
    radians[radians > _MOST_RADIANS] = 0
    found = torch.from_numpy(radians / np.float32(spec.omega_0)).to(weight)
    generator = torch.Generator().manual_seed(seed)
    phases = math.pi * (2 * torch.rand(found.shape, generator=generator) - 1) / spec.omega_0
    weight[:, :count, 0] = torch.where(found > 0, found, weight[:, :count, 0])
    bias[:, :count] = torch.where(found > 0, phases.to(bias), bias[:, :count])


def _peaks(values: npt.NDArray[np.float32], tiling: Tiling, count: int) -> npt.NDArray[np.float32]:
    """Return the frequencies of the highest peaks of each tile's power spectrum, (tiles, count).

    Spectra are of all channels together, frequencies in radians a sample; 0 where there are fewer.
    """
    stacked = np.asarray(tiling.stack(values), np.float32)
    length = stacked.shape[2]
    spectra = np.fft.rfft(stacked * np.hanning(length), _FINER * length)
    power = np.square(np.abs(spectra)).sum(1)
    inner = power[:, 1:-1]
    is_peak = (inner > power[:, :-2]) & (inner >= power[:, 2:])
    heights = np.where(is_peak, inner, 0)
    order = np.argsort(-heights, axis=1)[:, :count]
    there = np.take_along_axis(heights, order, 1) > 0
    frequencies = np.where(there, 2 * np.pi * (order + 1) / (_FINER * length), 0)
    padded = np.pad(frequencies, [(0, 0), (0, count - frequencies.shape[1])])
    return padded.astype(np.float32)
