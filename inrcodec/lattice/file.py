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
from inrcodec.lattice.spec import LatticeSpec, colours
from inrcodec.lattice.targets import Target, search, step_of_lmbda, step_of_quality
from inrcodec.metrics import psnr
from inrcodec.progress import Progress, Report
from inrcodec.rendering import Raster
from inrcodec.settings import DEFAULT_QUALITY, Settings
from inrcodec.signals import Signal

__all__ = ["ITERATIONS", "code_lattice"]

# For what has no error at all.
_MOST_DB = 150.0
# Of each effort. Beyond a few, latents hardly change.
ITERATIONS = (0, 1, 2, 3, 4, 6, 9, 14, 20)

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
    samples, channels = signal.samples, colours(signal.format.channels)
    picture = Picture(samples[..., :channels], signal.format.peak, spec, device)
    alpha, sections = samples[..., channels:], []
    if alpha.size:
        quality = 100 if settings.alpha_quality is None else settings.alpha_quality
        alpha = rounded_alpha(alpha, quality)
        sections = [Section(b"ALPH", 1, write_alpha(alpha[..., 0]))]
    clock = _Clock(settings, report)

    def code(step: int, iterations: int | None) -> tuple[tuple[bytes, int, Samples], int, float]:
        best, done = clock.best(picture, step, iterations)
        data = assemble(best.spec, [*sections, *write_blocks(best.streams)])
        whole = Region.whole(signal.format.shape)
        drawing = LatticeDrawing(best.samples, whole, signal.format.shape)
        drawn = drawing.render(Raster(whole, whole.length), signal.format.peak, samples.dtype)
        drawn = np.concatenate([drawn, alpha], -1)
        return (data, done, drawn), len(data), min(psnr(signal.samples, drawn), _MOST_DB)

    iterations = ITERATIONS[settings.effort - 1] if settings.time is None else None
    target = _target(settings, signal)
    if target is None:
        return code(_step(settings), iterations)[0]
    found = search(target, step_of_quality(DEFAULT_QUALITY), lambda step: code(step, 0))
    if iterations == 0:
        return found[1]
    return search(target, found[0], lambda step: code(step, iterations))[1]


class _Clock:
    """Stops the refinement when it is time, and tells of its progress."""

    def __init__(self, settings: Settings, report: Report | None = None) -> None:
        self._began = time.monotonic()
        self._seconds = math.inf if settings.time is None else settings.time
        self._report = report

    def best(self, picture: Picture, step: int, iterations: int | None) -> tuple[Coded, int]:
        """The coding of least cost within so many iterations (None: within the time), and how many
        were done."""
        best, longest, before = None, 0.0, time.monotonic()
        for done, coded in enumerate(picture.refined(step)):
            best = coded if best is None or coded.cost < best.cost else best
            now = time.monotonic()
            elapsed, longest, before = now - self._began, max(longest, now - before), now
            progress = Progress(done, iterations, _psnr(best), elapsed)
            stopped = self._report is not None and bool(self._report(progress))
            if stopped or done == iterations or elapsed + longest > self._seconds:
                return best, done
        raise AssertionError("refinement does not end")


def _psnr(coded: Coded) -> float:
    return -10 * math.log10(coded.error) if coded.error else math.inf


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
