"""An image to the sections of a latent grid, as a plan has it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.alpha import write_alpha
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.encoder.adaptation import fit_deltas
from inrcodec.codecs.grid.encoder.coding import Coded
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.preparation import round_alpha
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.geometry import MOST_LEVELS
from inrcodec.codecs.grid.opening import read_shared
from inrcodec.codecs.grid.options import DEFAULT_QUALITY, GridOptions
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.grid.pretrained import load_pretrained
from inrcodec.codecs.grid.spec import MOST_COLORS, GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import as_floats
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.rate_control import (
    BIT_WEIGHT,
    MOST_DB,
    Measured,
    search,
    step_of_lmbda,
    step_of_quality,
)
from inrcodec.container.items import item_size
from inrcodec.container.sections import Section
from inrcodec.devices import check_device
from inrcodec.errors import TargetError
from inrcodec.progress import Lasting, Report
from inrcodec.signal import Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison

__all__ = ["Finisher", "encode_item", "first_step", "fit_shared", "kept_alpha"]

# Iterations, at most, of latents that networks of an album are fitted to.
_SETTLING = 6

Samples = npt.NDArray[np.unsignedinteger]


def encode_item(
    source: Source, plan: GridPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Code an image; see `Codec.encode`. What is shared does not count as bytes of the image."""
    began = time.monotonic()
    info = plan.info
    samples, channels = source.read(Region.whole(info.shape)), color_channels(info.channels)
    common = None if shared is None else read_shared(shared, load_pretrained(plan.spec.pretrained))
    report = report and Lasting(report)
    check_device(plan.settings.device)
    tune, colors = plan.options.counts_by, samples[..., :channels]
    image = ImageCoder(colors, info, plan.spec, common, report, tune)
    finisher = Finisher(
        source, plan, image, samples, kept_alpha(samples[..., channels:], plan.options), shared
    )
    target = plan.options.target(info.height * info.width)
    budget = Budget(plan.iterations, plan.seconds, began, several=target is not None)
    refinement = Refinement(image, budget, report)
    step = first_step(plan.options)
    if target is None:
        return finisher.item(refinement.at(step), refinement.iterations)
    step, found = search(target, step, lambda step: finisher.measured(image.coded(step), 0))
    if plan.iterations == 0:
        return found
    with suppress(TargetError):
        # At the ends of what steps can do, only what is not refined may meet it.
        return search(
            target,
            step,
            lambda step: finisher.measured(refinement.at(step), refinement.iterations),
        )[1]
    return found


def kept_alpha(alpha: Samples, options: GridOptions) -> Samples:
    """Return the alpha of an image as options have it, if it has any."""
    if not alpha.size:
        return alpha
    return round_alpha(alpha, 100 if options.alpha_quality is None else options.alpha_quality)


@dataclass(frozen=True)
class Finisher:
    """Makes sections of a coding, and measures what they decode to."""

    source: Source
    plan: GridPlan
    image: ImageCoder
    samples: Samples
    alpha: Samples
    shared: bytes | None

    def item(self, best: Coded, iterations: int) -> EncodedItem:
        """A coding as sections, with what they decode to compared."""
        info = self.plan.info
        decoded, comparison = best.samples, Comparison()
        if self.alpha.size:
            decoded = np.concatenate([decoded, self.alpha], -1)
        comparison.add(self.samples, decoded)
        return EncodedItem(info, self._sections(best), iterations, comparison)

    def measured(self, best: Coded, iterations: int) -> Measured[EncodedItem]:
        """The same with its bytes and its qualities."""
        item, info = self.item(best, iterations), self.plan.info
        metadata = self.source.metadata.without(self.plan.settings.strip)
        size = item_size(info, metadata, item.sections) - len(self.shared or b"")
        assert item.comparison is not None
        psnr_db = min(item.comparison.psnr_db(info.peak), MOST_DB)
        return Measured(item, size, psnr_db, self._ssimulacra2(best.samples))

    def _ssimulacra2(self, decoded: Samples) -> float | None:
        """The score of a decoded image, where that is aimed at."""
        if self.plan.options.target_ssimulacra2 is None:
            return None
        return self.image.metric.score(self.image.as_planes(decoded))

    def _sections(self, best: Coded) -> Sequence[Section]:
        sections = [model_section(best.spec)]
        if self.alpha.size:
            sections.append(Section(b"ALPH", 1, write_alpha(self.alpha[..., 0])))
        if self.shared is not None:
            sections.append(Section(b"SHAR", 0, self.shared))
        if best.deltas is not None:
            sections.append(Section(b"ITEM", 1, best.deltas.to_bytes()))
        return [*sections, *write_blocks(best.streams)]


def fit_shared(sources: Iterable[Source], plan: GridPlan) -> bytes | None:
    """The `SHAR` section that serves an album of which these are images; None where it would cost
    more than it saves."""
    spec, step = plan.spec, first_step(plan.options)
    if not spec.filtered:
        return None
    model, samples, settled, before = load_pretrained(spec.pretrained), [], [], 0.0
    originals = [
        (
            source.read(Region.whole(source.info.shape))[
                ..., : color_channels(source.info.channels)
            ],
            source.info,
        )
        for source in sources
    ]
    for original, info in originals:
        image = ImageCoder(original, info, spec)
        own, latents = _settled(image, step, plan.iterations)
        samples.append(image.sample(own, latents))
        settled.append(latents)
        before += image.rounded(step, latents).cost / image.scale(own)
    deltas = fit_deltas(samples, model, BIT_WEIGHT, MOST_LEVELS, MOST_COLORS)
    payload = deltas.to_bytes()
    after = BIT_WEIGHT * 8 * len(payload)
    for (original, info), latents in zip(originals, settled, strict=True):
        image = ImageCoder(original, info, spec, deltas)
        coded = image.rounded(step, latents)
        after += coded.cost / image.scale(coded.spec)
    return payload if after < before else None


def _settled(
    image: ImageCoder, step: int, iterations: int | None
) -> tuple[GridSpec, Subbands[npt.NDArray[np.float32]]]:
    """Return latents of an image that are near those that it will have after so many iterations,
    and how networks are to serve them."""
    if iterations == 0:
        coded = image.coded(step)
        return coded.spec, as_floats(coded.latents)
    spec = image.spec_at(step)
    optimizer = image.optimizer(spec, image.start(spec))
    count = _SETTLING if iterations is None else min(iterations, _SETTLING)
    for done in range(count):
        optimizer.advance(done / count)
    return spec, optimizer.latents


def first_step(options: GridOptions) -> int:
    """Return the step of a quality or lambda; where a search for a target begins."""
    if options.lmbda is not None:
        return step_of_lmbda(options.lmbda)
    quality = DEFAULT_QUALITY if options.quality is None else options.quality
    return step_of_quality(quality, options.counts_by)
