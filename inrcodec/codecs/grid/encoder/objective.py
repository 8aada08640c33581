"""The objective of an image's latents: squared error plus what bits are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.rate import rate_gradients
from inrcodec.codecs.grid.encoder.visual_error import VisualError
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import PretrainedModel
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Parts, Subbands
from inrcodec.codecs.grid.synthesis import Synthesis, samples_matrix, scaled_details
from inrcodec.codecs.grid.wavelet import analyze, synthesize
from inrcodec.codecs.rate_control import BIT_WEIGHT
from inrcodec.threads import in_parallel

__all__ = ["Objective", "rate_blocks", "squared_error", "weighed_by_level"]

Floats = npt.NDArray[np.float32]

_RATED_SIDE = 512


def squared_error(differences: Floats) -> float:
    """Return the sum of squares, in one order."""
    return float(sum(np.square(row).sum(dtype=np.float64) for row in differences))


def weighed_by_level(differences: Floats, factors: Sequence[float | np.float32]) -> Floats:
    """Weigh the details of differences (channels, height, width), as if the wavelet were
    orthonormal: an error counts in units of its level's own step, of the finest so many steps."""
    if not factors:
        return differences
    subbands = analyze(differences, len(factors))
    weights = [np.float32(float(factor) ** -2) for factor in factors]
    return synthesize(scaled_details(subbands, weights))


def rate_blocks(geometry: Geometry) -> list[Parts]:
    """Cut all levels of a grid into large squares, of which rates are found one by one.

    What latents cost depends little on how they are cut into streams.
    """
    levels = geometry.levels
    large = Geometry(geometry.shape, levels, max(_RATED_SIDE, 1 << levels))
    (tier,) = large.tiers
    return [large.parts(tier, number) for number in tier.numbers]


class Objective:
    """Error and bits of latents at a quantization step, and their gradients.

    Parameters
    ----------
    channels
        The image's (channels, height, width), as samples from 0 to 1 give them.
    spec
        Its step, and whether there are filters.
    model
        The networks that latents are coded and synthesized with.
    visual
        What errors count by, besides their squares.
    """

    def __init__(
        self,
        channels: Floats,
        spec: GridSpec,
        model: PretrainedModel,
        visual: VisualError | None = None,
    ) -> None:
        self._target = channels / np.float32(spec.step_size)
        self._geometry = spec.geometry((channels.shape[1], channels.shape[2]))
        filters = model.filters if spec.filtered else ()
        self._synthesis = Synthesis(filters, spec.step, spec.offsets)
        self._visual, self._to_samples = visual, samples_matrix(spec)
        self._factors = spec.factors
        self._contexts = ContextNetwork(model, spec.step, spec.offsets)

    def error(self, latents: Subbands[Floats]) -> tuple[float, Subbands[Floats]]:
        """Return the squared error of what latents synthesize to and its gradients by them, in
        squared steps."""
        channels, trace = self._synthesis.traced(latents)
        differences = channels - self._target
        by_channels = 2 * weighed_by_level(differences, self._factors)
        if self._visual is not None:
            by_channels = self._visual.gradients(channels, self._to_samples, by_channels)
        gradients = self._synthesis.back(by_channels, trace, len(latents.levels))
        return squared_error(differences), gradients

    def rate_gradients(self, latents: Subbands[Floats]) -> Subbands[Floats]:
        """Return what latents cost, in squared steps per unit."""
        gradients = latents.map(np.zeros_like)

        def of_block(parts: Parts) -> None:
            rate_gradients(self._contexts, latents.part(parts), gradients.part(parts), BIT_WEIGHT)

        in_parallel(of_block, rate_blocks(self._geometry))
        return gradients
