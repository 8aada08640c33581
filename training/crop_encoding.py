"""A crop while it is encoded, and what the networks learn from each iteration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.context_network import level_inputs
from inrcodec.codecs.grid.encoder.objective import squared_error, weighed_by_level
from inrcodec.codecs.grid.encoder.optimizer import LatentOptimizer
from inrcodec.codecs.grid.encoder.preparation import fit_angles, nearer_to_0
from inrcodec.codecs.grid.encoder.rate import whole_latents
from inrcodec.codecs.grid.geometry import default_levels
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.spec import GridSpec, offset_at
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import Synthesis, filter_at, scaled_details, told_of
from inrcodec.codecs.grid.wavelet import analyze, synthesize, synthesize_adjoint
from inrcodec.codecs.rate_control import BIT_WEIGHT
from inrcodec.native.blocks import Contexts
from inrcodec.native.filters import Hidden
from inrcodec.native.optimizer import rate_gradients

__all__ = ["CropEncoding", "Learned", "Networks"]

Floats = npt.NDArray[np.float32]

_CHANNELS = 3


@dataclass(frozen=True)
class Networks:
    """Context networks as kernels take them, at any step, and filters from the finest scale on."""

    contexts: Contexts
    filters: Sequence[Filter]


@dataclass
class Learned:
    """What an iteration has found.

    Attributes
    ----------
    bits, error
        Of the latents before it; the squared error is in squared steps.
    contexts
        Gradients of bits by the packed weights of context networks.
    filters
        Gradients of the squared error by the tensors of the filters of those scales that there are.
    """

    bits: float
    error: float
    contexts: Floats
    filters: list[list[Floats]]

    @property
    def cost(self) -> float:
        """Bits, and what the error is worth in bits."""
        return self.bits + self.error / BIT_WEIGHT


class CropEncoding:
    """A crop while it is encoded, in so many iterations.

    Parameters
    ----------
    samples
        (height, width, 3 or 1), of 8 bits; at most a block.
    step, offsets
        As a header has them.
    """

    def __init__(
        self,
        samples: npt.NDArray[np.uint8],
        step: int,
        iterations: int,
        offsets: tuple[int, ...] = (),
    ) -> None:
        planes = samples.transpose(2, 0, 1).astype(np.float32) / 255
        angles = fit_angles([planes]) if len(planes) == _CHANNELS else ()
        self._levels = default_levels(samples.shape[:2])
        self._spec = GridSpec(step=step, angles=angles, levels=self._levels, offsets=offsets)
        matrix = color_matrix(angles).astype(np.float32)
        matrix /= np.float32(self._spec.step_size)
        self._target: Floats = np.tensordot(matrix, planes, 1).astype(np.float32)
        self._factors = [np.float32(factor) for factor in self._spec.factors]
        in_steps = analyze(self._target, self._levels)
        in_steps = scaled_details(in_steps, [np.float32(1) / f for f in self._factors])
        self._iterations, self._done = iterations, 0
        self._optimizer = LatentOptimizer(nearer_to_0(in_steps), self._error, self._rate_gradients)
        self._learned = Learned(0.0, 0.0, np.zeros(0, np.float32), [])
        self._networks: Networks | None = None
        self._learns = True

    @property
    def samples(self) -> int:
        """Count the samples of all channels."""
        return self._target.size

    @property
    def is_done(self) -> bool:
        """Tell whether there is no iteration left."""
        return self._done == self._iterations

    def advance(self, networks: Networks, learns: bool = True) -> Learned:
        """Do an iteration, and return what the networks may learn from the latents before it, if
        they are to."""
        self._networks, self._learns = networks, learns
        self._optimizer.advance(self._done / self._iterations)
        self._done += 1
        return self._learned

    def _rate_gradients(self, latents: Subbands[Floats]) -> Subbands[Floats]:
        assert self._networks is not None
        offsets = self._spec.offsets
        contexts = replace(self._networks.contexts, levels=level_inputs(self._spec.step, offsets))
        gradients = latents.map(np.zeros_like)
        by_weights = np.zeros_like(contexts.weights) if self._learns else None
        whole = [*whole_latents(latents)]
        self._learned.bits = rate_gradients(
            contexts, whole, [*latents], [*gradients], BIT_WEIGHT, by_weights
        )
        if by_weights is not None:
            self._learned.contexts = by_weights
        return gradients

    def _error(self, latents: Subbands[Floats]) -> tuple[float, Subbands[Floats]]:
        assert self._networks is not None
        if not self._learns:
            return self._plain_error(latents)
        traced = _Traced(self._networks.filters, self._spec)
        in_steps = scaled_details(latents, self._factors)
        differences = synthesize(in_steps, traced.corrected) - self._target
        weighed = weighed_by_level(differences, self._factors)
        gradients = synthesize_adjoint(2 * weighed, self._levels, traced.back)
        self._learned.error = float(np.vdot(weighed, differences))
        self._learned.filters = [traced.gradients[scale] for scale in sorted(traced.gradients)]
        return self._learned.error, scaled_details(gradients, self._factors)

    def _plain_error(self, latents: Subbands[Floats]) -> tuple[float, Subbands[Floats]]:
        assert self._networks is not None
        synthesis = Synthesis(self._networks.filters, self._spec.step, self._spec.offsets)
        channels, trace = synthesis.traced(latents)
        differences = channels - self._target
        weighed = weighed_by_level(differences, self._factors)
        return squared_error(differences), synthesis.back(2 * weighed, trace, self._levels)


class _Traced:
    """Filters on the way to an image, and back with gradients by their tensors."""

    def __init__(self, filters: Sequence[Filter], spec: GridSpec) -> None:
        offsets = [offset_at(spec.offsets, scale) for scale in range(len(filters))]
        self._told = [told_of(spec.step, offset) for offset in offsets]
        self._filters = [
            filter_at(tensors, spec.step, offset)
            for tensors, offset in zip(filters, offsets, strict=True)
        ]
        self._seen: dict[int, tuple[Floats, Hidden]] = {}
        self.gradients: dict[int, list[Floats]] = {}

    def corrected(self, channels: Floats, scale: int) -> Floats:
        if scale >= len(self._filters):
            return channels
        seen = _all_channels(channels)
        corrected, hidden = self._filters[scale].apply_hidden(seen)
        self._seen[scale] = seen, hidden
        return corrected[: len(channels)]

    def back(self, gradients: Floats, scale: int) -> Floats:
        if scale not in self._seen:
            return gradients
        seen, hidden = self._seen[scale]
        found = self._filters[scale].back_by_weights(seen, hidden, _all_channels(gradients))
        by_channels, (first, second, third), (bias, second_bias, third_bias) = found
        from_step = np.outer(bias, self._told[scale])
        self.gradients[scale] = [first, from_step, second, second_bias, third, third_bias]
        return by_channels[: len(gradients)]


def _all_channels(channels: Floats) -> Floats:
    """Add the channels that are not there, of zeros."""
    return np.pad(channels, ((0, _CHANNELS - len(channels)), (0, 0), (0, 0)))
