"""Encoding: a signal to a network to the bytes of a file."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from inrcodec.container.headers import NetworkHeader, domain_of, write_signal
from inrcodec.container.metadata import write_metadata
from inrcodec.container.sections import Section, build
from inrcodec.container.weights import read_scope, write_weights
from inrcodec.devices import resolve_device
from inrcodec.errors import UsageError
from inrcodec.files import write_whole
from inrcodec.fitting import Fit, FitSettings, fit
from inrcodec.lattice.file import code_lattice
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.limits import check_pixels
from inrcodec.metrics import psnr
from inrcodec.models import model_by_name
from inrcodec.networks import Effort, ModelSpec, Scope
from inrcodec.pictures import from_array, from_pillow, read_picture
from inrcodec.progress import Report
from inrcodec.quantization import PRECISIONS, dequantize, quantize
from inrcodec.representation import open_representation
from inrcodec.settings import Settings
from inrcodec.signals import ImageFormat, Metadata, Signal

__all__ = [
    "Encoded",
    "encode",
    "encode_signal",
    "fit_settings",
    "measured",
    "network_file",
]


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
    shared: bytes | None = None,
) -> Encoded:
    """Encode a signal; with the `SHAR` section of the album that it is for, if it is for one.

    Raises `UsageError` where settings are out of range, do not go together or make the fit
    diverge, and `LimitError` where the signal or the network is too large.
    """
    began = time.perf_counter()
    check_pixels(signal.format.width, signal.format.height, settings.max_pixels)
    make = _MAKERS[model_by_name(settings.model).family]
    data, steps, samples = make(signal, settings, report, shared)
    return measured(signal, settings, data, steps, began, samples)


def measured(
    signal: Signal,
    settings: Settings,
    data: bytes,
    steps: int,
    began: float,
    samples: npt.NDArray[np.unsignedinteger] | None = None,
) -> Encoded:
    """A signal's file, measured; it decodes to `samples`, if they are known already."""
    device = resolve_device(settings.device)
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


def _assembled(
    signal: Signal, settings: Settings, spec: ModelSpec, sections: list[Section]
) -> bytes:
    """The file of a signal."""
    metadata = replace(signal.metadata, **dict.fromkeys(settings.strip, b""))
    header = NetworkHeader(spec, PRECISIONS[settings.precision])
    headers = [
        Section(b"SIGN", 1, write_signal(signal.format)),
        Section(b"NETW", 1, header.to_bytes()),
    ]
    return build([*headers, *write_metadata(metadata), *sections])


# A file, the steps that went into it, and the samples that it decodes to where they are known.
_Made = tuple[bytes, int, npt.NDArray[np.unsignedinteger] | None]


def _fit_network(
    signal: Signal, settings: Settings, report: Report | None, shared: bytes | None
) -> _Made:
    """The file of a coordinate network."""
    domain = domain_of(signal.format)
    plan = settings.plan(domain)
    given = None
    if shared is not None:
        arrays = dequantize(read_scope(shared, plan.spec, domain, Scope.SHARED))
        given = {name: torch.from_numpy(array) for name, array in arrays.items()}
    result = fit(
        signal.samples, signal.format.peak, plan.spec, fit_settings(settings, plan), report, given
    )
    return network_file(result, signal, settings), result.steps, None


def fit_settings(settings: Settings, plan: Effort, points: int | None = None) -> FitSettings:
    """How a plan is fitted; a step goes through so many points."""
    device = resolve_device(settings.device)
    return FitSettings(
        plan.steps, plan.learning_rate, settings.stop_psnr, settings.seed, device, points
    )


def network_file(result: Fit, signal: Signal, settings: Settings) -> bytes:
    """The file of a fitted network."""
    network = result.network
    symbols = quantize(network.arrays())
    return _assembled(
        signal, settings, network.spec, write_weights(network.spec, network.domain, symbols)
    )


def _code_lattice(
    signal: Signal, settings: Settings, report: Report | None, shared: bytes | None
) -> _Made:
    """The file of a latent grid."""
    spec = LatticeSpec().with_options(settings.options)
    if any(spec.tuned.values()):
        raise UsageError(f"networks {spec.networks} cannot be set; 0 and 1 can")
    assemble = partial(_assembled, signal, settings)
    device = resolve_device(settings.device)
    return code_lattice(signal, settings, spec, device, assemble, report, shared)


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
