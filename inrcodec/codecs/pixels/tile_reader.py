"""Reading an image's samples from a file: only the tiles that a region touches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import product
from threading import Lock

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.pixels.costs import KEPT_BYTES
from inrcodec.codecs.pixels.levels import known_levels
from inrcodec.codecs.pixels.magnification import enlarged
from inrcodec.codecs.pixels.pretrained import load_scan_model
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.container.tiles import TileStreams
from inrcodec.errors import FormatError, MalformedError
from inrcodec.native.scan import Tile, decode_scan
from inrcodec.native.scan_types import Mask
from inrcodec.progress import Report, Told
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Region, Tiling
from inrcodec.threads import in_parallel

__all__ = ["OnTile", "Samples", "TileReader", "decode_tile"]

Samples = npt.NDArray[np.unsignedinteger]
# Is told of a tile that cannot be read, by its number and what it covers, and why.
OnTile = Callable[[int, Region, FormatError], None]

_WORD = 4


def decode_tile(
    stream: bytes,
    shape: tuple[int, ...],
    spec: PixelsSpec,
    info: ImageInfo,
    kept: Mask | None = None,
) -> Samples:
    """Decode a tile of a shape (height, width) to samples (height, width, channels), 0 where no
    pixel is; raises `MalformedError` where its stream is not valid."""
    if len(stream) % _WORD:
        raise MalformedError(f"a stream of {len(stream)} bytes is not of whole words")
    side = spec.magnification
    height, width = (-(-length // side) for length in shape)
    words = np.frombuffer(stream, "<u4").astype(np.uint32)
    levels = known_levels(spec.levels, info)
    bits = info.bits_per_sample if levels is None else levels.bits
    tile = Tile((height, width, info.channels), bits, spec.step, kept)
    samples = decode_scan(words, tile, load_scan_model(spec.pretrained))
    found = samples if levels is None else levels.samples(samples)
    return enlarged(found.astype(info.dtype), side, shape)


class TileReader:
    """Reads the tiles of an item, several at a time; those read last may be kept.

    Parameters
    ----------
    streams
        Those of all tiles that it has.
    pixels
        Returns which pixels of a region there are; all, without it.
    """

    def __init__(
        self,
        streams: TileStreams,
        tiling: Tiling,
        spec: PixelsSpec,
        info: ImageInfo,
        pixels: Callable[[Region], Mask] | None = None,
    ) -> None:
        self._pixels = pixels
        self._streams, self._tiling, self._spec, self._info = streams, tiling, spec, info
        self._kept = _LastUsed(KEPT_BYTES)

    def read(
        self,
        region: Region,
        keeps: bool = False,
        report: Report | None = None,
        on_damage: OnTile | None = None,
    ) -> Samples:
        """Read the samples (*region.length, channels) of a region; a report is told of each tile.

        Raises `FormatError` where any of them is damaged; if `on_damage` is given, it is told
        instead, and the tile is gray.
        """
        out = np.empty((*region.length, self._info.channels), self._info.dtype)
        positions = [*product(*self._tiling.touching(region))]
        told, lock = Told("reading", len(positions), report), Lock()

        def read(position: tuple[int, ...]) -> FormatError | None:
            covered, error = self._tiling.covered(position), None
            try:
                samples = self._tile(position, keeps)
            except FormatError as damage:
                if on_damage is None:
                    raise
                error, samples = damage, self._gray(covered)
            part, own = covered.within(region), region.within(covered)
            assert part is not None
            assert own is not None
            out[part.slices] = samples[own.slices]
            with lock:
                told.advance()
            return error

        errors = in_parallel(read, positions)
        for position, error in zip(positions, errors, strict=True):
            if error is not None and on_damage is not None:
                on_damage(self._number(position), self._tiling.covered(position), error)
        return out

    def _number(self, position: tuple[int, ...]) -> int:
        return int(np.ravel_multi_index(position, self._tiling.counts))

    def _tile(self, position: tuple[int, ...], keeps: bool) -> Samples:
        """Return a tile's samples, from what is kept or from its stream; maybe keep them."""
        number = self._number(position)
        known = self._kept.get(number)
        if known is None:
            covered = self._tiling.covered(position)
            there = None if self._pixels is None else self._pixels(covered)
            stream = self._streams[number]
            known = decode_tile(stream, covered.length, self._spec, self._info, there)
            if keeps:
                self._kept.put(number, known)
        return known

    def _gray(self, covered: Region) -> Samples:
        """Return what stands for a tile that is lost: gray, opaque."""
        info = self._info
        samples = np.full((*covered.length, info.channels), info.peak // 2 + 1, info.dtype)
        if info.channels % 2 == 0:
            samples[..., -1] = info.peak
        return samples


class _LastUsed:
    """The tiles that were used last, as many as there is room for."""

    def __init__(self, most_bytes: int) -> None:
        self._bytes, self._most = 0, most_bytes
        self._tiles: OrderedDict[int, Samples] = OrderedDict()
        self._lock = Lock()

    def get(self, number: int) -> Samples | None:
        """Return a tile, if it is kept."""
        with self._lock:
            if number in self._tiles:
                self._tiles.move_to_end(number)
            return self._tiles.get(number)

    def put(self, number: int, samples: Samples) -> None:
        """Keep a tile, in the place of what was used longest ago."""
        with self._lock:
            if number in self._tiles:
                return
            self._tiles[number] = samples
            self._bytes += samples.nbytes
            while self._bytes > self._most:
                self._bytes -= self._tiles.popitem(last=False)[1].nbytes
