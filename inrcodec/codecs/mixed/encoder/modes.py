"""The ways in which an image may be coded, each at any step: samples, or a grid and samples."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.grid.encoder.coding import Coded
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.mixed.cells import Cells, Mask, write_cells
from inrcodec.codecs.mixed.encoder.filling import fill_in
from inrcodec.codecs.mixed.spec import CELLS, MixedSpec
from inrcodec.codecs.pixels.colors import MERGINGS
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.planning import fitting_spec
from inrcodec.codecs.pixels.tile_coder import CodedTiles, TileCoder, loss_at
from inrcodec.codecs.pixels.tile_reader import decode_tile
from inrcodec.container.sections import Section
from inrcodec.limits import Limits
from inrcodec.progress import Report
from inrcodec.signal import ImageInfo, Signal
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison

__all__ = ["GridMode", "MixedMode", "Mode", "Result", "SamplesMode", "weight_of"]

Samples = npt.NDArray[np.unsignedinteger]


class _Way(NamedTuple):
    """A way for samples to lose something: by how many steps, in 64ths of an octave, less than
    their λ has it, or by colors that cost least (see `simplified`)."""

    finer: int = 0
    merging: float | None = None


_COARSE, _FINE = _Way(), _Way(112)
_WAYS = (_COARSE, _Way(56), _FINE)
_SIMPLIFIED = tuple(_Way(0, merging) for merging in MERGINGS)
# Of what was drawn.
_OF_DRAWN = (_COARSE, _FINE, *_SIMPLIFIED)
# So many are tried at other steps than the first.
_KEPT = 3


@dataclass(frozen=True)
class Result:
    """An image coded in one way.

    Attributes
    ----------
    coded
        Bytes of streams.
    decode
        Returns what it decodes to.
    refinable
        The share of its cost that a refinement may lessen.
    """

    item: EncodedItem
    coded: int
    decode: Callable[[], Samples]
    refinable: float = 0.0

    def cost(self, weight: float) -> float:
        """Return the squared error plus what bits are worth, in squared levels."""
        assert self.item.comparison is not None
        return self.item.comparison.error + weight * 8 * self.coded


class Mode(Protocol):
    """Codes an image at a step."""

    def at(self, step: int, refines: bool = False) -> Result:
        """Return the coding; refined, where a grid takes part."""


def weight_of(step: int, info: ImageInfo) -> float:
    """Return what a bit is worth at a step, in squared levels of all channels."""
    return loss_at(step, info)[1].lmbda


class GridMode:
    """A grid alone, which is never refined here."""

    def __init__(self, samples: Samples, plan: GridPlan, report: Report | None = None) -> None:
        self._samples, self._info = samples, plan.info
        self._image = ImageCoder(samples, plan.info, plan.spec, None, report)
        self._last: tuple[int, Coded] | None = None

    def coded(self, step: int) -> Coded:
        """Return the coding at a step; the last one is kept."""
        if self._last is None or self._last[0] != step:
            self._last = step, self._image.coded(step)
        return self._last[1]

    def at(self, step: int, refines: bool = False) -> Result:
        """Implement `Mode`."""
        coded, comparison = self.coded(step), Comparison()
        comparison.add(self._samples, coded.samples)
        sections = [model_section(coded.spec), *write_blocks(coded.streams)]
        item = EncodedItem(self._info, sections, 0, comparison)
        return Result(item, sum(map(len, coded.streams)), lambda: coded.samples, 1.0)

    def score(self, decoded: Samples) -> float:
        """Return the SSIMULACRA2 of an image that was decoded."""
        return self._image.metric.score(self._image.as_planes(decoded))


class SamplesMode:
    """All of an image as samples, or those of some cells.

    Samples decide one after another what they lose, and what they cost those after them they do not
    know: what was drawn comes off better the less they lose. So several ways are tried at the first
    step, and the best of them at others, for the least D + λR.

    Parameters
    ----------
    kept
        Which pixels are coded; None for all.
    is_brief
        Whether few ways are tried: where a grid takes part, all samples alone hardly win.
    """

    def __init__(
        self,
        samples: Samples,
        info: ImageInfo,
        limits: Limits,
        content: Content,
        report: Report | None = None,
        kept: Mask | None = None,
        is_brief: bool = False,
    ) -> None:
        self._samples, self._info, self._kept = samples, info, kept
        spec = fitting_spec(info, content, limits)
        self._coder = TileCoder(Signal(samples, info), spec, content, report, None, kept)
        ways = _OF_DRAWN if content.is_drawn else _WAYS
        self._ways: tuple[_Way, ...] = (_COARSE, _FINE) if is_brief else ways
        self._known: dict[tuple[int, _Way], CodedTiles] = {}
        self._lossless: CodedTiles | None = None
        self._way: _Way | None = None
        self._is_drawn = content.is_drawn
        self._may_be_lossless = content.is_drawn and not is_brief

    def at(self, step: int, refines: bool = False) -> Result:
        """Implement `Mode`."""
        return self._result(self.coded(step))

    def fixed(self, step: int) -> list[SamplesMode]:
        """Return the two best at a step, each of which loses something in one way at all steps."""
        weight, modes = weight_of(step, self._info), []
        for way in sorted(self._ways, key=lambda way: self._coded(step, way).cost(weight))[:2]:
            mode = copy(self)
            mode._way = way
            modes.append(mode)
        return modes

    def plainly(self, step: int) -> Result:
        """Return the coding that the model `pixels` has at a step."""
        ways = (_COARSE, *_SIMPLIFIED) if self._is_drawn else (_COARSE,)
        tried, weight = [self._coded(step, way) for way in ways], weight_of(step, self._info)
        return self._result(min(tried, key=lambda tiles: tiles.cost(weight)))

    def finely(self, step: int) -> Result:
        """Return the coding that suits what was drawn."""
        return self._result(self._coded(step, _FINE))

    def lossless(self) -> Result:
        """Return the coding that has every sample as it is."""
        return self._result(self._without_loss())

    def coded(self, step: int) -> CodedTiles:
        """Return the tiles of a step; beside a grid the best of those of all steps, which spares a
        search the jumps that samples make from one to the next."""
        if self._way is not None:
            return self._coded(step, self._way)
        weight = weight_of(step, self._info)
        costs = {way: self._coded(step, way).cost(weight) for way in self._ways}
        self._ways = tuple(sorted(costs, key=costs.__getitem__)[:_KEPT])
        own = [self._coded(step, way) for way in self._ways]
        tried = own if self._kept is None else [*self._known.values()]
        if self._may_be_lossless:
            tried.append(self._without_loss())
        return min(tried, key=lambda tiles: tiles.cost(weight))

    def _coded(self, step: int, way: _Way) -> CodedTiles:
        """Return tiles that lose something in a way, coded once."""
        key = max(0, step - way.finer), way
        if key not in self._known:
            quantization, loss = loss_at(key[0], self._info, self._coder.spec.magnification)
            if way.merging is not None:
                quantization = 1
            elif way.finer:
                quantization = quantization // 4 * 2 + 1
            self._known[key] = self._coder.coded(loss, quantization, way.merging)
        return self._known[key]

    def _without_loss(self) -> CodedTiles:
        if self._lossless is None:
            coder = self._coder.with_levels() if self._kept is None else self._coder
            self._lossless = coder.coded()
        return self._lossless

    def _result(self, tiles: CodedTiles) -> Result:
        sections = [model_section(tiles.spec), *write_blocks(tiles.streams)]
        item = EncodedItem(self._info, sections, 0, tiles.comparison)
        return Result(item, sum(map(len, tiles.streams)), lambda: self.decoded(tiles))

    def decoded(self, tiles: CodedTiles) -> Samples:
        """Return what tiles decode to."""
        out, info = np.empty_like(self._samples), self._info
        tiling = tiles.spec.tiling(domain_of(info))
        for stream, at in zip(tiles.streams, np.ndindex(tiling.counts), strict=True):
            covered = tiling.covered(at)
            kept = None if self._kept is None else self._kept[covered.slices]
            out[covered.slices] = decode_tile(stream, covered.length, tiles.spec, info, kept)
        return out


class MixedMode:
    """A grid under some cells of an image, and samples in the others.

    Parameters
    ----------
    budget
        Of the refinement of the grid.
    """

    def __init__(
        self,
        samples: Samples,
        plan: GridPlan,
        cells: Cells,
        content: Content,
        budget: Budget,
        report: Report | None = None,
    ) -> None:
        self._samples, self._info, self._cells = samples, plan.info, cells
        own = cells.over(Region.whole(plan.info.shape))
        self._shown = ~own
        self._tiles = SamplesMode(samples, plan.info, plan.settings.limits, content, report, own)
        filled = fill_in(samples, self._shown)
        tune = plan.options.counts_by
        self._image = ImageCoder(filled, plan.info, plan.spec, None, report, tune)
        self._refinement = Refinement(self._image, budget, report)

    def at(self, step: int, refines: bool = False) -> Result:
        """Implement `Mode`."""
        coded = self._refinement.at(step) if refines else self._image.coded(step)
        tiles = self._tiles.coded(step)
        comparison = Comparison()
        comparison.add(self._samples[self._shown], coded.samples[self._shown])
        of_grid = comparison.error
        comparison.include(tiles.comparison)
        cells = write_cells(self._cells.of_samples)
        iterations = self._refinement.iterations if refines else 0
        item = EncodedItem(self._info, self._sections(coded, tiles, cells), iterations, comparison)
        size = sum(map(len, [*coded.streams, *tiles.streams, cells]))
        weight = 8 * weight_of(step, self._info)
        of_grid += weight * sum(map(len, coded.streams))
        share = of_grid / max(comparison.error + weight * size, 1e-9)
        return Result(item, size, lambda: self._decoded(coded, tiles), share)

    def _sections(self, coded: Coded, tiles: CodedTiles, cells: bytes) -> list[Section]:
        spec = MixedSpec.of(coded.spec, tiles.spec, self._cells.side.bit_length() - 1)
        sections = [model_section(spec), Section(CELLS, 1, cells)]
        if coded.deltas is not None:
            sections.append(Section(b"ITEM", 1, coded.deltas.to_bytes()))
        return [*sections, *write_blocks([*coded.streams, *tiles.streams])]

    def _decoded(self, coded: Coded, tiles: CodedTiles) -> Samples:
        return np.where(self._shown[..., None], coded.samples, self._tiles.decoded(tiles))
