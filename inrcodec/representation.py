"""A file opened for decoding: a function of coordinates that can also be rendered."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.container.headers import Header, read_header
from inrcodec.container.metadata import read_metadata
from inrcodec.container.names import find_item, read_names
from inrcodec.container.sections import Container
from inrcodec.coordinates import Region
from inrcodec.devices import resolve_device
from inrcodec.errors import InrError, UsageError
from inrcodec.lattice.opening import open_lattice
from inrcodec.limits import MAX_PIXELS, check_pixels
from inrcodec.opening import open_network
from inrcodec.rendering import Drawing, Raster
from inrcodec.signals import Color, ImageFormat, Metadata, Signal

__all__ = ["Representation", "open_representation"]


# What opens a region of each family of models for drawing.
_OPENERS: dict[str, Callable[[Container, Header, Raster, str], Drawing]] = {
    "network": open_network,
    "lattice": open_lattice,
}


class Representation:
    """A picture as a function of coordinates.

    Made by `inrcodec.open`. Weights are read on first use; `render` with a region reads those of
    the tiles that it touches. Use it as a context manager, or `close` it.
    """

    def __init__(self, container: Container, item: int, max_pixels: int, device: str) -> None:
        self._container = container
        self._header = read_header(container, item, max_pixels)
        self._max_pixels = max_pixels
        self._device = resolve_device(device)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Representation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def format(self) -> ImageFormat:
        """Size, colour and bit depth of the original."""
        return self._header.format

    @property
    def parameters(self) -> int:
        """Weights in all scopes."""
        return self._header.parameters

    @cached_property
    def metadata(self) -> Metadata:
        """ICC profile, EXIF and XMP of the original; `FormatError` where they are damaged."""
        return read_metadata(self._container, self._header.item)

    @cached_property
    def _whole(self) -> Drawing:
        shape = self._header.domain.shape
        return self._drawing(Raster(Region.whole(shape), shape))

    def _drawing(self, raster: Raster) -> Drawing:
        """What draws a raster; only what it touches is read."""
        return _OPENERS[self._header.spec.family](
            self._container, self._header, raster, self._device
        )

    def __call__(self, coordinates: Any) -> Any:
        """Values at coordinates.

        Parameters
        ----------
        coordinates
            Array or tensor of shape (..., 2): row and column, each in [-1, 1]; the centre of
            sample i of n is at (2i + 1)/n - 1.

        Returns
        -------
        float32 values of shape (..., channels), 0 for black and 1 for the peak, not clamped; a
        tensor (differentiable) if a tensor was given, else an array.
        """
        if isinstance(coordinates, Tensor):
            return self._values(coordinates)
        points = torch.as_tensor(np.asarray(coordinates, np.float32))
        with torch.no_grad():
            return self._values(points).cpu().numpy()

    def _values(self, coordinates: Tensor) -> Tensor:
        axes = len(self._header.domain.shape)
        if coordinates.ndim == 0 or coordinates.shape[-1] != axes:
            raise UsageError(f"coordinates of shape {tuple(coordinates.shape)}, not (..., {axes})")
        drawing = self._whole
        flat = coordinates.reshape(-1, axes).to(drawing.device, torch.float32)
        count = drawing.points_at_once
        parts = [flat[start : start + count] for start in range(0, len(flat), count)]
        values = [(drawing.sample(part) + 1) / 2 for part in parts]
        joined = torch.cat(values) if values else flat.new_zeros(0, self.format.channels)
        return joined.reshape(*coordinates.shape[:-1], self.format.channels)

    def render(
        self,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        region: tuple[int, int, int, int] | None = None,
    ) -> npt.NDArray[np.unsignedinteger]:
        """Samples of the picture, or of a part of it, at any resolution.

        Parameters
        ----------
        scale
            Output pixels per pixel of the original; above 0.
        size
            (width, height) of the output, instead of a scale.
        region
            (x, y, width, height) in pixels of the original.

        Returns
        -------
        (height, width, channels), uint8 or uint16.

        Raises
        ------
        UsageError
            An argument is out of range.
        LimitError
            The output would have more than `max_pixels` pixels.
        FormatError
            Weights that are needed are damaged.
        """
        raster = self._raster(scale, size, region)
        drawing = self._whole if region is None else self._drawing(raster)
        dtype = np.uint8 if self.format.bits_per_sample == 8 else np.uint16
        return drawing.render(raster, self.format.peak, dtype)

    def decode(
        self,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        region: tuple[int, int, int, int] | None = None,
    ) -> Signal:
        """`render` as a signal: samples with their format and the original's metadata.

        Damaged metadata is left out with a warning: it does not stand between a user and a picture.
        """
        samples = self.render(scale, size, region)
        height, width, channels = samples.shape
        bits = self.format.bits_per_sample
        try:
            metadata = self.metadata
        except InrError as error:
            warnings.warn(f"metadata is left out: {error}", stacklevel=2)
            metadata = Metadata()
        return Signal(samples, ImageFormat(height, width, Color(channels), bits), metadata)

    def verify(self) -> None:
        """Check every byte that is not another picture's: all checksums, and that all weights and
        metadata decode.

        Raises `FormatError` at the first fault.
        """
        others = set(self._container.items) - {self._header.item}
        for entry in self._container.entries:
            if entry.item not in others:
                self._container.read(entry.tag, entry.item)
        _ = self.metadata, self._whole

    def _raster(
        self,
        scale: float | None,
        size: tuple[int, int] | None,
        region: tuple[int, int, int, int] | None,
    ) -> Raster:
        if scale is not None and size is not None:
            raise UsageError("give a scale or a size, not both")
        x, y, width, height = region or (0, 0, self.format.width, self.format.height)
        part = Region((y, x), (height, width))
        part.check_within(self.format.shape)
        if size is None:
            factor = 1.0 if scale is None else scale
            if not 0 < factor < math.inf:
                raise UsageError(f"scale {factor}; it must be above 0")
            # A product beyond any limit may not fit an integer.
            sides = (min(factor * width, 1e9), min(factor * height, 1e9))
            size = (max(1, round(sides[0])), max(1, round(sides[1])))
        if min(size) < 1:
            raise UsageError(f"size {size[0]}×{size[1]}; each side must be at least 1")
        check_pixels(*size, self._max_pixels)
        return Raster(part, size[::-1])


def open_representation(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    max_pixels: int = MAX_PIXELS,
    device: str = "cpu",
    item: str | int = 1,
) -> Representation:
    """Open a `.inr` file (path, bytes or seekable stream); of an album the picture of that name
    (its extension may be left out) or at that place, from 1.

    Raises `UsageError` (there is no such picture), `FormatError`, `LimitError` (the picture has
    more than `max_pixels` pixels) or `OSError`.
    """
    container = Container(source)
    try:
        number = find_item(read_names(container), item)
        return Representation(container, number, max_pixels, device)
    except BaseException:
        container.close()
        raise
