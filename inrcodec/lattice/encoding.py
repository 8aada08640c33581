"""A picture to a latent grid: transform, choice of latents, and their refinement.

Without iterations, the coefficients of the picture's own wavelet transform are rounded, each
weighed against what the context network says its bits cost. An iteration then aims at the picture
that the filter should be given, not at the original, and counts in what each latent costs others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.entropy import DecisionWriter
from inrcodec.lattice.blocks import block_of, empty_lattice, put_block
from inrcodec.lattice.choosing import Choosing, Prices
from inrcodec.lattice.color import color_matrix, fitted_angles
from inrcodec.lattice.context_network import ContextNetwork
from inrcodec.lattice.geometry import Geometry
from inrcodec.lattice.latents import walk, write_low
from inrcodec.lattice.prices import block_prices
from inrcodec.lattice.prior import load_prior
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.lattice.synthesis import Lattice, filtered, synthesised, to_color
from inrcodec.lattice.wavelet import Pyramid, analyse

__all__ = ["BIT_WEIGHT", "Coded", "Picture"]

# What a bit is worth in squared steps: the least BD-rate of 0.06 to 0.17.
BIT_WEIGHT = 0.09


@dataclass(frozen=True)
class Coded:
    """A picture's lattice at one step, its streams, the picture that they give (channels, height,
    width; from 0 to 1, not clamped), and its mean squared error after clamping."""

    spec: LatticeSpec
    lattice: Lattice
    streams: list[bytes]
    samples: Tensor
    error: float

    @property
    def cost(self) -> float:
        """Mean squared error plus what the bits per pixel are worth."""
        bits = 8 * sum(map(len, self.streams)) / self.samples[0].numel()
        return self.error + BIT_WEIGHT * self.spec.step_size**2 * bits


class Picture:
    """A picture's channels, ready to be coded at any step.

    Parameters
    ----------
    samples
        (height, width, 1 or 3), from 0 to `peak`.
    spec
        Prior and block size; the rest follows from the picture.
    """

    def __init__(
        self,
        samples: npt.NDArray[np.unsignedinteger],
        peak: int,
        spec: LatticeSpec,
        device: str = "cpu",
    ) -> None:
        planes = torch.from_numpy(samples.astype(np.float32) / peak).permute(2, 0, 1)
        angles = fitted_angles(planes.numpy()) if len(planes) == 3 else ()
        self.spec = replace(spec.for_shape(samples.shape[:2]), angles=angles)
        self.device = device
        self._original = planes
        self._prior = load_prior(spec.prior)
        matrix = torch.from_numpy(color_matrix(angles)).to(planes)
        self._channels = torch.tensordot(matrix, planes, dims=1)
        self._coefficients: Pyramid = analyse(self._channels, self.spec.levels)

    @property
    def _geometry(self) -> Geometry:
        return self.spec.geometry(tuple(self._original.shape[1:]))

    def refined(self, step: int) -> Iterator[Coded]:
        """Codings at a step, each an iteration on the one before; the first takes none. A later
        one need not be better."""
        spec = replace(self.spec, step=step)
        network = ContextNetwork(self._prior, step)
        size = spec.step_size
        low, details = self._coefficients
        wanted: Pyramid = (low / size, [(a / size, b / size, c / size) for a, b, c in details])
        coded = self._coded(spec, network, wanted, None)
        while True:
            yield coded
            slopes = [
                block_prices(network, block_of(coded.lattice, self._geometry, number))
                for number in range(self._geometry.grid.count)
            ]
            wanted = self._pulled(coded)
            coded = self._coded(spec, network, wanted, [Prices(s, network) for s in slopes])

    @torch.no_grad()
    def _coded(
        self,
        spec: LatticeSpec,
        network: ContextNetwork,
        wanted: Pyramid,
        prices: list[Prices] | None,
    ) -> Coded:
        """Choose and code latents near the wanted coefficients, in units of the step."""
        geometry = self._geometry
        lattice = empty_lattice(geometry, len(self._channels))
        streams = []
        for number in range(geometry.grid.count):
            low, details = _block(wanted, geometry, number)
            writer = DecisionWriter()
            lows = [np.rint(plane).astype(np.int32) for plane in low]
            for plane in lows:
                write_low(writer, plane)
            chooser = Choosing(writer, details, BIT_WEIGHT, prices[number] if prices else None)
            bands = walk(network, geometry.block_shapes(number), len(lows), chooser)
            put_block(lattice, geometry, number, (lows, bands))
            streams.append(writer.to_bytes())
        return self._better(spec, streams, lattice)

    def _better(self, spec: LatticeSpec, streams: list[bytes], lattice: Lattice) -> Coded:
        """With the filter, where it may be, or without: whichever is nearer to the original."""
        plain = synthesised(lattice, self.device)
        candidates = []
        for on in (1, 0) if self.spec.filtered else (0,):
            channels = filtered(plain, self._prior, spec.step) if on else plain
            chosen = replace(spec, filtered=on)
            drawn = to_color(channels, chosen)
            error = float(((drawn.clamp(0, 1) - self._original.to(drawn)) ** 2).mean())
            candidates.append(Coded(chosen, lattice, streams, drawn, error))
        return min(candidates, key=lambda coded: coded.error)

    def _pulled(self, coded: Coded) -> Pyramid:
        """What the lattice should hold: where it is, moved against the gradient of the squared
        error of what is synthesised from it. Without a filter, the picture's own coefficients."""
        plain = synthesised(coded.lattice, self.device).requires_grad_()
        original = self._channels.to(plain) / coded.spec.step_size
        with torch.enable_grad():
            drawn = filtered(plain, self._prior, coded.spec.step) if coded.spec.filtered else plain
            error = ((drawn - original) ** 2).sum()
            (slope,) = torch.autograd.grad(error, plain)
        return analyse((plain.detach() - slope / 2).cpu(), self.spec.levels)


def _block(
    wanted: Pyramid, geometry: Geometry, number: int
) -> tuple[list[npt.NDArray[np.float32]], list[list[list[npt.NDArray[np.float32]]]]]:
    """A block's part of a pyramid: of the lowest band by channel, and by level, channel, band."""
    low, details = wanted
    channels = range(len(low))
    return [low[(c, *geometry.low_part(number))].numpy() for c in channels], [
        [
            [band[(c, *part)].numpy() for band, part in zip(bands, parts, strict=True)]
            for c in channels
        ]
        for bands, parts in zip(details, geometry.band_parts(number), strict=True)
    ]
