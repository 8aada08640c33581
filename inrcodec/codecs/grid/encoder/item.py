"""The file of a signal as a latent grid, as settings want it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.alpha import rounded_alpha, write_alpha
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.grid.encoder.adaptation import fit_tuning
from inrcodec.codecs.grid.encoder.image_coder import Coded, ImageCoder
from inrcodec.codecs.grid.encoder.objective import BIT_WEIGHT
from inrcodec.codecs.grid.encoder.rate_control import Target, search, step_of_lmbda, step_of_quality
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.geometry import MOST_LEVELS
from inrcodec.codecs.grid.opening import read_shared
from inrcodec.codecs.grid.pretrained import load_prior
from inrcodec.codecs.grid.renderer import GridRenderer
from inrcodec.codecs.grid.spec import ITERATIONS, MOST_COLORS, GridSpec, color_channels
from inrcodec.codecs.grid.synthesis import pyramid_from
from inrcodec.container.sections import Section
from inrcodec.progress import Lasting, Report
from inrcodec.settings import DEFAULT_QUALITY, Settings
from inrcodec.signal import ImageInfo, Signal
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

__all__ = ["code_lattice", "shared_by"]

# For what has no error at all.
_MOST_DB = 150.0

Samples = npt.NDArray[np.unsignedinteger]
_Assemble = Callable[[GridSpec, list[Section]], bytes]


def code_lattice(
    signal: Signal,
    settings: Settings,
    spec: GridSpec,
    device: str,
    assemble: _Assemble,
    report: Report | None = None,
    shared: bytes | None = None,
) -> tuple[bytes, int, Samples]:
    """The file, how many iterations went into it, and the samples that it decodes to.

    `shared` is the `SHAR` section of the album that it is for; it does not count as bytes of the
    image. Raises `TargetError` where what the settings aim at cannot be reached.
    """
    began = time.monotonic()
    info = signal.info
    assert isinstance(info, ImageInfo)
    samples, channels = signal.samples, color_channels(info.channels)
    common = None if shared is None else read_shared(shared, load_prior(spec.prior))
    report = report and Lasting(report)
    image = ImageCoder(samples[..., :channels], info.peak, spec, device, common, report)
    alpha, sections = samples[..., channels:], []
    if alpha.size:
        quality = 100 if settings.alpha_quality is None else settings.alpha_quality
        alpha = rounded_alpha(alpha, quality)
        sections = [Section(b"ALPH", 1, write_alpha(alpha[..., 0]))]
    if shared is not None:
        sections.append(Section(b"SHAR", 0, shared))
    target = _target(settings, signal)
    iterations = ITERATIONS[settings.effort - 1] if settings.time is None else None
    seconds = math.inf if settings.time is None else settings.time
    budget = Budget(iterations, seconds, began, several=target is not None)
    refinement = Refinement(image, budget, report)

    def finished(best: Coded) -> tuple[tuple[bytes, int, Samples], int, float]:
        tuning = () if best.tuning is None else (Section(b"ITEM", 1, best.tuning.to_bytes()),)
        data = assemble(best.spec, [*sections, *tuning, *write_blocks(best.streams)])
        whole = Region.whole(info.shape)
        renderer = GridRenderer(best.samples, whole, info.shape)
        drawn = renderer.render(Raster(whole, whole.length), info)
        drawn = np.concatenate([drawn, alpha], -1)
        result = data, refinement.iterations, drawn
        return result, len(data) - len(shared or b""), min(psnr(signal.samples, drawn), _MOST_DB)

    if target is None:
        return finished(refinement.at(_first_step(settings)))[0]
    step, found = search(target, _first_step(settings), lambda step: finished(image.coded(step)))
    if iterations == 0:
        return found
    return search(target, step, lambda step: finished(refinement.at(step)))[1]


def shared_by(signals: Iterable[Signal], settings: Settings, device: str) -> bytes | None:
    """The `SHAR` section that serves an album of which these are images; None where it would
    cost more than it saves."""
    spec, step = GridSpec().with_options(settings.options), _first_step(settings)
    if not spec.filtered:
        return None
    prior, samples, before = load_prior(spec.prior), [], 0.0
    originals = [
        (signal.samples[..., : color_channels(signal.info.channels)], signal.info.peak)
        for signal in signals
        if isinstance(signal.info, ImageInfo)
    ]
    if not originals:
        return None
    for original, peak in originals:
        image = ImageCoder(original, peak, spec, device)
        coded = image.coded(step)
        samples.append(image.sample(coded.spec, pyramid_from(coded.lattice)))
        before += coded.cost / image.scale(coded.spec)
    tuning = fit_tuning(samples, prior, BIT_WEIGHT, MOST_LEVELS, MOST_COLORS)
    payload = tuning.to_bytes()
    after = BIT_WEIGHT * 8 * len(payload)
    for original, peak in originals:
        image = ImageCoder(original, peak, spec, device, tuning)
        coded = image.coded(step)
        after += coded.cost / image.scale(coded.spec)
    return payload if after < before else None


def _first_step(settings: Settings) -> int:
    """The step of a quality or lambda; where a search for a target begins."""
    if settings.lmbda is not None:
        return step_of_lmbda(settings.lmbda)
    return step_of_quality(DEFAULT_QUALITY if settings.quality is None else settings.quality)


def _target(settings: Settings, signal: Signal) -> Target | None:
    if settings.target_psnr is not None:
        return Target(psnr_db=settings.target_psnr)
    if settings.target_size is not None:
        return Target(bytes=settings.target_size)
    if settings.target_bpp is not None:
        pixels = math.prod(signal.info.shape)
        return Target(bytes=max(1, int(settings.target_bpp * pixels / 8)))
    return None
