"""A file opened for decoding: a function of coordinates that can also be rendered."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import OnDamage, Opening
from inrcodec.codecs.registry import codec_of, read_header
from inrcodec.container.metadata import read_metadata
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container
from inrcodec.devices import check_device
from inrcodec.errors import FormatError, InrError, UsageError
from inrcodec.limits import Cost, Limits, memory_errors
from inrcodec.locations import Openable, is_url, open_binary
from inrcodec.progress import Report
from inrcodec.signal import Metadata, Signal, SignalInfo
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer
from inrcodec.signal.views import View

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["Representation", "open_representation"]


class Representation:
    """An image or an audio signal as a function of coordinates.

    >>> image = inrcodec.open(inrcodec.encode("photo.png").data)
    >>> image.info.width, image.info.height, image.model
    (56, 40, 'grid')
    >>> image([[0.0, 0.0], [-0.5, 0.25]]).shape
    (2, 3)
    >>> image.render(size=(100, 80)).dtype
    dtype('uint8')
    >>> audio = inrcodec.open(inrcodec.encode("song.wav").data)
    >>> audio.info.seconds
    0.25
    >>> sum(len(block) for block in audio.blocks())
    4000

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
        on_damage: OnDamage | None = None,
        report: Report | None = None,
        kept: dict[str, Any] | None = None,
    ) -> None:
        self._container = container
        self._limits = limits or Limits()
        self._header = read_header(container, item)
        on_damage = on_damage and partial(_tell_of_part, on_damage, self._header.visible)
        self._opening = Opening(
            check_device(device),
            on_damage,
            report,
            {} if kept is None else kept,
            partial(read_header, container),
        )
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
        """The original, or what a crop has of it: of an image its size, color and bit depth; of an
        audio signal its length, rate, channels and sample type."""
        return self._header.shown

    @property
    def model(self) -> str:
        """The name of the model that it was encoded to."""
        return self._header.spec.name

    @property
    def parameters(self) -> int:
        """Weights in all scopes."""
        return self._header.parameters

    @property
    def metadata(self) -> Metadata:
        """ICC profile, EXIF, XMP, IPTC, resolution, texts and PNG's words on HDR, of the original;
        `FormatError` where they are damaged."""
        with self._reading:
            if self._metadata is None:
                self._metadata = read_metadata(self._container, self._header.item)
            return self._metadata

    @property
    def _all(self) -> Raster:
        region = self._header.visible
        return Raster(region, region.length)

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
        """Open what renders a raster; only what it touches is read."""
        codec = codec_of(self._header.spec)
        return codec.open(self._container, self._header, raster, self._opening)

    def __call__(self, coordinates: Any) -> Any:
        """Values at coordinates.

        Parameters
        ----------
        coordinates
            Array or tensor of shape (..., axes), each in [-1, 1]: of an image (row, column), of an
            audio signal (time,); the center of sample i of n is at (2i + 1)/n - 1.

        Returns
        -------
        numpy.ndarray or torch.Tensor
            float32 values of shape (..., channels), not clamped: of an image 0 for black and 1 for
            the peak, of an audio signal about -1 to 1; a tensor (differentiable) if a tensor was
            given, else an array.
        """
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(coordinates, torch.Tensor):
            return self._differentiable(coordinates)
        with memory_errors():
            points = np.asarray(coordinates, np.float64)
            renderer, flat = self._points(points)
            count = renderer.points_at_once
            values = np.empty((len(flat), self.info.channels), np.float32)
            for start in range(0, len(flat), count):
                part = slice(start, start + count)
                values[part] = renderer.sample(flat[part])
            return values.reshape(*points.shape[:-1], self.info.channels)

    def _differentiable(self, coordinates: Tensor) -> Tensor:
        import torch

        renderer, flat = self._points(coordinates.double())
        parts = [renderer.differentiable(part) for part in flat.split(renderer.points_at_once)]
        values = torch.cat(parts).float() if len(flat) else flat.new_zeros(0).float()
        return values.reshape(*coordinates.shape[:-1], self.info.channels)

    def _points(self, coordinates: Any) -> tuple[Renderer, Any]:
        """Return the renderer and flat points (points, axes), over all of the signal, of an array
        or a tensor of coordinates."""
        axes = len(self.info.shape)
        self._check(self._all, copies=0.0)
        if coordinates.ndim == 0 or coordinates.shape[-1] != axes:
            raise UsageError(f"coordinates of shape {tuple(coordinates.shape)}, not (..., {axes})")
        # Of a long audio signal, binary32 does not tell one sample from the next.
        flat = coordinates.reshape(-1, axes)
        return self._whole, flat if self._header.crop is None else self._of_whole(flat)

    def _of_whole(self, coordinates: Any) -> Any:
        """Return coordinates over what is visible as such over the whole signal; beyond its border
        a crop is what it is there."""
        region, limited = self._header.visible, coordinates.clip(-1, 1)
        axes = [
            (2 * start + (limited[:, axis] + 1) * length) / size - 1
            for axis, (start, length, size) in enumerate(
                zip(region.start, region.length, self._header.info.shape, strict=True)
            )
        ]
        if isinstance(limited, np.ndarray):
            return np.stack(axes, axis=-1)
        import torch

        return torch.stack(axes, dim=-1)

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
        numpy.ndarray
            Of an image (height, width, channels), uint8 or uint16; of audio (frames, channels),
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
        """Render as `render` does, audio part by part, in parts of bounded size.

        Raises as `render`, before the first part where the view is at fault.
        """
        view, whole = view or View(), self._header.info
        raster = self._header.raster(view)
        self._check(raster)
        is_resized = raster.size != raster.region.length
        is_part = view.region is not None or view.time is not None
        needed = whole.dependencies(raster)
        renderer = self._renderer(needed) if is_part or is_resized else self._whole
        return whole.blocks(renderer, raster, self._report)

    def module(self) -> torch.nn.Module:
        """The coordinate network as a `torch.nn.Module`, with `state_dict`; it shares nothing with
        this representation.

        Raises `UsageError` where the model is no coordinate network, a long audio signal has
        several, or the file has a part of it.
        """
        if self._header.crop is not None:
            raise UsageError("a crop has not all of its network")
        codec = codec_of(self._header.spec)
        module: torch.nn.Module = codec.module(self._container, self._header, self._opening.device)
        return module

    def info_through(self, view: View) -> SignalInfo:
        """Describe a view's output."""
        return self.info.seen_through(view, self.info.raster(view).lengths)

    def decode(self, view: View | None = None) -> Signal:
        """`render` as a signal: samples with their format and the original's metadata."""
        view = view or View()
        samples = self._render(view)
        return Signal(
            samples, self.info.seen_through(view, samples.shape[:-1]), self.kept_metadata()
        )

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


def _tell_of_part(on_damage: OnDamage, visible: Region, region: Region, error: FormatError) -> None:
    """Tell of what is visible of a region that is damaged."""
    seen = region.within(visible)
    if seen is not None:
        on_damage(seen, error)


def open_representation(
    source: Openable,
    max_memory: int | None = None,
    device: str = "cpu",
    item: str | int = 1,
    max_work: float | None = None,
) -> Representation:
    """Open a signal of a file; see `inrcodec.open`."""
    container = Container(open_binary(source) if is_url(str(source)) else source)
    try:
        (number,) = find_items(read_names(container), [item])
        return Representation(container, number, Limits.of(max_memory, max_work), device)
    except BaseException:
        container.close()
        raise
