"""Encoding: a signal to a codec's sections to the bytes of a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrcodec.codecs.codec import Codec, EncodedItem, Plan, Read
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.container.items import item_file
from inrcodec.container.sections import Container
from inrcodec.decoding import Representation
from inrcodec.errors import UsageError
from inrcodec.files import write_whole
from inrcodec.limits import UNLIMITED, memory_errors
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import Metadata, SignalInfo, Source
from inrcodec.signal.source import compare_blocks

if TYPE_CHECKING:
    import torch

    from inrcodec.media.inputs import Input

__all__ = ["Encoded", "encode_input", "encode_signal", "encode_stack", "finish", "save_module"]


@dataclass(frozen=True)
class Encoded:
    """An encoded signal and how it came about.

    Attributes
    ----------
    data
        The bytes of the `.inr` file.
    info
        The signal: size, channels, bits.
    model, device
        What it was encoded to, and where.
    steps
        Updates that the fit took.
    parameters
        Numbers in all scopes.
    quality
        Of the signal that those bytes decode to, against the original, in dB: of an image
        `psnr_db`, of audio `snr_db` and `psnr_db` with a peak of 1.
    seconds
        Time of fitting, coding and measuring.
    """

    data: bytes
    info: SignalInfo
    model: str
    device: str
    steps: int
    parameters: int
    quality: dict[str, float]
    seconds: float
    float_module: torch.nn.Module | None = field(default=None, repr=False, compare=False)

    def module(self) -> torch.nn.Module:
        """The network with its weights before they were quantized, of `keep_float`.

        Raises `UsageError` where they were not kept, or the model is no coordinate network.
        """
        if self.float_module is None:
            raise UsageError(
                f"no weights of model {self.model} are kept: only keep_float=True keeps them, "
                "of coordinate networks"
            )
        return self.float_module

    @property
    def psnr_db(self) -> float:
        """PSNR: of an image over 8 or 16 bits, of audio with a peak of 1."""
        return self.quality["psnr_db"]

    @property
    def snr_db(self) -> float | None:
        """SNR of audio: the signal's power over that of the error."""
        return self.quality.get("snr_db")

    @property
    def bit_rate(self) -> dict[str, float]:
        """Bits of the whole file by the signal's extent: `bits_per_pixel` or `kbps`."""
        name, extent = self.info.extent
        return {name: 8 * len(self.data) / extent}

    @property
    def bits_per_pixel(self) -> float | None:
        """Bits of the whole file per pixel, of an image."""
        return self.bit_rate.get("bits_per_pixel")

    @property
    def kbps(self) -> float | None:
        """Thousands of bits of the whole file per second, of audio."""
        return self.bit_rate.get("kbps")

    def save(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write the file, whole or not at all; `OutputExistsError` where it exists, unless
        `force`."""
        write_whole(Path(path), self.data, force)


def encode_input(
    source: Input,
    rate: int | None,
    report: Report | None,
    settings: Settings | None,
    keywords: Mapping[str, Any],
) -> Encoded:
    """Encode whatever a signal is given as; see `inrcodec.encode`."""
    from inrcodec.media.inputs import open_input

    if settings is not None and keywords:
        raise UsageError(f"give settings or {next(iter(keywords))}, not both")
    settings = settings or make_settings(**keywords)
    with memory_errors(), open_input(source, rate, settings.limits, settings.bits) as opened:
        return encode_signal(opened, settings, report)


def encode_signal(
    source: Source,
    settings: Settings,
    report: Report | None = None,
    shared: bytes | None = None,
) -> Encoded:
    """Encode a signal; with the `SHAR` section of the album that it is for, if it is for one.

    Raises `UsageError` where settings are out of range, do not go together or make the fit
    diverge, `SignalError` where the signal cannot be read, `TargetError` where a size or quality
    cannot be reached, and `LimitError` where it would take too much.
    """
    with memory_errors():
        codec, plan = plan_encode(settings, source.info)
        return _encode(source, codec, plan, report, shared)


def _encode(
    source: Source,
    codec: Codec,
    plan: Plan,
    report: Report | None = None,
    shared: bytes | None = None,
) -> Encoded:
    began = time.perf_counter()
    plan.settings.limits.check(plan.cost, "encoding it")
    # Of a long signal, sections are half of what there is in memory: only `finish` holds them.
    return finish(source, plan.settings, codec.encode(source, plan, shared, report), began)


def finish(source: Source, settings: Settings, item: EncodedItem, began: float) -> Encoded:
    """A signal's file, measured."""
    data = item_file(item.info, source.metadata.without(settings.strip), item.sections)
    item = replace(item, sections=())
    with Representation(Container(data), 1, UNLIMITED, item.device) as decoded:
        comparison = item.comparison
        if comparison is None:
            comparison = compare_blocks(source, decoded.info, decoded.blocks())
        return Encoded(
            data=data,
            info=source.info,
            model=decoded.model,
            device=item.device,
            steps=item.steps,
            parameters=decoded.parameters,
            quality=source.info.quality(comparison),
            seconds=time.perf_counter() - began,
            float_module=item.module,
        )


def encode_stack(
    sources: Sequence[Source], settings: Settings, report: Report | None = None
) -> list[Encoded]:
    """Encode several signals, each to a file of its own, up to rounding the one that
    `encode_signal` makes.

    Those that a codec can encode in one go are: images of one shape and depth, where the model is
    a coordinate network whose weights are all the signal's own. `seconds` are an equal share.
    """
    with memory_errors():
        plans = [plan_encode(settings, source.info) for source in sources]
        stacks: dict[object, list[int]] = {}
        for k, (_, plan) in enumerate(plans):
            stacks.setdefault(k if plan.together is None else plan.together, []).append(k)
        encoded: dict[int, Encoded] = {}
        for first, *others in stacks.values():
            members = [first, *others]
            if others:
                several = _in_one_go([sources[k] for k in members], *plans[first], report)
            else:
                several = [_encode(sources[first], *plans[first], report)]
            encoded |= zip(members, several, strict=True)
        return [encoded[k] for k in range(len(sources))]


def _in_one_go(
    sources: Sequence[Source], codec: Codec, plan: Plan, report: Report | None
) -> list[Encoded]:
    """Encode signals that a codec can encode together, by the plan of the first."""
    began = time.perf_counter()
    reads: list[Read] = [partial(_opened, source) for source in sources]
    items = codec.encode_together(reads, plan, report)
    encoded = [
        finish(source, plan.settings, item, began)
        for source, item in zip(sources, items, strict=True)
    ]
    share = (time.perf_counter() - began) / len(sources)
    return [replace(one, seconds=share) for one in encoded]


def _opened(source: Source) -> AbstractContextManager[Source]:
    return nullcontext(source)


def save_module(module: torch.nn.Module, path: str | os.PathLike[str], force: bool = False) -> None:
    """Write a coordinate network's weights to a file; see `inrcodec.save`."""
    make_item: Callable[[], EncodedItem] | None = getattr(module, "item", None)
    if make_item is None:
        raise UsageError(f"{type(module).__name__} is no coordinate network of `module`")
    item = make_item()
    write_whole(Path(path), item_file(item.info, Metadata(), item.sections), force)
