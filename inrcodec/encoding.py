"""Encoding: a signal to a network to the bytes of a file."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from inrcodec.codecs.grid.encoder.item import code_lattice
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import NetworkHeader, domain_of, write_signal
from inrcodec.codecs.inr.chunks import fit_chunks, with_chunks
from inrcodec.codecs.inr.fit import Fit, FitSettings
from inrcodec.codecs.inr.networks import Effort, ModelSpec, NetworkSpec, Scope
from inrcodec.codecs.inr.quantization import PRECISIONS, dequantize, quantize
from inrcodec.codecs.inr.weights import read_scope, write_weights
from inrcodec.codecs.registry import model_by_name
from inrcodec.container.metadata import write_metadata
from inrcodec.container.sections import Container, Section, build
from inrcodec.decoding import Representation
from inrcodec.devices import resolve_device
from inrcodec.errors import UsageError
from inrcodec.files import write_whole
from inrcodec.limits import UNLIMITED, memory_errors
from inrcodec.media.audio import from_samples
from inrcodec.media.files import open_signal
from inrcodec.media.images.files import from_array, from_pillow
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import AudioInfo, ImageInfo, Metadata, Signal, SignalInfo, Source
from inrcodec.signal.comparing import check_alike
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison

__all__ = [
    "Encoded",
    "compared",
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
        Of the signal that those bytes decode to, against the original: of an image over 8 or 16
        bits, of an audio signal with a peak of 1.
    snr_db
        Of an audio signal: the signal's power over that of the error.
    steps
        Updates that the fit of a chunk took.
    seconds
        Time of fitting, coding and measuring.
    """

    data: bytes
    info: SignalInfo
    model: str
    device: str
    steps: int
    parameters: int
    psnr_db: float
    snr_db: float | None
    seconds: float

    @property
    def bits_per_pixel(self) -> float | None:
        """Of an image: bits of the whole file per pixel."""
        if not isinstance(self.info, ImageInfo):
            return None
        return 8 * len(self.data) / math.prod(self.info.shape)

    @property
    def kbps(self) -> float | None:
        """Of an audio signal: thousands of bits of the whole file per second."""
        if not isinstance(self.info, AudioInfo):
            return None
        return 8 * len(self.data) / self.info.seconds / 1000

    def save(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write the file, whole or not at all; `OutputExistsError` where it exists, unless
        `force`."""
        write_whole(Path(path), self.data, force)


def encode_signal(
    signal: Source,
    settings: Settings,
    report: Report | None = None,
    shared: bytes | None = None,
) -> Encoded:
    """Encode a signal; with the `SHAR` section of the album that it is for, if it is for one.

    Raises `UsageError` where settings are out of range, do not go together or make the fit
    diverge, `SignalError` where the signal cannot be read, and `LimitError` where it or the network
    is too large.
    """
    began = time.perf_counter()
    settings = settings.resolved(signal.info.name)
    with memory_errors():
        if model_by_name(settings.model).family == "lattice":
            data, steps, samples = _code_lattice(signal, settings, report, shared)
        else:
            data, steps = _fit_network(signal, settings, report, shared)
            samples = None
        return measured(signal, settings, data, steps, began, samples)


def measured(
    signal: Source,
    settings: Settings,
    data: bytes,
    steps: int,
    began: float,
    samples: npt.NDArray[Any] | None = None,
) -> Encoded:
    """A signal's file, measured; it decodes to `samples`, if they are known already."""
    device, info = resolve_device(settings.device), signal.info
    with Representation(Container(data), 1, UNLIMITED, device) as decoded:
        parameters = decoded.parameters
        parts = decoded.blocks() if samples is None else [samples]
        comparison = compared(signal, decoded.info, parts)
    return Encoded(
        data=data,
        info=info,
        model=settings.model,
        device=device,
        steps=steps,
        parameters=parameters,
        psnr_db=comparison.psnr_db(info.peak if isinstance(info, ImageInfo) else 1),
        snr_db=None if isinstance(info, ImageInfo) else comparison.snr_db,
        seconds=time.perf_counter() - began,
    )


def compared(signal: Source, info: SignalInfo, parts: Iterable[npt.NDArray[Any]]) -> Comparison:
    """A signal beside another, which comes in parts along the first axis.

    Raises `UsageError` where they are not alike.
    """
    check_alike(signal.info, info)
    comparison, start = Comparison(), 0
    for part in parts:
        rows = Region((start, *[0] * (part.ndim - 2)), part.shape[:-1])
        comparison.add(signal.read(rows), part)
        start += len(part)
    return comparison


def _assembled(
    signal: Source,
    settings: Settings,
    spec: ModelSpec,
    sections: list[Section],
    info: SignalInfo | None = None,
) -> bytes:
    """The file of a signal, whose format may be another than the source's."""
    metadata = replace(signal.metadata, **dict.fromkeys(settings.strip, b""))
    header = NetworkHeader(spec, PRECISIONS[settings.precision])
    headers = [
        Section(b"SIGN", 1, write_signal(info or signal.info)),
        Section(b"NETW", 1, header.to_bytes()),
    ]
    return build([*headers, *write_metadata(metadata), *sections])


def _fit_network(
    signal: Source, settings: Settings, report: Report | None, shared: bytes | None
) -> tuple[bytes, int]:
    """The file of coordinate networks, one for each chunk, and the most steps of one."""
    info = with_chunks(signal.info, settings.chunk)
    count = info.chunks.count
    # Chunks in the middle are the longest: they overlap two.
    domain = domain_of(info, 1 if count > 2 else 0)
    plan = settings.plan(domain)
    settings.limits.check(settings.encoding_cost(info), "encoding it")
    if count > 1 and Scope.SHARED in plan.spec.parameters(domain):
        raise UsageError(f"{count} chunks are too many for model {settings.model}, which has one")
    given = None
    if shared is not None:
        arrays = dequantize(read_scope(shared, plan.spec, domain, Scope.SHARED))
        given = {name: torch.from_numpy(array) for name, array in arrays.items()}
    how = fit_settings(settings, plan, info)
    sections: list[Section] = []
    steps = 0
    for chunk, result in fit_chunks(signal, info, plan.spec, how, report, given):
        sections += _weights(result, 1 + chunk)
        steps = max(steps, result.steps)
    return _assembled(signal, settings, plan.spec, sections, info), steps


def fit_settings(
    settings: Settings, plan: Effort, info: SignalInfo, points: int | None = None
) -> FitSettings:
    """How a plan is fitted to signals of a format; a step goes through so many points."""
    return FitSettings(
        plan.steps,
        plan.learning_rate,
        settings.stop_psnr,
        settings.seed,
        resolve_device(settings.device),
        points,
        info.chunks.overlap,
        isinstance(info, AudioInfo),
    )


def _weights(result: Fit, item: int = 1) -> list[Section]:
    """The sections of a fitted network."""
    network = result.network
    return write_weights(network.spec, network.domain, quantize(network.arrays()), item)


def network_file(
    result: Fit | None, spec: NetworkSpec, signal: Source, settings: Settings
) -> bytes:
    """The file of a signal of one chunk with a fitted network, of silence without one."""
    weights = [] if result is None else _weights(result)
    return _assembled(signal, settings, spec, weights)


def _code_lattice(
    signal: Source, settings: Settings, report: Report | None, shared: bytes | None
) -> tuple[bytes, int, npt.NDArray[np.unsignedinteger]]:
    """The file of a latent grid, the iterations that went into it, and what it decodes to."""
    if not isinstance(signal, Signal) or not isinstance(signal.info, ImageInfo):
        raise UsageError(f"model {settings.model} is for images")
    spec = GridSpec().with_options(settings.options)
    if any(spec.tuned.values()):
        raise UsageError(f"networks {spec.networks} cannot be set; 0 and 1 can")
    settings.limits.check(settings.encoding_cost(signal.info), "encoding it")
    assemble = partial(_assembled, signal, settings)
    device = resolve_device(settings.device)
    return code_lattice(signal, settings, spec, device, assemble, report, shared)


def encode(
    source: str | os.PathLike[str] | Image.Image | np.ndarray[Any, Any],
    report: Report | None = None,
    rate: int | None = None,
    **options: Any,
) -> Encoded:
    """Encode an image or an audio signal.

    Parameters
    ----------
    source
        A path, a Pillow image, an array (height, width[, channels]) of uint8 or uint16, or, with
        a rate, an array (frames[, channels]) of float32, float64, int16, int32 or uint8.
    report
        Called with a `Progress` every few steps; if it returns true, the encode ends with the
        best so far.
    rate
        Of an array of sound: frames a second.
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
    if rate is not None and not isinstance(source, np.ndarray):
        raise UsageError("a rate is for arrays of sound alone")
    with memory_errors():
        if isinstance(source, Signal):
            return encode_signal(source, settings, report)
        if isinstance(source, Image.Image):
            return encode_signal(from_pillow(source), settings, report)
        if isinstance(source, np.ndarray):
            signal = from_array(source, Metadata()) if rate is None else from_samples(source, rate)
            return encode_signal(signal, settings, report)
        with open_signal(Path(source), settings.limits) as opened:
            return encode_signal(opened, settings, report)
