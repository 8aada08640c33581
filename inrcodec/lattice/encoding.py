"""A picture to a latent grid: transform, choice of latents, streams.

Without iterations: the coefficients of the picture's own wavelet transform are rounded, each
weighed against what the context network says its bits cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.container.sections import Section
from inrcodec.entropy import DecisionWriter
from inrcodec.lattice.alpha import write_alpha
from inrcodec.lattice.blocks import empty_lattice, put_block, write_blocks
from inrcodec.lattice.choosing import Choosing
from inrcodec.lattice.color import color_matrix, fitted_angles
from inrcodec.lattice.context_network import ContextNetwork
from inrcodec.lattice.geometry import Geometry
from inrcodec.lattice.latents import walk, write_low
from inrcodec.lattice.prior import load_prior
from inrcodec.lattice.spec import LatticeSpec, colours, steps_of
from inrcodec.lattice.synthesis import Lattice, filtered, synthesised, to_color
from inrcodec.lattice.targets import Target, search, step_of_lmbda, step_of_quality
from inrcodec.lattice.wavelet import Pyramid, analyse
from inrcodec.settings import DEFAULT_QUALITY, Settings
from inrcodec.signals import Signal

__all__ = ["Coded", "Picture", "code_lattice"]

# What a bit is worth in squared steps; see `benchmarks/grid_settings.py`.
_BIT_WEIGHT = 0.1


@dataclass(frozen=True)
class Coded:
    """A picture's streams at one step, the picture that they give (channels, height, width; from
    0 to 1, not clamped), and its mean squared error after clamping."""

    spec: LatticeSpec
    streams: list[bytes]
    samples: Tensor
    error: float

    @property
    def bytes(self) -> int:
        """Of all streams."""
        return sum(map(len, self.streams))


class Picture:
    """A picture's coefficients, ready to be coded at any step.

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
        channels = torch.tensordot(matrix, planes, dims=1)
        self._coefficients: Pyramid = analyse(channels, self.spec.levels)

    @torch.no_grad()
    def code(self, step: int) -> Coded:
        """Choose and code the latents for a step."""
        spec = replace(self.spec, step=step)
        network = ContextNetwork(self._prior, step)
        geometry = spec.geometry(tuple(self._original.shape[1:]))
        steps = steps_of(spec, len(self._original))
        lattice = empty_lattice(geometry, len(steps))
        streams = [
            self._code_block(network, geometry, number, steps, lattice)
            for number in range(geometry.grid.count)
        ]
        return self._better(spec, streams, lattice)

    def _code_block(
        self,
        network: ContextNetwork,
        geometry: Geometry,
        number: int,
        steps: list[float],
        lattice: Lattice,
    ) -> bytes:
        low, details = self._coefficients
        writer = DecisionWriter()
        lows = []
        for channel, step in enumerate(steps):
            part = low[(channel, *geometry.low_part(number))].numpy()
            lows.append(np.rint(part / step).astype(np.int32))
            write_low(writer, lows[-1])
        wanted = [
            [
                [(bands[b][(channel, *part)] / step).numpy() for b, part in enumerate(parts)]
                for channel, step in enumerate(steps)
            ]
            for bands, parts in zip(details, geometry.band_parts(number), strict=True)
        ]
        weights = [_BIT_WEIGHT * (steps[0] / step) ** 2 for step in steps]
        chooser = Choosing(writer, wanted, weights)
        bands = walk(network, geometry.block_shapes(number), len(steps), chooser)
        put_block(lattice, geometry, number, (lows, bands))
        return writer.to_bytes()

    def _better(self, spec: LatticeSpec, streams: list[bytes], lattice: Lattice) -> Coded:
        """With or without the filter, whichever is nearer to the original."""
        plain = synthesised(lattice, self.device)
        candidates = []
        for on in (1, 0):
            channels = filtered(plain, self._prior, spec.step) if on else plain
            chosen = replace(spec, filtered=on)
            drawn = to_color(channels, chosen)
            error = float(((drawn.clamp(0, 1) - self._original.to(drawn)) ** 2).mean())
            candidates.append(Coded(chosen, streams, drawn, error))
        return min(candidates, key=lambda coded: coded.error)


def code_lattice(
    signal: Signal,
    settings: Settings,
    spec: LatticeSpec,
    device: str,
    assemble: Callable[[LatticeSpec, list[Section]], bytes],
) -> bytes:
    """The file of a signal as a latent grid, as `settings` want it.

    Raises `TargetError` where what they aim at cannot be reached.
    """
    samples, channels = signal.samples, colours(signal.format.channels)
    picture = Picture(samples[..., :channels], signal.format.peak, spec, device)
    alpha = []
    if channels < signal.format.channels:
        quality = 100 if settings.alpha_quality is None else settings.alpha_quality
        alpha = [Section(b"ALPH", 1, write_alpha(samples[..., channels], quality))]

    def code(step: int) -> tuple[bytes, int, float]:
        coded = picture.code(step)
        data = assemble(coded.spec, [*alpha, *write_blocks(coded.streams)])
        psnr = -10 * math.log10(coded.error) if coded.error else math.inf
        return data, len(data), psnr

    target = _target(settings, signal)
    if target is not None:
        return search(target, step_of_quality(DEFAULT_QUALITY), code)
    if settings.lmbda is not None:
        return code(step_of_lmbda(settings.lmbda))[0]
    return code(step_of_quality(settings.quality or DEFAULT_QUALITY))[0]


def _target(settings: Settings, signal: Signal) -> Target | None:
    if settings.target_psnr is not None:
        return Target(psnr_db=settings.target_psnr)
    if settings.target_size is not None:
        return Target(bytes=settings.target_size)
    if settings.target_bpp is not None:
        pixels = signal.format.width * signal.format.height
        return Target(bytes=max(1, int(settings.target_bpp * pixels / 8)))
    return None
