"""The ways in which an image may be coded, each at any step: samples, or a grid and samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.grid.encoder.image_coder import Coded, ImageCoder
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.mixed.cells import Cells, Mask, write_cells
from inrcodec.codecs.mixed.encoder.filling import fill_in
from inrcodec.codecs.mixed.spec import CELLS, MixedSpec
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.planning import default_tile
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.codecs.pixels.tile_coder import CodedTiles, TileCoder, loss_at
from inrcodec.codecs.pixels.tile_reader import decode_tile
from inrcodec.container.sections import Section
from inrcodec.progress import Report
from inrcodec.signal import ImageInfo, Signal
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison

__all__ = ["GridMode", "MixedMode", "Mode", "Result", "SamplesMode", "weight_of"]

Samples = npt.NDArray[np.unsignedinteger]


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


@dataclass(frozen=True)
class SamplesMode:
    """All of an image as samples, or those of some cells.

    Attributes
    ----------
    kept
        Which pixels are coded; None for all.
    """

    samples: Samples
    info: ImageInfo
    content: Content
    report: Report | None = None
    kept: Mask | None = None
    _known: dict[int, CodedTiles] = field(default_factory=dict)

    @property
    def _coder(self) -> TileCoder:
        height, width = default_tile(self.info.height, self.info.width, self.content.is_drawn)
        spec = PixelsSpec(tile_height=height, tile_width=width)
        source = Signal(self.samples, self.info)
        return TileCoder(source, spec, self.content, self.report, None, self.kept)

    def coded(self, step: int) -> CodedTiles:
        """Return the tiles of a step, coded once."""
        if step not in self._known:
            quantization, loss = loss_at(step, self.info)
            self._known[step] = self._coder.coded(loss, quantization)
        return self._known[step]

    def at(self, step: int, refines: bool = False) -> Result:
        """Implement `Mode`."""
        return self._result(self.coded(step))

    def lossless(self) -> Result:
        """Code every sample as it is."""
        return self._result(self._coder.coded())

    def _result(self, tiles: CodedTiles) -> Result:
        sections = [model_section(tiles.spec), *write_blocks(tiles.streams)]
        item = EncodedItem(self.info, sections, 0, tiles.comparison)
        return Result(item, sum(map(len, tiles.streams)), lambda: self.decoded(tiles))

    def decoded(self, tiles: CodedTiles) -> Samples:
        """Return what tiles decode to."""
        out = np.empty_like(self.samples)
        tiling = tiles.spec.tiling(domain_of(self.info))
        for stream, at in zip(tiles.streams, np.ndindex(tiling.counts), strict=True):
            covered = tiling.covered(at)
            kept = None if self.kept is None else self.kept[covered.slices]
            out[covered.slices] = decode_tile(stream, covered.length, tiles.spec, self.info, kept)
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
        self._tiles = SamplesMode(samples, plan.info, content, report, own)
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
