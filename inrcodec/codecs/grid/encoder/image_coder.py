"""An image to a latent grid: transform, quantization, and what an optimizer of latents needs.

Without iterations, the coefficients of the image's own wavelet transform are rounded, each
weighed against what the context network says its bits cost. A `LatentOptimizer` then starts from
there and sees what filters make of latents, and what each costs others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.block_reader import decode_stream
from inrcodec.codecs.grid.blocks import Block, KeptLatents, Latents, code_blocks
from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.encoder.adaptation import Sample, fit_deltas
from inrcodec.codecs.grid.encoder.coding import Base, Coded
from inrcodec.codecs.grid.encoder.filter_adaptation import Target
from inrcodec.codecs.grid.encoder.objective import (
    Objective,
    rate_blocks,
    squared_error,
)
from inrcodec.codecs.grid.encoder.optimizer import RATE, LatentOptimizer
from inrcodec.codecs.grid.encoder.preparation import fit_angles, nearer_to_0
from inrcodec.codecs.grid.encoder.quantizer import encode_block
from inrcodec.codecs.grid.encoder.visual_error import VISUAL_RATE, VisualError
from inrcodec.codecs.grid.encoder.visual_metric import VisualMetric
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import PretrainedModel, load_pretrained
from inrcodec.codecs.grid.spec import GridFlags, GridSpec
from inrcodec.codecs.grid.strips import ColorRows, SynthesizedRows, strips
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import (
    Synthesis,
    samples_matrix,
    scaled_details,
)
from inrcodec.codecs.grid.wavelet import analyze, analyze_strips
from inrcodec.codecs.rate_control import BIT_WEIGHT
from inrcodec.progress import Report, Told
from inrcodec.signal import SignalInfo

__all__ = ["ImageCoder"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.unsignedinteger]

# Coefficients beyond it, in steps, are not 0.
_ON = np.float32(0.5)


class ImageCoder:
    """An image's channels, ready to be coded at any step.

    Parameters
    ----------
    samples
        (height, width, 1 or 3), from 0 to the peak.
    info
        Of the image, which may have alpha beside them.
    spec
        Pretrained model, block size and offsets; the rest follows from the image.
    shared
        The deltas that its file's images share.
    report
        Told of each block that is coded.
    tune
        What errors count by: see `GridOptions`.
    base
        What is given of its coding; the spec is that which it has then.
    """

    def __init__(
        self,
        samples: Samples,
        info: SignalInfo,
        spec: GridSpec,
        shared: WeightDeltas | None = None,
        report: Report | None = None,
        tune: str = "psnr",
        base: Base | None = None,
    ) -> None:
        self._samples, self._info, self._report = samples, info, report
        self._tune, self._base = tune, base
        if base is None:
            angles = fit_angles(self._overlapping()) if samples.shape[2] == 3 else ()
            self.spec = replace(spec.for_shape(samples.shape[:2]), angles=angles)
            self._model = load_pretrained(spec.pretrained)
        else:
            self.spec, self._model = spec, base.model
        if shared is not None:
            self._model = shared.applied_to(self._model)
            self.spec = self.spec.with_deltas(GridFlags.SHARED_DELTAS)
        height, width, channels = samples.shape
        shape, levels = (channels, height, width), self.spec.levels
        self._coefficients = analyze_strips(self._channels_at, shape, levels, [*self._strips()])

    @property
    def _geometry(self) -> Geometry:
        height, width, _ = self._samples.shape
        return self.spec.geometry((height, width))

    def _strips(self) -> Iterator[range]:
        height, width, _ = self._samples.shape
        return strips((height, width))

    def _overlapping(self) -> Iterator[Floats]:
        """Iterate over strips of the image, each with a row of the next one."""
        for rows in self._strips():
            yield self._planes(range(rows.start, min(rows.stop + 1, len(self._samples))))

    def _planes(self, rows: range) -> Floats:
        """Return some rows of the image (channels, rows, width), from 0 to 1."""
        return self.as_planes(self._samples[rows.start : rows.stop])

    def as_planes(self, samples: Samples) -> Floats:
        """Return samples (rows, width, channels) as (channels, rows, width), from 0 to 1."""
        part = samples.transpose(2, 0, 1)
        return np.ascontiguousarray(part, np.float32) / np.float32(self._info.peak)

    def _channels_at(self, rows: range) -> Floats:
        """Return some rows of the channels of the grid, in units of the image."""
        planes, matrix = self._planes(rows), color_matrix(self.spec.angles).astype(np.float32)
        channels: Floats = (matrix @ planes.reshape(len(planes), -1)).reshape(planes.shape)
        return channels

    @cached_property
    def _channels(self) -> Floats:
        return self._channels_at(range(len(self._samples)))

    def coded(self, step: int) -> Coded:
        """Code the image's own coefficients at a step, each weighed against its bits."""
        size = self.spec_at(step).step_size
        return self._coded(step, self._coefficients, BIT_WEIGHT, size)

    def rounded(
        self, step: int, wanted: Subbands[Floats], deltas: WeightDeltas | None = None
    ) -> Coded:
        """Code real latents at a step, each as the nearest whole one; with the image's own deltas
        where they are worth their bytes."""
        plain = self._coded(step, wanted, 0.0)
        if deltas is None:
            return plain
        spec = plain.spec.with_deltas(GridFlags.OWN_DELTAS)
        streams, latents = self._streams(spec, deltas.applied_to(self._model), wanted, 0.0)
        own = self._rendered(spec, latents, streams, deltas)
        return min(plain, own, key=self.cost)

    def fit_deltas(self, spec: GridSpec, latents: Subbands[Floats]) -> WeightDeltas | None:
        """Fit deltas to real latents, rounded, at a step; None where there may be none."""
        if self._base is not None or not self.spec.filtered or not self.spec.levels:
            return None
        return fit_deltas([self.sample(spec, latents)], self._model, BIT_WEIGHT)

    def sample(self, spec: GridSpec, latents: Subbands[Floats]) -> Sample:
        """Return real latents, rounded, at a step, as networks are to serve them."""
        whole: Subbands[Floats] = latents.map(np.rint)
        blocks = rate_blocks(self._geometry)
        return Sample(
            Target(
                whole,
                np.divide(self._channels, np.float32(spec.step_size)),
                spec.step,
                spec.offsets,
            ),
            [whole.part(parts) for parts in blocks],
        )

    def spec_at(self, step: int) -> GridSpec:
        """Return the spec of a step, with filters, where they may be.

        Latents that nobody has fitted to filters may well be better off without.
        """
        return replace(self.spec, step=step)

    def start(self, spec: GridSpec) -> Subbands[Floats]:
        """Return real latents to refine: coefficients a little nearer to 0, which make up for what
        filters are going to add, as far as they are not 0."""
        wanted = self._wanted(spec, None)
        if spec.filtered:
            rounded = nearer_to_0(wanted).map(np.rint)
            for band, more in zip(wanted, self._added_by_filters(spec, rounded), strict=True):
                band -= more * (np.abs(band) > _ON)
        return nearer_to_0(wanted)

    def _wanted(self, spec: GridSpec, filtered: Subbands[Floats] | None) -> Subbands[Floats]:
        """Return coefficients in units of the step, less what filters add to some latents."""
        factors = [np.float32(1 / factor) for factor in spec.factors]
        size = np.float32(spec.step_size)
        wanted = scaled_details(self._coefficients.map(lambda band: band / size), factors)
        if filtered is not None:
            for band, more in zip(wanted, self._added_by_filters(spec, filtered), strict=True):
                band -= more
        return wanted

    def _added_by_filters(self, spec: GridSpec, latents: Subbands[Floats]) -> Subbands[Floats]:
        """Return what filters add to what latents synthesize to, in units of latents."""
        more = Synthesis(self._model.filters, spec.step, spec.offsets).channels(latents)
        more -= Synthesis((), spec.step, spec.offsets).channels(latents)
        factors = [np.float32(1 / factor) for factor in spec.factors]
        return scaled_details(analyze(more, spec.levels), factors)

    def optimizer(
        self, spec: GridSpec, latents: Subbands[Floats], deltas: WeightDeltas | None = None
    ) -> LatentOptimizer:
        """Return an optimizer of real latents, at the step of `spec`, maybe with deltas."""
        spec = spec if deltas is None else spec.with_deltas(GridFlags.OWN_DELTAS)
        objective = self.objective(spec, deltas)
        rate = RATE if self._visual is None else VISUAL_RATE
        return LatentOptimizer(latents, objective.error, objective.rate_gradients, rate)

    def scale(self, spec: GridSpec) -> float:
        """Return what squared steps are to be multiplied by for the mean squared error."""
        height, width, _ = self._samples.shape
        return float(spec.step_size**2 / (height * width))

    def objective(self, spec: GridSpec, deltas: WeightDeltas | None = None) -> Objective:
        """Return the objective of latents at the step of `spec`."""
        return Objective(self._channels, spec, self._own(deltas), self._visual)

    @cached_property
    def metric(self) -> VisualMetric:
        """The metric that compares images with this one as the eye sees them."""
        return VisualMetric(self._planes(range(len(self._samples))))

    @cached_property
    def _visual(self) -> VisualError | None:
        return VisualError(self.metric) if self._tune == "visual" else None

    def cost(self, coded: Coded) -> float:
        """Return the mean squared error, or what counts for it, plus what the bits per pixel are
        worth."""
        if self._visual is None:
            return coded.cost
        height, width, _ = self._samples.shape
        pixels = height * width
        error = self._visual.error(self.as_planes(coded.samples), coded.error * pixels)
        return float(coded.cost - coded.error + error / pixels)

    def _own(self, deltas: WeightDeltas | None) -> PretrainedModel:
        return self._model if deltas is None else deltas.applied_to(self._model)

    def _coded(
        self, step: int, wanted: Subbands[Floats], weight: float, unit: float | None = None
    ) -> Coded:
        """Quantize and code latents near the wanted ones, in units of the step or in `unit`; with
        filters, where they may be, or without: whichever is nearer to the original."""
        spec = self.spec_at(step)
        streams, latents = self._streams(spec, self._model, wanted, weight, unit)
        coded = self._rendered(spec, latents, streams)
        is_fixed = self._base is not None and not self._base.chooses
        if is_fixed or spec.flags != GridFlags.FILTERS:
            return coded
        plain = self._rendered(spec.without_filters(), latents, streams)
        return min(coded, plain, key=lambda one: one.error)

    def _streams(
        self,
        spec: GridSpec,
        model: PretrainedModel,
        wanted: Subbands[Floats],
        weight: float,
        unit: float | None = None,
    ) -> tuple[list[bytes], Latents]:
        """Write the streams of latents near the wanted ones, block by block; return these latents
        too."""
        geometry, network = self._geometry, ContextNetwork(model, spec.step, spec.offsets)
        kept, streams = KeptLatents(geometry.whole, self._samples.shape[2]), []

        def write(block: Block) -> bytes:
            known = None if self._base is None else self._base.streams.get(block.stream)
            if known is not None:
                decode_stream(known, network, block)
                return known
            part = block.part_of(wanted, geometry)
            if unit is not None:
                in_steps = part.map(lambda band: band / np.float32(unit))
                part = scaled_details(in_steps, [np.float32(1 / f) for f in spec.factors])
            return encode_block(network, block.latents, part, weight, block.coarser)

        steps = Told("coding", geometry.count, self._report)
        for _, stream in code_blocks(kept, network, write):
            streams.append(stream)
            steps.advance()
        return streams, kept.latents

    def _rendered(
        self,
        spec: GridSpec,
        latents: Latents,
        streams: list[bytes],
        deltas: WeightDeltas | None = None,
    ) -> Coded:
        """Return a coding, with the image that it gives."""
        filters = self._own(deltas).filters if spec.filtered else ()
        channels = SynthesizedRows(Synthesis(filters, spec.step, spec.offsets), latents)
        rows = ColorRows(channels, samples_matrix(spec))
        samples, error = np.empty_like(self._samples), 0.0
        for strip in self._strips():
            rendered = np.clip(rows.rows(strip), 0, 1)
            error += squared_error(rendered - self._planes(strip))
            samples[strip.start : strip.stop] = self._info.samples(rendered.transpose(1, 2, 0))
        return Coded(spec, latents, streams, samples, error / samples.size, deltas)
