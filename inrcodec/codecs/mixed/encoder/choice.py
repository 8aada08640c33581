"""The choice between a grid, samples and both, of an image that is no photograph throughout.

All are coded quickly at one λ, and compared by D + λR, errors squared, whatever the tune. Those
that are near the best are coded in full.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.encoder.encode import encode_item as encode_grid
from inrcodec.codecs.grid.encoder.encode import first_step
from inrcodec.codecs.grid.encoder.refinement import Budget
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.mixed.cells import Cells
from inrcodec.codecs.mixed.encoder.content import CellContent
from inrcodec.codecs.mixed.encoder.modes import (
    GridMode,
    MixedMode,
    Mode,
    Result,
    SamplesMode,
    weight_of,
)
from inrcodec.codecs.mixed.encoder.segmentation import (
    bits_of_latents,
    bits_of_samples,
    choose_cells,
    errors_of,
)
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.encode import FIRST_STEP
from inrcodec.codecs.rate_control import MOST_DB, Measured, search
from inrcodec.container.items import item_size
from inrcodec.errors import TargetError
from inrcodec.progress import Lasting, Report
from inrcodec.signal import Source

__all__ = ["Choice"]

Samples = npt.NDArray[np.unsignedinteger]

# What a refinement leaves of the cost of a grid, about; and how near to the best others are coded
# in full, too.
_REFINED, _NEAR = 0.92, 1.06
# What both together are to cost, at most, of the better one alone.
_WORTH = 0.99
# Shares of cells that look photographed up to which a grid is unlikely, and lossless is tried; and
# from which on samples alone are unlikely.
_NONE, _FEW, _MANY = 0.002, 0.05, 0.2
# Steps from one that was tried to one at which all is tried again.
_FAR = 32


@dataclass(frozen=True)
class _Tried:
    """A way to code an image: what it is likely to cost, and what codes it in full; `mode` is None
    of a grid alone."""

    cost: float
    finish: Callable[[], EncodedItem]
    mode: Mode | None = None


class Choice:
    """Chooses how an image is coded, and codes it.

    Parameters
    ----------
    began
        When the encode did, on the monotonic clock.
    """

    def __init__(
        self,
        source: Source,
        samples: Samples,
        plan: GridPlan,
        looks: tuple[Content, CellContent],
        began: float,
        report: Report | None,
    ) -> None:
        self._source, self._samples, self._plan, self._info = source, samples, plan, plan.info
        self._content, self._cells = looks
        self._began, self._report = began, report and Lasting(report)
        self._target = plan.options.target(plan.info.height * plan.info.width)
        self._grid = GridMode(samples, plan, self._report)
        is_brief = self._cells.photographed >= _MANY
        self._alone = SamplesMode(
            samples,
            plan.info,
            plan.settings.limits,
            self._content,
            self._report,
            is_brief=is_brief,
        )
        is_refined = plan.iterations != 0 and plan.options.counts_by == "psnr"
        self._left = _REFINED if is_refined else 1.0

    def item(self) -> EncodedItem | None:
        """Return the image coded in the way that is best; None for a grid, of which nothing is
        coded in full."""
        step, tried = self._tries()
        best = min(tried, key=lambda one: one.cost)
        lossless = self._lossless()
        near = [one for one in tried if one.cost <= self._nearness * best.cost or self._aims(one)]
        # A grid and one under cells alone compare well enough as they are.
        near = [one for one in near if one is best or self._alone in (one.mode, best.mode)]
        if near == [best] and best.mode is None and lossless is None:
            return None
        found, missed = list[EncodedItem](), list[TargetError]()
        for one in sorted(near, key=lambda one: one.cost):
            try:
                found.append(one.finish())
            except TargetError as error:
                missed.append(error)
        if lossless is not None and self._meets(lossless.item):
            found.append(lossless.item)
        if not found:
            raise missed[0]
        return min(found, key=lambda item: self._fitness(item, step))

    def _aims(self, one: _Tried) -> bool:
        """Tell whether a way is tried in full, however it compares: samples alone come to a target
        by other steps than what they are compared at."""
        is_tried = self._target is not None and self._cells.photographed < _MANY
        return is_tried and one.mode is self._alone

    @property
    def _nearness(self) -> float:
        """Others so near to the best are coded in full, too; errors of a tune do not compare."""
        return _NEAR if self._plan.options.counts_by == "psnr" else 1.0

    def _tries(self) -> tuple[int, list[_Tried]]:
        """Try all ways at the step of a quality, or at one near that which a target takes."""
        step = first_step(self._plan.options)
        if self._target is None:
            return step, self._tried(step)
        step = self._reached(self._first_mode, step)
        tried = self._tried(step)
        mode = min(tried, key=lambda one: one.cost).mode
        again = step if mode is None else self._reached(mode, step)
        return (step, tried) if abs(again - step) <= _FAR else (again, self._tried(again))

    @property
    def _first_mode(self) -> Mode:
        """A way that is likely to be near the best, and is coded quickly."""
        return self._alone if self._cells.photographed < _NONE else self._grid

    def _reached(self, mode: Mode, step: int) -> int:
        """Return the step at which a way, coded quickly, comes to the target; another if none
        does."""
        assert self._target is not None
        if mode is self._alone:
            mode = self._alone.fixed(step)[0]
        with suppress(TargetError):
            return search(self._target, step, partial(self._measured_at, mode.at))[0]
        return step

    def _tried(self, step: int) -> list[_Tried]:
        """Code the image in each way at a step, quickly."""
        weight, grid, alone = weight_of(step, self._info), self._grid.at(step), self._alone.at(step)
        tried = [
            _Tried(grid.cost(weight) * self._left, self._whole_grid),
            _Tried(alone.cost(weight), partial(self._finished, self._alone, step), self._alone),
        ]
        cells = self._chosen(step, weight)
        if cells.of_samples.any() and not cells.of_samples.all():
            repeats = float(self._cells.repeats[cells.of_samples].mean())
            plan, several = self._plan, self._target is not None
            budget = Budget(plan.iterations, plan.seconds, self._began, several)
            content = Content(repeats)
            mode = MixedMode(self._samples, plan, cells, content, budget, self._report)
            result = mode.at(step)
            cost = result.cost(weight) * (1 - result.refinable * (1 - self._left))
            if cost < _WORTH * min(one.cost for one in tried):
                tried.append(_Tried(cost, partial(self._finished, mode, step), mode))
        return tried

    def _chosen(self, step: int, weight: float) -> Cells:
        """Return the cells that are better samples than a grid."""
        side, samples, alone = self._cells.side, self._samples, self._alone.finely(step)
        grid = self._grid.coded(step)
        bits = bits_of_latents(
            grid.latents, samples.shape[:2], side, 8.0 * sum(map(len, grid.streams))
        )
        gains = errors_of(samples, grid.samples, side) + weight * bits
        gains -= errors_of(samples, alone.decode(), side)
        gains -= weight * bits_of_samples(samples, side, 8.0 * alone.coded)
        return Cells(choose_cells(gains, self._cells), side)

    def _lossless(self) -> Result | None:
        """Return the image without loss, if that may cost no more than with loss."""
        return self._alone.lossless() if self._cells.photographed < _FEW else None

    def _whole_grid(self) -> EncodedItem:
        left = max(0.0, self._plan.seconds - (time.monotonic() - self._began))
        return encode_grid(self._source, replace(self._plan, seconds=left), None, self._report)

    def _finished(self, mode: Mode, step: int) -> EncodedItem:
        """Code the image in full, at a step or as the target has it."""
        if self._target is None:
            return mode.at(step, refines=True).item
        target = self._target
        if mode is self._alone:
            return self._best_alone(step)
        step, item = search(target, step, partial(self._measured_at, mode.at))
        if self._plan.iterations == 0:
            return item
        with suppress(TargetError):
            # At the ends of what steps can do, only what is not refined may meet it.
            return search(target, step, lambda at: self._measured(mode.at(at, refines=True)))[1]
        return item

    def _best_alone(self, step: int) -> EncodedItem:
        """Code the image as samples, as the target has it, in the best of all ways to lose some."""
        assert self._target is not None
        found, missed = list[EncodedItem](), list[TargetError]()
        first, second = self._alone.fixed(step)
        # The model `pixels` begins a search elsewhere, which may come to something better.
        ways = ((first.at, step), (second.at, step), (self._alone.plainly, FIRST_STEP))
        for code, start in ways:
            try:
                found.append(search(self._target, start, partial(self._measured_at, code))[1])
            except TargetError as error:
                missed.append(error)
        if not found:
            raise missed[0]
        return min(found, key=lambda item: self._fitness(item, step))

    def _measured_at(self, code: Callable[[int], Result], step: int) -> Measured[EncodedItem]:
        return self._measured(code(step))

    def _measured(self, result: Result) -> Measured[EncodedItem]:
        """Return a coding with its bytes and its qualities."""
        item = result.item
        score = None
        if self._plan.options.target_ssimulacra2 is not None:
            score = self._grid.score(result.decode())
        return Measured(item, self._size(item), self._psnr(item), score)

    def _size(self, item: EncodedItem) -> int:
        metadata = self._source.metadata.without(self._plan.settings.strip)
        return item_size(self._info, metadata, item.sections)

    def _psnr(self, item: EncodedItem) -> float:
        assert item.comparison is not None
        return min(item.comparison.psnr_db(self._info.peak), MOST_DB)

    def _meets(self, item: EncodedItem) -> bool:
        """Tell whether what is lossless is small enough."""
        most = None if self._target is None else self._target.bytes
        return most is None or self._size(item) <= most

    def _fitness(self, item: EncodedItem, step: int) -> tuple[float, float]:
        """Order codings, the best first: by D + λR, or of those that meet a target by the other
        of bytes and quality."""
        size = float(self._size(item))
        if self._target is None:
            assert item.comparison is not None
            return item.comparison.error + weight_of(step, self._info) * 8 * size, size
        return (size, 0.0) if self._target.bytes is None else (-self._psnr(item), size)
