"""The file of a signal as a latent grid, as settings want it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inrcodec.container.sections import Section
from inrcodec.coordinates import Region
from inrcodec.lattice.alpha import rounded_alpha, write_alpha
from inrcodec.lattice.blocks import write_blocks
from inrcodec.lattice.drawing import LatticeDrawing
from inrcodec.lattice.encoding import Coded, Picture
from inrcodec.lattice.refinement import Budget, Refinement
from inrcodec.lattice.spec import LatticeSpec, colours
from inrcodec.lattice.targets import Target, search, step_of_lmbda, step_of_quality
from inrcodec.metrics import psnr
from inrcodec.progress import Report
from inrcodec.rendering import Raster
from inrcodec.settings import DEFAULT_QUALITY, Settings
from inrcodec.signals import Signal

__all__ = ["ITERATIONS", "code_lattice"]

# For what has no error at all.
_MOST_DB = 150.0
# Of each effort.
ITERATIONS = (0, 5, 9, 14, 20, 30, 45, 70, 120)

Samples = npt.NDArray[np.unsignedinteger]
_Assemble = Callable[[LatticeSpec, list[Section]], bytes]


def code_lattice(
    signal: Signal,
    settings: Settings,
    spec: LatticeSpec,
    device: str,
    assemble: _Assemble,
    report: Report | None = None,
) -> tuple[bytes, int, Samples]:
    """The file, how many iterations went into it, and the samples that it decodes to.

    Raises `TargetError` where what the settings aim at cannot be reached.
    """
    began = time.monotonic()
    samples, channels = signal.samples, colours(signal.format.channels)
    picture = Picture(samples[..., :channels], signal.format.peak, spec, device)
    alpha, sections = samples[..., channels:], []
    if alpha.size:
        quality = 100 if settings.alpha_quality is None else settings.alpha_quality
        alpha = rounded_alpha(alpha, quality)
        sections = [Section(b"ALPH", 1, write_alpha(alpha[..., 0]))]
    target = _target(settings, signal)
    iterations = ITERATIONS[settings.effort - 1] if settings.time is None else None
    seconds = math.inf if settings.time is None else settings.time
    budget = Budget(iterations, seconds, began, several=target is not None)
    refinement = Refinement(picture, budget, report)

    def finished(best: Coded) -> tuple[tuple[bytes, int, Samples], int, float]:
        tuning = () if best.tuning is None else (Section(b"ITEM", 1, best.tuning.to_bytes()),)
        data = assemble(best.spec, [*sections, *tuning, *write_blocks(best.streams)])
        whole = Region.whole(signal.format.shape)
        drawing = LatticeDrawing(best.samples, whole, signal.format.shape)
        drawn = drawing.render(Raster(whole, whole.length), signal.format.peak, samples.dtype)
        drawn = np.concatenate([drawn, alpha], -1)
        result = data, refinement.iterations, drawn
        return result, len(data), min(psnr(signal.samples, drawn), _MOST_DB)

    if target is None:
        return finished(refinement.at(_step(settings)))[0]
    start = step_of_quality(DEFAULT_QUALITY)
    step, found = search(target, start, lambda step: finished(picture.coded(step)))
    if iterations == 0:
        return found
    return search(target, step, lambda step: finished(refinement.at(step)))[1]


def _step(settings: Settings) -> int:
    if settings.lmbda is not None:
        return step_of_lmbda(settings.lmbda)
    return step_of_quality(DEFAULT_QUALITY if settings.quality is None else settings.quality)


def _target(settings: Settings, signal: Signal) -> Target | None:
    if settings.target_psnr is not None:
        return Target(psnr_db=settings.target_psnr)
    if settings.target_size is not None:
        return Target(bytes=settings.target_size)
    if settings.target_bpp is not None:
        pixels = signal.format.width * signal.format.height
        return Target(bytes=max(1, int(settings.target_bpp * pixels / 8)))
    return None
