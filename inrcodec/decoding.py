"""A file opened for decoding: a function of coordinates that can also be rendered."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Iterator
from threading import RLock
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.opening import open_lattice
from inrcodec.codecs.headers import read_header
from inrcodec.codecs.inr.chunked_renderer import ChunkedRenderer
from inrcodec.codecs.inr.opening import Lost, open_network
from inrcodec.codecs.inr.renderer import Renderer
from inrcodec.container.metadata import read_metadata
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container
from inrcodec.devices import resolve_device
from inrcodec.errors import InrError, UsageError
from inrcodec.limits import Cost, Limits, memory_errors
from inrcodec.progress import Progress, Report
from inrcodec.signal import AudioInfo, ImageInfo, Metadata, Signal, SignalInfo
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.resampling import blocks, reached
from inrcodec.signal.views import View

__all__ = ["Representation", "open_representation"]


class Representation:
    """An image or an audio signal as a function of coordinates.

    Made by `inrcodec.open`. Weights are read on first use; `render` with a region or a time range
    reads those of the tiles that it touches. Use it as a context manager, or `close` it. Threads
    may share it, until one closes it.
    """

    def __init__(
        self,
        container: Container,
        item: int = 1,
        limits: Limits | None = None,
        device: str = "cpu",
        lost: Lost | None = None,
        report: Report | None = None,
    ) -> None:
        self._container = container
        self._limits = limits or Limits()
        self._header = read_header(container, item)
        self._device = resolve_device(device)
        self._lost = lost
        self._report = report
        # What is read once, whatever thread asks first.
        self._reading = RLock()
        self._metadata: Metadata | None = None
        self._opened: Renderer | None = None

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Representation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def info(self) -> SignalInfo:
        """What the original is: of an image its size, color and bit depth; of an audio signal its
        length, rate, channels and sample type."""
        return self._header.info

    @property
    def parameters(self) -> int:
        """Weights in all scopes."""
        return self._header.parameters

    @property
    def metadata(self) -> Metadata:
        """ICC profile, EXIF, XMP, IPTC, resolution and texts of the original; `FormatError` where
        they are damaged."""
        with self._reading:
            if self._metadata is None:
                self._metadata = read_metadata(self._container, self._header.item)
            return self._metadata

    @property
    def _all(self) -> Raster:
        return Raster(Region.whole(self.info.shape), self.info.shape)

    def _check(self, raster: Raster, copies: float = 1.0) -> None:
        """Raise `LimitError` where rendering a raster takes too much."""
        self._limits.check(self._header.decoding_cost(raster, copies))

    @property
    def _whole(self) -> Renderer:
        with self._reading:
            if self._opened is None:
                self._opened = self._renderer(self._all)
            return self._opened

    def _renderer(self, raster: Raster) -> Renderer:
        """What draws a raster; only what it touches is read."""
        if self._header.spec.family == "lattice":
            return open_lattice(self._container, self._header, raster, self._device, self._report)
        return open_network(self._container, self._header, raster, self._device, self._lost)

    def __call__(self, coordinates: Any) -> Any:
        """Values at coordinates.

        Parameters
        ----------
        coordinates
            Array or tensor of shape (..., axes), each in [-1, 1]: of an image (row, column), of a
            audio signal (time,); the centre of sample i of n is at (2i + 1)/n - 1.

        Returns
        -------
        float32 values of shape (..., channels), not clamped: of an image 0 for black and 1 for
        the peak, of an audio signal about -1 to 1; a tensor (differentiable) if a tensor was given,
        else an array.
        """
        if isinstance(coordinates, Tensor):
            return self._values(coordinates)
        with memory_errors(), torch.no_grad():
            points = torch.as_tensor(np.asarray(coordinates, np.float64))
            return self._values(points).cpu().numpy()

    def _values(self, coordinates: Tensor) -> Tensor:
        axes = len(self.info.shape)
        self._check(self._all, copies=0.0)
        if coordinates.ndim == 0 or coordinates.shape[-1] != axes:
            raise UsageError(f"coordinates of shape {tuple(coordinates.shape)}, not (..., {axes})")
        renderer = self._whole
        # Of a long audio signal, binary32 does not tell one sample from the next.
        flat = coordinates.reshape(-1, axes).to(renderer.device, torch.float64)
        count = renderer.points_at_once
        parts = [flat[start : start + count] for start in range(0, len(flat), count)]
        values = [renderer.sample(part).float() for part in parts]
        joined = torch.cat(values) if values else flat.new_zeros(0, self.info.channels).float()
        if isinstance(self.info, ImageInfo):
            joined = (joined + 1) / 2
        return joined.reshape(*coordinates.shape[:-1], self.info.channels)

    def render(
        self,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        region: tuple[int, int, int, int] | None = None,
        rate: int | None = None,
        time: tuple[float | None, float | None] | None = None,
    ) -> npt.NDArray[Any]:
        """Samples of the signal, or of a part of it, at any resolution.

        Parameters
        ----------
        scale
            Of an image: output pixels per pixel of the original; above 0.
        size
            Of an image: (width, height) of the output, instead of a scale.
        region
            Of an image: (x, y, width, height) in pixels of the original.
        rate
            Of an audio signal: output frames a second.
        time
            Of an audio signal: (start, stop) in seconds; None for either end.

        Returns
        -------
        Of an image (height, width, channels), uint8 or uint16; of an audio signal (frames, channels),
        float32.

        Raises
        ------
        UsageError
            An argument is out of range, or of another kind of signal.
        LimitError
            It would take more memory or work than is allowed, or memory ran out.
        FormatError
            Weights that are needed are damaged.
        """
        return self._render(View(scale, size, region, rate, time))

    def _render(self, view: View) -> npt.NDArray[Any]:
        with memory_errors():
            # Parts, and what they are joined to.
            raster = self.info.raster(view)
            samples = math.prod(raster.lengths) * self.info.channels
            self._limits.check(Cost(2.0 * samples * self.info.dtype.itemsize))
            parts = list(self.blocks(view))
            return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def blocks(self, view: View | None = None) -> Iterator[npt.NDArray[Any]]:
        """What `render` returns, of an audio signal part by part, in parts of bounded size.

        Raises as `render`, before the first part where the view is at fault.
        """
        view = view or View()
        raster = self.info.raster(view)
        self._check(raster)
        is_part = view.region is not None or view.time is not None
        if isinstance(self.info, AudioInfo):
            needed = reached(raster, self.info.frames)
            renderer = self._renderer(needed) if is_part else self._whole
            assert isinstance(renderer, ChunkedRenderer)
            return self._reported(blocks(renderer, raster, self.info), raster.lengths[0])
        renderer = self._renderer(raster) if is_part else self._whole
        return iter([renderer.render(raster, self.info, self._report)])

    def _reported(
        self, parts: Iterator[npt.NDArray[Any]], frames: int
    ) -> Iterator[npt.NDArray[Any]]:
        """Parts of an audio signal; the report is told of each."""
        began, done = time.monotonic(), 0
        for part in parts:
            yield part
            done += len(part)
            if self._report is not None:
                elapsed = time.monotonic() - began
                self._report(Progress(done, frames, None, elapsed, "rendering"))

    def lengths(self, view: View) -> tuple[int, ...]:
        """Samples along each axis that a view has."""
        return self.info.raster(view).lengths

    def decode(self, view: View | None = None) -> Signal:
        """`render` as a signal: samples with their format and the original's metadata."""
        view = view or View()
        samples = self._render(view)
        return Signal(samples, self.info.shown_as(view, samples.shape[:-1]), self.kept_metadata())

    def kept_metadata(self) -> Metadata:
        """The metadata, or a warning and none: damaged, it does not stand between a user and a
        signal."""
        try:
            return self.metadata
        except InrError as error:
            warnings.warn(f"metadata is left out: {error}", stacklevel=2)
            return Metadata()

    def verify(self, whole_file: bool = True) -> None:
        """Check every byte that is not another signal's: all checksums, and that all weights and
        metadata decode.

        Without `whole_file`, sections that belong to no signal are checked only where this one
        needs them.

        Raises `FormatError` at the first fault.
        """
        owners = (self._header.item, 0, None) if whole_file else (self._header.item,)
        for owner in owners:
            for entry in self._container.owned(owner):
                self._container.read(entry.tag, entry.item)
        _ = self.metadata
        self._check(self._all, copies=0.0)
        with memory_errors():
            self._whole.read_all()


def open_representation(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    max_memory: int | None = None,
    device: str = "cpu",
    item: str | int = 1,
    max_work: float | None = None,
) -> Representation:
    """Open a `.inr` file (path, bytes or seekable stream); of an album the signal of that name
    (its extension may be left out) or at that place, from 1.

    What it is asked for is refused with `LimitError` where it would take more than `max_memory`
    bytes of memory beyond what is loaded (None: half of the machine's, or of its control group's),
    or more than `max_work` floating-point operations (None: 1e15, some hours of a CPU).

    Raises `UsageError` (there is no such signal), `FormatError` or `OSError`.
    """
    container = Container(source)
    try:
        (number,) = find_items(read_names(container), [item])
        return Representation(container, number, Limits.of(max_memory, max_work), device)
    except BaseException:
        container.close()
        raise
