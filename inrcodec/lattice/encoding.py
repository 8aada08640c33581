"""A picture to a latent grid: transform, choice of latents, and what a descent on them needs.

Without iterations, the coefficients of the picture's own wavelet transform are rounded, each
weighed against what the context network says its bits cost. A `Descent` then starts from there and
sees what filters make of latents, and what each costs others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.entropy import DecisionWriter
from inrcodec.lattice.blocks import empty_lattice, put_block
from inrcodec.lattice.choosing import Choosing
from inrcodec.lattice.color import color_matrix, fitted_angles
from inrcodec.lattice.context_network import ContextNetwork
from inrcodec.lattice.descent import Descent
from inrcodec.lattice.geometry import Geometry
from inrcodec.lattice.latents import walk, write_low
from inrcodec.lattice.prices import block_slopes
from inrcodec.lattice.prior import load_prior
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.lattice.synthesis import Lattice, pyramid_from, synthesised, to_color
from inrcodec.lattice.wavelet import Pyramid, analyse, flattened, pyramid_of

__all__ = ["BIT_WEIGHT", "Coded", "Picture"]

# What a bit is worth in squared steps: the least BD-rate of 0.06 to 0.17.
BIT_WEIGHT = 0.09
# How far a real latent may start from the chosen one.
_WITHIN = 0.49


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

    @torch.no_grad()
    def coded(self, step: int) -> Coded:
        """The picture's own coefficients at a step, each weighed against its bits."""
        low, details = self._coefficients
        size = replace(self.spec, step=step).step_size
        wanted = low / size, [(a / size, b / size, c / size) for a, b, c in details]
        return self._coded(step, wanted, BIT_WEIGHT)

    @torch.no_grad()
    def rounded(self, step: int, wanted: Pyramid) -> Coded:
        """Real latents at a step, each as the nearest whole one."""
        return self._coded(step, wanted, 0.0)

    def start(self, coded: Coded) -> Pyramid:
        """Real latents that are nearest to those of a coding, drawn towards what the gradient of
        the squared error would have them be."""
        chosen = pyramid_from(coded.lattice)
        slopes = self._error(coded.spec, chosen)[1]
        return pyramid_of(
            [
                q - (slope / 2).clamp(-_WITHIN, _WITHIN)
                for q, slope in zip(flattened(chosen), flattened(slopes), strict=True)
            ]
        )

    def descent(self, spec: LatticeSpec, latents: Pyramid) -> Descent:
        """A descent from real latents, at the step of `spec` and with its filters."""
        bit_slopes = partial(self._bit_slopes, ContextNetwork(self._prior, spec.step))
        return Descent(latents, partial(self._error, spec), bit_slopes)

    def scale(self, spec: LatticeSpec) -> float:
        """What squared steps are to be multiplied by for the mean squared error."""
        return spec.step_size**2 / self._original[0].numel()

    def _error(self, spec: LatticeSpec, latents: Pyramid) -> tuple[float, Pyramid]:
        """The squared error of what latents synthesise to and its slopes by them, in squared
        steps."""
        bands = [band.detach().requires_grad_() for band in flattened(latents)]
        with torch.enable_grad():
            on_device = pyramid_of([band.to(self.device) for band in bands])
            channels = synthesised(on_device, self._prior, spec)
            original = self._channels.to(channels.detach()) / spec.step_size
            error = ((channels - original) ** 2).sum()
            slopes = torch.autograd.grad(error, bands, materialize_grads=True)
        return float(error.detach()), pyramid_of(slopes)

    def _bit_slopes(self, network: ContextNetwork, latents: Pyramid) -> Pyramid:
        """What latents cost, in squared steps per unit."""
        slopes = pyramid_of([torch.zeros_like(band) for band in flattened(latents)])
        for number in range(self._geometry.grid.count):
            block = block_slopes(network, _block(latents, self._geometry, number)[1])
            parts = self._geometry.band_parts(number)
            for bands, places, by_channel in zip(slopes[1], parts, block, strict=True):
                for channel, planes in enumerate(by_channel):
                    for band, place, plane in zip(bands, places, planes, strict=True):
                        band[(channel, *place)] = torch.from_numpy(plane) * BIT_WEIGHT
        return slopes

    def _coded(self, step: int, wanted: Pyramid, weight: float) -> Coded:
        """Choose and code latents near the wanted ones, in units of the step."""
        geometry, spec = self._geometry, replace(self.spec, step=step)
        network = ContextNetwork(self._prior, step)
        lattice = empty_lattice(geometry, len(self._channels))
        streams = []
        for number in range(geometry.grid.count):
            low, details = _block(wanted, geometry, number)
            writer = DecisionWriter()
            lows = [np.rint(plane).astype(np.int32) for plane in low]
            for plane in lows:
                write_low(writer, plane)
            chooser = Choosing(writer, details, weight)
            bands = walk(network, geometry.block_shapes(number), len(lows), chooser)
            put_block(lattice, geometry, number, (lows, bands))
            streams.append(writer.to_bytes())
        return self._better(spec, streams, lattice)

    def _better(self, spec: LatticeSpec, streams: list[bytes], lattice: Lattice) -> Coded:
        """With filters, where they may be, or without: whichever is nearer to the original."""
        latents = pyramid_from(lattice, self.device)
        candidates = []
        for on in (1, 0) if self.spec.filtered else (0,):
            chosen = replace(spec, filtered=on)
            drawn = to_color(synthesised(latents, self._prior, chosen), chosen)
            error = float(((drawn.clamp(0, 1) - self._original.to(drawn)) ** 2).mean())
            candidates.append(Coded(chosen, lattice, streams, drawn, error))
        return min(candidates, key=lambda coded: coded.error)


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
