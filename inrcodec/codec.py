"""Encoding: a signal to a network to the bytes of a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.container.headers import NetworkHeader, domain_of, write_signal
from inrcodec.container.metadata import write_metadata
from inrcodec.container.sections import Section, build
from inrcodec.container.weights import write_weights
from inrcodec.devices import resolve_device
from inrcodec.errors import UsageError
from inrcodec.files import write_whole
from inrcodec.fitting import FitSettings, fit
from inrcodec.lattice.file import code_lattice
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.limits import check_pixels
from inrcodec.metrics import psnr
from inrcodec.models import model_by_name
from inrcodec.networks import ModelSpec
from inrcodec.pictures import from_array, from_pillow, read_picture
from inrcodec.progress import Report
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
    report: Report | None = None,
) -> Encoded:
    """Encode a signal.

    Raises `UsageError` where settings are out of range, do not go together or make the fit
    diverge, and `LimitError` where the signal or the network is too large.
    """
    began = time.perf_counter()
    check_pixels(signal.format.width, signal.format.height, settings.max_pixels)
    device = resolve_device(settings.device)
    metadata = replace(signal.metadata, **dict.fromkeys(settings.strip, b""))

    def assemble(spec: ModelSpec, sections: list[Section]) -> bytes:
        header = NetworkHeader(spec, PRECISIONS[settings.precision])
        headers = [
            Section(b"SIGN", 1, write_signal(signal.format)),
            Section(b"NETW", 1, header.to_bytes()),
        ]
        return build([*headers, *write_metadata(metadata), *sections])

    make = _MAKERS[model_by_name(settings.model).family]
    data, steps, samples = make(signal, settings, device, assemble, report)
    with open_representation(data, settings.max_pixels, device) as decoded:
        parameters = decoded.parameters
        quality = psnr(signal.samples, decoded.render() if samples is None else samples)
    return Encoded(
        data=data,
        format=signal.format,
        model=settings.model,
        device=device,
        steps=steps,
        parameters=parameters,
        psnr_db=quality,
        seconds=time.perf_counter() - began,
    )


# The bytes of a file from its model and the sections of its weights.
_Assemble = Callable[[ModelSpec, list[Section]], bytes]
# A file, the steps that went into it, and the samples that it decodes to where they are known.
_Made = tuple[bytes, int, npt.NDArray[np.unsignedinteger] | None]


def _fit_network(
    signal: Signal, settings: Settings, device: str, assemble: _Assemble, report: Report | None
) -> _Made:
    """The file of a coordinate network."""
    plan = settings.plan(domain_of(signal.format))
    fit_settings = FitSettings(
        plan.steps, plan.learning_rate, settings.stop_psnr, settings.seed, device
    )
    result = fit(signal.samples, signal.format.peak, plan.spec, fit_settings, report)
    domain, symbols = result.network.domain, quantize(result.network.arrays())
    return assemble(plan.spec, write_weights(plan.spec, domain, symbols)), result.steps, None


def _code_lattice(
    signal: Signal, settings: Settings, device: str, assemble: _Assemble, report: Report | None
) -> _Made:
    """The file of a latent grid."""
    spec = LatticeSpec().with_options(settings.options)
    return code_lattice(signal, settings, spec, device, assemble, report)


_MAKERS = {"network": _fit_network, "lattice": _code_lattice}


def encode(
    image: str | os.PathLike[str] | Image.Image | np.ndarray[Any, Any],
    report: Report | None = None,
    **options: Any,
) -> Encoded:
    """Encode a picture.

    Parameters
    ----------
    image
        A path, a Pillow image, or an array (height, width[, channels]) of uint8 or uint16.
    report
        Called with a `Progress` every few steps; if it returns true, the encode ends with the
        best so far.
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
