"""Latents to an image: inverse wavelet, synthesis filters, color.

A filter is a small convolutional network of the pretrained model, one for each of the finest
scales. After the inverse step that leads to its scale, it sees the channels there in units of the
step, as the errors of quantization are of that size, and adds a correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.context_network import step_inputs
from inrcodec.codecs.grid.pretrained import Filter as Tensors
from inrcodec.codecs.grid.spec import GridSpec, factors_of, offset_at
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.wavelet import Crop, synthesize, synthesize_adjoint
from inrcodec.native.filters import Active, Filter

__all__ = ["Synthesis", "as_floats", "filter_at", "samples_matrix", "scaled_details", "told_of"]

Floats = npt.NDArray[np.float32]


def as_floats(latents: Subbands[npt.NDArray[Any]]) -> Subbands[Floats]:
    """Convert latents to what is synthesized."""
    return latents.map(lambda band: band.astype(np.float32))


def scaled_details(subbands: Subbands[Any], factors: Sequence[np.float32]) -> Subbands[Any]:
    """Return subbands of which the details of the finest levels are multiplied by factors, from the
    finest that an image has on."""
    levels = list(subbands.levels)
    for depth, factor in enumerate(factors[subbands.finer :][: len(levels)]):
        levels[-1 - depth] = [band * factor for band in levels[-1 - depth]]
    return Subbands(subbands.low, levels, subbands.finer)


def told_of(step: int, offset: int = 0) -> Floats:
    """Return what a filter is told (5,) of the step, and of the offset of the details before it."""
    return np.array([*step_inputs(step), 64, offset], np.float32) / np.float32(64)


def filter_at(tensors: Tensors, step: int, offset: int = 0) -> Filter:
    """Return a pretrained filter at a step, of which its first layer is told."""
    first, from_step, second, bias, third, last_bias = tensors
    told = told_of(step, offset)
    told_bias = (from_step @ told).astype(np.float32)
    return Filter((first, second, third), (told_bias, bias, last_bias))


class Synthesis:
    """The synthesis of latents, and how it changes with them.

    Parameters
    ----------
    filters
        Of the pretrained model, from the finest scale on; none for the wavelet alone.
    step, offsets
        Of the quantization, as in the header.
    """

    def __init__(self, filters: Sequence[Tensors], step: int, offsets: Sequence[int] = ()) -> None:
        self._filters = [
            filter_at(tensors, step, offset_at(offsets, scale))
            for scale, tensors in enumerate(filters)
        ]
        self._factors = [np.float32(factor) for factor in factors_of(offsets)]

    def channels(self, latents: Subbands[npt.NDArray[Any]], crops: Sequence[Crop] = ()) -> Floats:
        """Synthesize channels (channels, height, width), in units of the step, at the scale that
        latents come to; each level refines all of what the ones before come to, or a part."""
        return synthesize(scaled_details(latents, self._factors), self.corrected, crops)

    def details(self, bands: Sequence[npt.NDArray[Any]], scale: int) -> list[Floats]:
        """Return the details that lead to a scale, in units of the step."""
        factor = self._factors[scale] if scale < len(self._factors) else np.float32(1)
        return [np.ascontiguousarray(band * factor, np.float32) for band in bands]

    def corrected(self, channels: Floats, scale: int) -> Floats:
        """Correct the channels of a scale by its filter, if it has one."""
        return self._filters[scale].apply(channels) if scale < len(self._filters) else channels

    def traced(self, latents: Subbands[Floats]) -> tuple[Floats, dict[int, Active]]:
        """Synthesize channels, and return what `back` needs to know."""
        trace: dict[int, Active] = {}

        def corrected(channels: Floats, scale: int) -> Floats:
            if scale >= len(self._filters):
                return channels
            channels, trace[scale] = self._filters[scale].apply_kept(channels)
            return channels

        return synthesize(scaled_details(latents, self._factors), corrected), trace

    def traced_at(
        self, latents: Subbands[Floats], scales: range
    ) -> tuple[Floats, dict[int, Floats], dict[int, Active]]:
        """Synthesize channels; return also what the filters of some scales see, and what `back_at`
        needs to know to get to them."""
        seen: dict[int, Floats] = {}
        trace: dict[int, Active] = {}

        def corrected(channels: Floats, left: int) -> Floats:
            if left in scales:
                seen[left] = channels
            if left >= len(self._filters):
                return channels
            if left >= scales.stop - 1:
                return self._filters[left].apply(channels)
            channels, trace[left] = self._filters[left].apply_kept(channels)
            return channels

        return synthesize(scaled_details(latents, self._factors), corrected), seen, trace

    def back_at(
        self, gradients: Floats, trace: dict[int, Active], scales: range
    ) -> dict[int, Floats]:
        """Return the gradients by what the filters of some scales give from those by channels."""
        found: dict[int, Floats] = {}

        def corrected(gradients: Floats, scale: int) -> Floats:
            found[scale] = gradients
            known = scale in trace
            return self._filters[scale].back(gradients, trace[scale]) if known else gradients

        found[scales.stop - 1] = synthesize_adjoint(gradients, scales.stop - 1, corrected).low
        return found

    def back(self, gradients: Floats, trace: dict[int, Active], levels: int) -> Subbands[Floats]:
        """Return the gradients by latents of so many levels from those by channels."""

        def corrected(gradients: Floats, scale: int) -> Floats:
            known = scale in trace
            return self._filters[scale].back(gradients, trace[scale]) if known else gradients

        return scaled_details(synthesize_adjoint(gradients, levels, corrected), self._factors)


def samples_matrix(spec: GridSpec) -> npt.NDArray[np.floating]:
    """Return the matrix that takes channels in units of the step to samples from 0 to 1."""
    matrix: npt.NDArray[np.floating] = np.linalg.inv(color_matrix(spec.angles)) * spec.step_size
    return matrix
