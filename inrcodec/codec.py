"""Encoding: a signal to a network to the bytes of a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inrcodec.container.headers import NetworkHeader, domain_of, write_signal
from inrcodec.container.metadata import write_metadata
from inrcodec.container.sections import Section, build
from inrcodec.container.weights import write_weights
from inrcodec.devices import resolve_device
from inrcodec.errors import UsageError
from inrcodec.files import write_whole
from inrcodec.fitting import FitSettings, Progress, fit
from inrcodec.limits import check_pixels
from inrcodec.metrics import psnr
from inrcodec.pictures import from_array, from_pillow, read_picture
from inrcodec.quantization import PRECISIONS, quantize
from inrcodec.representation import open_representation
from inrcodec.settings import Settings
from inrcodec.signals import ImageFormat, Metadata, Signal

__all__ = ["Encoded", "encode", "encode_signal"]


@dataclass(frozen=True)
class Encoded:
    """An encoded signal and how it came about.

    Attributes
    ----------
    data
        The bytes of the `.inr` file.
    psnr_db
        Of the picture that those bytes decode to, against the original.
    steps
        Updates that the fit took.
    seconds
        Time of fitting, coding and measuring.
    """

    data: bytes
    format: ImageFormat
    model: str
    device: str
    steps: int
    parameters: int
    psnr_db: float
    seconds: float

    @property
    def bits_per_pixel(self) -> float:
        """Bits of the whole file per pixel."""
        return 8 * len(self.data) / (self.format.width * self.format.height)

    def save(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write the file, whole or not at all; `OutputExistsError` where it exists, unless
        `force`."""
        write_whole(Path(path), self.data, force)


def encode_signal(
    signal: Signal,
    settings: Settings,
    report: Callable[[Progress], None] | None = None,
) -> Encoded:
    """Encode a signal.

    Raises `UsageError` where settings are out of range, do not go together or make the fit
    diverge, and `LimitError` where the signal or the network is too large.
    """
    began = time.perf_counter()
    check_pixels(signal.format.width, signal.format.height, settings.max_pixels)
    plan = settings.plan(domain_of(signal.format))
    device = resolve_device(settings.device)
    fit_settings = FitSettings(
        plan.steps, plan.learning_rate, settings.stop_psnr, settings.seed, device
    )
    result = fit(signal.samples, signal.format.peak, plan.spec, fit_settings, report)
    header = NetworkHeader(plan.spec, PRECISIONS[settings.precision])
    metadata = replace(signal.metadata, **dict.fromkeys(settings.strip, b""))
    data = build(
        [
            Section(b"SIGN", 1, write_signal(signal.format)),
            Section(b"NETW", 1, header.to_bytes()),
            *write_metadata(metadata),
            *write_weights(plan.spec, result.network.domain, quantize(result.network.arrays())),
        ]
    )
    with open_representation(data, settings.max_pixels, device) as decoded:
        quality = psnr(signal.samples, decoded.render())
        parameters = decoded.parameters
    return Encoded(
        data=data,
        format=signal.format,
        model=plan.spec.name,
        device=device,
        steps=result.steps,
        parameters=parameters,
        psnr_db=quality,
        seconds=time.perf_counter() - began,
    )


def encode(
    image: str | os.PathLike[str] | Image.Image | np.ndarray[Any, Any],
    report: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Encoded:
    """Encode a picture.

    Parameters
    ----------
    image
        A path, a Pillow image, or an array (height, width[, channels]) of uint8 or uint16.
    report
        Called with a `Progress` every few steps.
    **options
        Fields of `Settings`: `model="enrp"`, `effort=3`, `steps=...`, and so on.

    Raises
    ------
    InrError
        The subclass says what is wrong; see `inrcodec.errors`.
    OSError
        The file cannot be read.
    """
    try:
        settings = Settings(**options)
    except TypeError as error:
        raise UsageError(str(error).replace("Settings.__init__() got", "encode got")) from error
    return encode_signal(_signal(image, settings.max_pixels), settings, report)


def _signal(image: Any, max_pixels: int) -> Signal:
    if isinstance(image, Signal):
        return image
    if isinstance(image, Image.Image):
        return from_pillow(image)
    if isinstance(image, np.ndarray):
        return from_array(image, Metadata())
    return read_picture(Path(image), max_pixels)
