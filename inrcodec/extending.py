"""Extending: a crop becomes a file of the whole again, tiles that it lacks being added.

headers of the part ──▶ settings ──▶ plan ──▶ `Codec.extend` ──▶ sections ──▶ Encoded
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from inrcodec.codecs.codec import Part
from inrcodec.codecs.registry import codec_of, make_settings, read_header
from inrcodec.container.sections import Container
from inrcodec.encoding import Encoded, finish
from inrcodec.errors import UsageError
from inrcodec.limits import memory_errors
from inrcodec.locations import Openable, is_url, open_binary
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import SignalInfo, Source

if TYPE_CHECKING:
    from typing import Unpack

    from inrcodec.keywords import EncodeKeywords
    from inrcodec.media.inputs import Input

__all__ = ["bits_of", "extend", "extend_item"]


def extend(
    part: Openable,
    whole: Input,
    *,
    keep: bool = False,
    rate: int | None = None,
    report: Report | None = None,
    **keywords: Unpack[EncodeKeywords],
) -> Encoded:
    """Encode a signal of which there is a crop: the tiles that it lacks are added.

    >>> photo = inrcodec.encode("photo.png").data
    >>> part = inrcodec.crop(photo, region=(8, 8, 16, 16))
    >>> inrcodec.extend(part, "photo.png", keep=True).info.width
    56

    Parameters
    ----------
    part
        What `crop` gives: as of `open`.
    whole
        As of `encode`.
    keep
        The part's tiles, and what they share, stay as they are, byte by byte. Otherwise all tiles
        of a network are fitted on, and a grid is encoded anew with the part's settings. New tiles
        take the part's tables of weights; where these do not suit them, there is a warning.
    rate, report
        As of `encode`.
    **keywords
        `effort`, `steps`, `seed`, `device` and limits, as of `encode`; all else follows from the
        part.

    Raises
    ------
    InrError
        `UsageError` where the part is no crop, or one of another signal; else as `encode`.
    """
    from inrcodec.media.inputs import open_input

    settings = make_settings(**keywords)
    with (
        Container(open_binary(part) if is_url(str(part)) else part) as container,
        open_input(whole, rate, settings.limits, bits_of(container)) as source,
    ):
        return extend_item(container, container.items[0], source, keep, settings, report)


def bits_of(container: Container) -> int:
    """Bits of a sample of the part that is in a container: the whole is read with as many."""
    return read_header(container, container.items[0]).info.sample_bits


def extend_item(
    container: Container,
    item: int,
    source: Source,
    keeps: bool,
    settings: Settings,
    report: Report | None = None,
) -> Encoded:
    """Encode a signal of which an item of a container is a crop; of the settings effort, steps,
    device and limits count, the others follow from the part.

    Raises `UsageError` where it is none, or of another signal; else as `encode_signal`.
    """
    began = time.perf_counter()
    header = read_header(container, item)
    if header.crop is None:
        raise UsageError("the part is no crop: all of its signal is there")
    if _described(source.info) != _described(header.info):
        raise UsageError(f"the part is of {header.info.details()}, not of {source.info.details()}")
    codec = codec_of(header.spec)
    settings = codec.settings_to_extend(settings, header)
    with memory_errors():
        plan = codec.plan(type(header.spec), settings, source.info)
        plan.settings.limits.check(plan.cost, "encoding it")
        plan = replace(plan, info=header.info)
        encoded = codec.extend(source, plan, Part(container, header, keeps), report)
        return finish(source, settings, encoded, began)


def _described(info: SignalInfo) -> tuple[object, ...]:
    """Return what a part and its whole have in common."""
    return (type(info), *(getattr(info, name) for name in info.compared_fields))
