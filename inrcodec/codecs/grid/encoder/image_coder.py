"""An image to a latent grid: transform, choice of latents, and what a descent on them needs.

Without iterations, the coefficients of the image's own wavelet transform are rounded, each
weighed against what the context network says its bits cost. A `Descent` then starts from there and
sees what filters make of latents, and what each costs others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.blocks import block_of, empty_lattice, put_block
from inrcodec.codecs.grid.coder import walk, write_low
from inrcodec.codecs.grid.color import color_matrix, fitted_angles
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import Tuning
from inrcodec.codecs.grid.encoder.adaptation import Sample, fit_tuning
from inrcodec.codecs.grid.encoder.filter_adaptation import Source
from inrcodec.codecs.grid.encoder.objective import BIT_WEIGHT, Objective
from inrcodec.codecs.grid.encoder.optimizer import Descent
from inrcodec.codecs.grid.encoder.quantizer import Choosing
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import Prior, load_prior
from inrcodec.codecs.grid.spec import NO_FILTERS, PRIOR, SHARED, GridSpec
from inrcodec.codecs.grid.synthesis import Lattice, pyramid_from, synthesised, to_color
from inrcodec.codecs.grid.wavelet import Pyramid, analyse, flattened, pyramid_of
from inrcodec.devices import total
from inrcodec.entropy import DecisionWriter
from inrcodec.progress import Report, told

__all__ = ["Coded", "ImageCoder"]

# How far a real latent may start from the chosen one.
_WITHIN = 0.49


@dataclass(frozen=True)
class Coded:
    """An image's lattice at one step, its streams, the image that they give (channels, height,
    width; from 0 to 1, not clamped), its mean squared error after clamping, and the tuning of its
    own networks, if it has any."""

    spec: GridSpec
    lattice: Lattice
    streams: list[bytes]
    samples: Tensor
    error: float
    tuning: Tuning | None = None

    @property
    def cost(self) -> float:
        """Mean squared error plus what the bits per pixel are worth."""
        coded = sum(map(len, self.streams))
        if self.tuning is not None:
            coded += len(self.tuning.to_bytes())
        bits = 8 * coded / self.samples[0].numel()
        return self.error + BIT_WEIGHT * self.spec.step_size**2 * bits


class ImageCoder:
    """An image's channels, ready to be coded at any step.

    Parameters
    ----------
    samples
        (height, width, 1 or 3), from 0 to `peak`.
    spec
        Prior and block size; the rest follows from the image.
    shared
        What its networks differ by from the prior's, with those of other images in its file.
    report
        Told of each block that is coded.
    """

    def __init__(
        self,
        samples: npt.NDArray[np.unsignedinteger],
        peak: int,
        spec: GridSpec,
        device: str = "cpu",
        shared: Tuning | None = None,
        report: Report | None = None,
    ) -> None:
        planes = torch.from_numpy(samples.astype(np.float32) / peak).permute(2, 0, 1)
        angles = fitted_angles(planes.numpy()) if len(planes) == 3 else ()
        self.spec = replace(spec.for_shape(samples.shape[:2]), angles=angles)
        self.device = device
        self._report = report
        self._original = planes
        self._prior = load_prior(spec.prior)
        if shared is not None:
            self._prior, self.spec = shared.of(self._prior), replace(self.spec, networks=SHARED)
        matrix = torch.from_numpy(color_matrix(angles)).to(planes)
        self._channels = torch.tensordot(matrix, planes, dims=1)
        self._coefficients: Pyramid = analyse(self._channels, self.spec.levels)

    @property
    def _geometry(self) -> Geometry:
        return self.spec.geometry(tuple(self._original.shape[1:]))

    @torch.no_grad()
    def coded(self, step: int) -> Coded:
        """The image's own coefficients at a step, each weighed against its bits."""
        low, details = self._coefficients
        size = replace(self.spec, step=step).step_size
        wanted = low / size, [(a / size, b / size, c / size) for a, b, c in details]
        return self._coded(step, wanted, BIT_WEIGHT)

    @torch.no_grad()
    def rounded(self, step: int, wanted: Pyramid) -> Coded:
        """Real latents at a step, each as the nearest whole one."""
        return self._coded(step, wanted, 0.0)

    @torch.no_grad()
    def tuned(self, coded: Coded) -> Coded:
        """A coding with networks of its own, where they are worth their bytes."""
        spec, latents = coded.spec.with_own_networks(), pyramid_from(coded.lattice)
        tuning = self.tuning(spec, latents)
        if tuning is None:
            return coded
        streams, _ = self._streams(spec, tuning.of(self._prior), latents, 0.0)
        own = self._drawn(spec, coded.lattice, streams, tuning)
        return min(coded, own, key=lambda c: c.cost)

    @torch.no_grad()
    def tuning(self, spec: GridSpec, latents: Pyramid) -> Tuning | None:
        """The best networks for real latents, rounded, at a step; None where there may be none."""
        if not self.spec.filtered or not self.spec.levels:
            return None
        return fit_tuning([self.sample(spec, latents)], self._prior, BIT_WEIGHT)

    def sample(self, spec: GridSpec, latents: Pyramid) -> Sample:
        """Real latents, rounded, at a step, as networks are to serve them."""
        whole = pyramid_of([band.round() for band in flattened(latents)])
        on_device = pyramid_of([band.to(self.device) for band in flattened(whole)])
        target = self._channels.to(self.device) / spec.step_size
        blocks = range(self._geometry.tiling.count)
        return Sample(
            Source(on_device, target, spec.step),
            [block_of(whole, self._geometry, number)[1] for number in blocks],
        )

    def start(self, coded: Coded) -> Pyramid:
        """Real latents that are nearest to those of a coding, drawn towards what the gradient of
        the squared error would have them be."""
        chosen = pyramid_from(coded.lattice)
        slopes = self.objective(coded.spec, coded.tuning).error(chosen)[1]
        return pyramid_of(
            [
                q - (slope / 2).clamp(-_WITHIN, _WITHIN)
                for q, slope in zip(flattened(chosen), flattened(slopes), strict=True)
            ]
        )

    def descent(self, spec: GridSpec, latents: Pyramid, tuning: Tuning | None = None) -> Descent:
        """A descent from real latents, at the step of `spec`, maybe with networks of its own."""
        spec = spec if tuning is None else spec.with_own_networks()
        objective = self.objective(spec, tuning)
        return Descent(latents, objective.error, objective.bit_slopes)

    def scale(self, spec: GridSpec) -> float:
        """What squared steps are to be multiplied by for the mean squared error."""
        return spec.step_size**2 / self._original[0].numel()

    def objective(self, spec: GridSpec, tuning: Tuning | None = None) -> Objective:
        """Error and bits of latents at the step of `spec`."""
        return Objective(self._channels, spec, self._own(tuning), self.device)

    def _own(self, tuning: Tuning | None) -> Prior:
        return self._prior if tuning is None else tuning.of(self._prior)

    def _coded(self, step: int, wanted: Pyramid, weight: float) -> Coded:
        """Choose and code latents near the wanted ones, in units of the step; with filters, where
        they may be, or without: whichever is nearer to the original."""
        spec = replace(self.spec, step=step)
        streams, lattice = self._streams(spec, self._prior, wanted, weight)
        choices = [self.spec.networks]
        if self.spec.networks == PRIOR:
            choices.append(NO_FILTERS)
        codings = [self._drawn(replace(spec, networks=n), lattice, streams) for n in choices]
        return min(codings, key=lambda coded: coded.error)

    def _streams(
        self, spec: GridSpec, prior: Prior, wanted: Pyramid, weight: float
    ) -> tuple[list[bytes], Lattice]:
        """The streams of latents near the wanted ones, block by block, and these latents."""
        geometry, network = self._geometry, ContextNetwork(prior, spec.step)
        lattice = empty_lattice(geometry, len(self._channels))
        streams = []
        for number in told("coding", range(geometry.tiling.count), self._report):
            low, details = block_of(wanted, geometry, number)
            writer = DecisionWriter()
            lows = [np.rint(plane).astype(np.int32) for plane in low]
            for plane in lows:
                write_low(writer, plane)
            chooser = Choosing(writer, details, weight)
            bands = walk(network, geometry.block_shapes(number), len(lows), chooser)
            put_block(lattice, geometry, number, (lows, bands))
            streams.append(writer.to_bytes())
        return streams, lattice

    def _drawn(
        self,
        spec: GridSpec,
        lattice: Lattice,
        streams: list[bytes],
        tuning: Tuning | None = None,
    ) -> Coded:
        """A coding, with the image that it gives."""
        latents = pyramid_from(lattice, self.device)
        filters = self._own(tuning).filters if spec.filtered else ()
        drawn = to_color(synthesised(latents, filters, spec.step), spec)
        squares = (drawn.clamp(0, 1) - self._original.to(drawn)) ** 2
        error = float(total(squares)) / squares.numel()
        return Coded(spec, lattice, streams, drawn, error, tuning)
