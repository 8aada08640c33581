"""Encoding: a signal to a network to the bytes of a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
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
from inrcodec.fitting import Fit, FitSettings, fit
from inrcodec.lattice.file import code_lattice
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.limits import check_pixels
from inrcodec.metrics import psnr
from inrcodec.models import model_by_name
from inrcodec.networks import Effort, ModelSpec
from inrcodec.pictures import from_array, from_pillow, read_picture
from inrcodec.progress import Report
from inrcodec.quantization import PRECISIONS, quantize
from inrcodec.representation import open_representation
from inrcodec.settings import Settings
from inrcodec.signals import ImageFormat, Metadata, Signal
from inrcodec.stacking import fit_stacked, is_stackable

__all__ = ["Encoded", "encode", "encode_signal", "encode_stack"]


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
    device = _device(signal, settings)
    make = _MAKERS[model_by_name(settings.model).family]
    made = make(signal, settings, device, _assembler(signal, settings), report)
    return _measured(signal, settings, device, made, began)


def encode_stack(
    signals: Sequence[Signal], settings: Settings, report: Report | None = None
) -> list[Encoded]:
    """Encode several signals, each to a file of its own, up to rounding the one that
    `encode_signal` makes.

    Those of one shape and depth are fitted together, where the model is a coordinate network whose
    weights are all the signal's own. `seconds` are an equal share of a stack's.
    """
    encoded: dict[int, Encoded] = {}
    for members in _stacks(signals, settings):
        if len(members) == 1:
            encoded[members[0]] = encode_signal(signals[members[0]], settings, report)
        else:
            several = _encode_alike([signals[k] for k in members], settings, report)
            encoded |= zip(members, several, strict=True)
    return [encoded[k] for k in range(len(signals))]


def _stacks(signals: Sequence[Signal], settings: Settings) -> list[list[int]]:
    """Which signals to fit together."""
    stacks: dict[object, list[int]] = {}
    for k, signal in enumerate(signals):
        key: object = k
        if model_by_name(settings.model).family == "network":
            domain = domain_of(signal.format)
            if is_stackable(settings.plan(domain).spec, domain):
                key = (domain, signal.format.bits_per_sample)
        stacks.setdefault(key, []).append(k)
    return list(stacks.values())


def _encode_alike(
    signals: list[Signal], settings: Settings, report: Report | None
) -> list[Encoded]:
    """Encode signals that can be fitted together."""
    began = time.perf_counter()
    device = _device(signals[0], settings)
    plan = settings.plan(domain_of(signals[0].format))
    fits = fit_stacked(
        [signal.samples for signal in signals],
        signals[0].format.peak,
        plan.spec,
        _fit_settings(plan, settings, device),
        report,
    )
    encoded = []
    for signal, result in zip(signals, fits, strict=True):
        made = _network_file(result, _assembler(signal, settings))
        encoded.append(_measured(signal, settings, device, made, began))
    share = (time.perf_counter() - began) / len(signals)
    return [replace(one, seconds=share) for one in encoded]


def _device(signal: Signal, settings: Settings) -> str:
    """Where to encode a signal, once it is known not to be too large."""
    check_pixels(signal.format.width, signal.format.height, settings.max_pixels)
    return resolve_device(settings.device)


def _assembler(signal: Signal, settings: Settings) -> _Assemble:
    """What makes a signal's file of a model and its sections."""
    metadata = replace(signal.metadata, **dict.fromkeys(settings.strip, b""))

    def assemble(spec: ModelSpec, sections: list[Section]) -> bytes:
        header = NetworkHeader(spec, PRECISIONS[settings.precision])
        headers = [
            Section(b"SIGN", 1, write_signal(signal.format)),
            Section(b"NETW", 1, header.to_bytes()),
        ]
        return build([*headers, *write_metadata(metadata), *sections])

    return assemble


def _measured(
    signal: Signal, settings: Settings, device: str, made: _Made, began: float
) -> Encoded:
    """What was made, with its quality as it decodes."""
    data, steps, samples = made
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
    fit_settings = _fit_settings(plan, settings, device)
    result = fit(signal.samples, signal.format.peak, plan.spec, fit_settings, report)
    return _network_file(result, assemble)


def _fit_settings(plan: Effort, settings: Settings, device: str) -> FitSettings:
    return FitSettings(plan.steps, plan.learning_rate, settings.stop_psnr, settings.seed, device)


def _network_file(result: Fit, assemble: _Assemble) -> _Made:
    """The file of a fitted network."""
    network = result.network
    sections = write_weights(network.spec, network.domain, quantize(network.arrays()))
    return assemble(network.spec, sections), result.steps, None


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
