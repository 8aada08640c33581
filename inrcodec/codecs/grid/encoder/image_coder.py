"""An image to a latent grid: transform, quantization, and what an optimizer of latents needs.

Without iterations, the coefficients of the image's own wavelet transform are rounded, each
weighed against what the context network says its bits cost. A `LatentOptimizer` then starts from
there and sees what filters make of latents, and what each costs others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.blocks import Latents, empty_latents
from inrcodec.codecs.grid.coder import code_block, write_low
from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.encoder.adaptation import Sample, fit_deltas
from inrcodec.codecs.grid.encoder.filter_adaptation import Target
from inrcodec.codecs.grid.encoder.objective import BIT_WEIGHT, Objective
from inrcodec.codecs.grid.encoder.optimizer import LatentOptimizer
from inrcodec.codecs.grid.encoder.preparation import fit_angles
from inrcodec.codecs.grid.encoder.quantizer import RdoQuantizer
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import PretrainedModel, load_pretrained
from inrcodec.codecs.grid.spec import GridFlags, GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import as_tensors, synthesized, to_color
from inrcodec.codecs.grid.wavelet import analyze
from inrcodec.devices import total
from inrcodec.entropy import DecisionWriter
from inrcodec.progress import Report, told

__all__ = ["Coded", "ImageCoder"]

# How far a real latent may start from the chosen one.
_WITHIN = 0.49


@dataclass(frozen=True)
class Coded:
    """An image coded at one quantization step.

    Attributes
    ----------
    latents, streams
        Whole latents, and each block's stream.
    samples
        What they decode to (channels, height, width), from 0 to 1, not clamped.
    error
        The mean squared error after clamping.
    deltas
        The item's own, if it has any.
    """

    spec: GridSpec
    latents: Latents
    streams: list[bytes]
    samples: Tensor
    error: float
    deltas: WeightDeltas | None = None

    @property
    def cost(self) -> float:
        """The mean squared error plus what the bits per pixel are worth."""
        coded = sum(map(len, self.streams))
        if self.deltas is not None:
            coded += len(self.deltas.to_bytes())
        bits = 8 * coded / self.samples[0].numel()
        return self.error + BIT_WEIGHT * self.spec.step_size**2 * bits


class ImageCoder:
    """An image's channels, ready to be coded at any step.

    Parameters
    ----------
    samples
        (height, width, 1 or 3), from 0 to `peak`.
    spec
        Pretrained model and block size; the rest follows from the image.
    shared
        The deltas that its file's images share.
    report
        Told of each block that is coded.
    """

    def __init__(
        self,
        samples: npt.NDArray[np.unsignedinteger],
        peak: int,
        spec: GridSpec,
        device: str = "cpu",
        shared: WeightDeltas | None = None,
        report: Report | None = None,
    ) -> None:
        planes = torch.from_numpy(samples.astype(np.float32) / peak).permute(2, 0, 1)
        angles = fit_angles(planes.numpy()) if len(planes) == 3 else ()
        self.spec = replace(spec.for_shape(samples.shape[:2]), angles=angles)
        self.device = device
        self._report = report
        self._original = planes
        self._model = load_pretrained(spec.pretrained)
        if shared is not None:
            self._model = shared.applied_to(self._model)
            self.spec = self.spec.with_deltas(GridFlags.SHARED_DELTAS)
        matrix = torch.from_numpy(color_matrix(angles)).to(planes)
        self._channels = torch.tensordot(matrix, planes, dims=1)
        self._coefficients = analyze(self._channels, self.spec.levels)

    @property
    def _geometry(self) -> Geometry:
        return self.spec.geometry(tuple(self._original.shape[1:]))

    @torch.no_grad()
    def coded(self, step: int) -> Coded:
        """Code the image's own coefficients at a step, each weighed against its bits."""
        size = replace(self.spec, step=step).step_size
        return self._coded(step, self._coefficients.map(lambda band: band / size), BIT_WEIGHT)

    @torch.no_grad()
    def rounded(self, step: int, wanted: Subbands[Tensor]) -> Coded:
        """Code real latents at a step, each as the nearest whole one."""
        return self._coded(step, wanted, 0.0)

    @torch.no_grad()
    def adapted(self, coded: Coded) -> Coded:
        """Code again with deltas of the image's own, where they are worth their bytes."""
        spec = coded.spec.with_deltas(GridFlags.OWN_DELTAS)
        latents = as_tensors(coded.latents)
        deltas = self.fit_deltas(spec, latents)
        if deltas is None:
            return coded
        streams, _ = self._streams(spec, deltas.applied_to(self._model), latents, 0.0)
        own = self._rendered(spec, coded.latents, streams, deltas)
        return min(coded, own, key=lambda c: c.cost)

    @torch.no_grad()
    def fit_deltas(self, spec: GridSpec, latents: Subbands[Tensor]) -> WeightDeltas | None:
        """Fit deltas to real latents, rounded, at a step; None where there may be none."""
        if not self.spec.filtered or not self.spec.levels:
            return None
        return fit_deltas([self.sample(spec, latents)], self._model, BIT_WEIGHT)

    def sample(self, spec: GridSpec, latents: Subbands[Tensor]) -> Sample:
        """Return real latents, rounded, at a step, as networks are to serve them."""
        whole = latents.map(torch.round)
        on_device = whole.map(lambda band: band.to(self.device))
        channels = self._channels.to(self.device) / spec.step_size
        arrays, blocks = whole.map(Tensor.numpy), range(self._geometry.tiling.count)
        return Sample(
            Target(on_device, channels, spec.step),
            [arrays.part(self._geometry.parts(number)) for number in blocks],
        )

    def start(self, coded: Coded) -> Subbands[Tensor]:
        """Return real latents that are nearest to those of a coding, moved towards what the
        gradient of the squared error would have them be."""
        coarse = as_tensors(coded.latents)
        gradients = self.objective(coded.spec, coded.deltas).error(coarse)[1]
        return Subbands.from_bands(
            [
                q - (gradient / 2).clamp(-_WITHIN, _WITHIN)
                for q, gradient in zip(coarse, gradients, strict=True)
            ]
        )

    def optimizer(
        self, spec: GridSpec, latents: Subbands[Tensor], deltas: WeightDeltas | None = None
    ) -> LatentOptimizer:
        """Return an optimizer of real latents, at the step of `spec`, maybe with deltas."""
        spec = spec if deltas is None else spec.with_deltas(GridFlags.OWN_DELTAS)
        objective = self.objective(spec, deltas)
        return LatentOptimizer(latents, objective.error, objective.rate_gradients)

    def scale(self, spec: GridSpec) -> float:
        """Return what squared steps are to be multiplied by for the mean squared error."""
        return spec.step_size**2 / self._original[0].numel()

    def objective(self, spec: GridSpec, deltas: WeightDeltas | None = None) -> Objective:
        """Return the objective of latents at the step of `spec`."""
        return Objective(self._channels, spec, self._own(deltas), self.device)

    def _own(self, deltas: WeightDeltas | None) -> PretrainedModel:
        return self._model if deltas is None else deltas.applied_to(self._model)

    def _coded(self, step: int, wanted: Subbands[Tensor], weight: float) -> Coded:
        """Quantize and code latents near the wanted ones, in units of the step; with filters, where
        they may be, or without: whichever is nearer to the original."""
        spec = replace(self.spec, step=step)
        streams, latents = self._streams(spec, self._model, wanted, weight)
        choices = [spec]
        if spec.flags == GridFlags.FILTERS:
            choices.append(spec.without_filters())
        codings = [self._rendered(choice, latents, streams) for choice in choices]
        return min(codings, key=lambda coded: coded.error)

    def _streams(
        self, spec: GridSpec, model: PretrainedModel, wanted: Subbands[Tensor], weight: float
    ) -> tuple[list[bytes], Latents]:
        """Write the streams of latents near the wanted ones, block by block; return these latents
        too."""
        geometry, network = self._geometry, ContextNetwork(model, spec.step)
        latents, real = empty_latents(geometry, len(self._channels)), wanted.map(Tensor.numpy)
        streams = []
        for number in told("coding", range(geometry.tiling.count), self._report):
            parts = geometry.parts(number)
            block, exact = latents.part(parts), real.part(parts)
            writer = DecisionWriter()
            block.low[...] = np.rint(exact.low)
            for plane in block.low:
                write_low(writer, plane)
            code_block(network, block, RdoQuantizer(writer, exact, weight))
            streams.append(writer.to_bytes())
        return streams, latents

    def _rendered(
        self,
        spec: GridSpec,
        latents: Latents,
        streams: list[bytes],
        deltas: WeightDeltas | None = None,
    ) -> Coded:
        """Return a coding, with the image that it gives."""
        filters = self._own(deltas).filters if spec.filtered else ()
        channels = synthesized(as_tensors(latents, self.device), filters, spec.step)
        rendered = to_color(channels, spec)
        squares = (rendered.clamp(0, 1) - self._original.to(rendered)) ** 2
        error = float(total(squares)) / squares.numel()
        return Coded(spec, latents, streams, rendered, error, deltas)
