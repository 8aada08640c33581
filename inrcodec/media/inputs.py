"""Whatever a signal may be given as: a file of any kind, an image, an array or a tensor."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from inrcodec.errors import SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.locations import open_binary
from inrcodec.media import audio, images
from inrcodec.media.files import open_signal
from inrcodec.signal import Signal, Source

if TYPE_CHECKING:
    import torch

    Input = (
        str
        | os.PathLike[str]
        | bytes
        | BinaryIO
        | Image.Image
        | np.ndarray[Any, Any]
        | torch.Tensor
        | Signal
    )

__all__ = ["open_input"]


@contextmanager
def open_input(
    source: Input, rate: int | None, limits: Limits, bits: int | None = None
) -> Iterator[Source]:
    """Open what a signal is given as; see `inrcodec.encode`. With `bits` 8, of an image's samples
    of 16 bits the upper 8.

    Raises `SignalError` where it is no signal, `UsageError` where a rate is given that is of no
    array, else as `open_signal`.
    """
    with _opened(source, rate, limits, bits) as opened:
        yield images.with_8_bits(opened) if bits == 8 and isinstance(opened, Signal) else opened


@contextmanager
def _opened(source: Input, rate: int | None, limits: Limits, bits: int | None) -> Iterator[Source]:
    array = _array(source)
    if rate is not None and array is None:
        raise UsageError("a rate is for arrays of audio alone")
    if isinstance(source, Signal):
        yield source
    elif isinstance(source, Image.Image):
        yield images.from_pillow(source)
    elif array is not None:
        yield _of_image(array) if rate is None else audio.from_samples(array, rate)
    else:
        stream = open_binary(source)  # type: ignore[arg-type]
        name = os.fspath(source) if isinstance(source, str | os.PathLike) else ""
        with (
            nullcontext(stream) if stream is source else stream,
            open_signal(stream, limits, name, bits) as s,
        ):
            yield s


def _array(source: Input) -> np.ndarray[Any, Any] | None:
    """An array, or a tensor as one, channels last."""
    if isinstance(source, np.ndarray):
        return source
    # Without a tensor torch need not be loaded.
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(source, torch.Tensor):
        return None
    array: np.ndarray[Any, Any] = source.detach().cpu().numpy()
    return np.moveaxis(array, 0, -1) if array.ndim > 1 else array


def _of_image(array: np.ndarray[Any, Any]) -> Signal:
    """An image of integers, or of floats from 0 to 1, which become 8 bits."""
    if array.dtype.kind != "f":
        return images.from_array(array)
    if not (np.isfinite(array).all() and array.min(initial=0) >= 0 and array.max(initial=0) <= 1):
        raise SignalError("floats of an image must be from 0 to 1")
    return images.from_array(np.rint(array * 255).astype(np.uint8))
