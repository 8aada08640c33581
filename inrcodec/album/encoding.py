"""Encoding albums: several images, audio signals or both to one file that holds what they share
once."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from inrcodec.codecs.codec import Codec, Plan, Read
from inrcodec.codecs.headers import Header
from inrcodec.codecs.registry import codec_of, plan_encode, read_header, resolve
from inrcodec.container.editing import join
from inrcodec.container.names import read_names
from inrcodec.container.portable import check_portable
from inrcodec.container.predictions import time_section
from inrcodec.container.sections import Container
from inrcodec.encoding import Encoded, encode_signal, finish
from inrcodec.errors import InrError, UsageError
from inrcodec.files import write_whole
from inrcodec.limits import memory_errors
from inrcodec.progress import Progress, Report
from inrcodec.settings import AUTO, Settings
from inrcodec.signal import SIGNAL_KINDS, SignalInfo, Source

__all__ = [
    "EncodedAlbum",
    "Suited",
    "Watch",
    "add_to_album",
    "addition_to",
    "encode_album",
    "encode_items",
    "encode_sequence",
]

_SHARED = b"SHAR"

# What the items of an album share is chosen by as many of them as have so many samples in all.
_MOST_SAMPLES = 1 << 22

# What is to be told of the progress of a signal, by its name.
Watch = Callable[[str], Report | None]
# What gives the settings for a kind of signal, and the numbers that it shares.
Suited = Callable[[SignalInfo], tuple[Settings, bytes | None]]


@dataclass(frozen=True)
class EncodedAlbum:
    """The bytes of an album, and how each of its items came about (as a file of its own with what
    they share)."""

    data: bytes
    items: dict[str, Encoded]

    def save(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write the file, whole or not at all; `OutputExistsError` where it exists, unless
        `force`."""
        write_whole(Path(path), self.data, force)


def _unwatched(_: str) -> None:
    return None


def encode_album(
    sources: Mapping[str, Read], settings: Settings, watch: Watch = _unwatched
) -> EncodedAlbum:
    """Encode images, audio signals or both to one file.

    Models with shared weights are fitted to all items together: their samples are in memory. Other
    items are read and encoded one after another; what their codec has them share is chosen by some
    of them, spread evenly. What settings aim at, such as a size, they aim at for each item, what is
    shared not counted.

    Raises `UsageError` where not every system can have a name or items cannot share weights,
    `LimitError` where those to be fitted together take more memory than is allowed, else as
    `encode_signal`.
    """
    if not sources:
        raise UsageError("an album without items")
    for name in sources:
        check_portable(name)
    named = {name: partial(_named, name, read) for name, read in sources.items()}
    with next(iter(sources.values()))() as source:
        codec, plan = plan_encode(settings, source.info)
    if plan.shares:
        items = _encode_together(named, codec, plan, watch)
    else:
        shared = _fit_shared([*sources.values()], settings) if len(sources) > 1 else {}
        items = encode_items(sources, lambda info: (settings, shared.get(info.kind)), watch)
    return EncodedAlbum(join(None, {name: item.data for name, item in items.items()}), items)


def encode_sequence(
    sources: Mapping[str, Read],
    settings: Settings,
    watch: Watch = _unwatched,
    times: Mapping[str, int] | None = None,
) -> EncodedAlbum:
    """Encode images that follow each other to one file, each maybe as what changes from the one
    before; `times` are the microseconds that each is shown for.

    Raises `UsageError` where they are not of one size, or the model has no sequences; else as
    `encode_album`.
    """
    if not sources:
        raise UsageError("a sequence without frames")
    for name in sources:
        check_portable(name)
    named = {name: partial(_named, name, read) for name, read in sources.items()}
    with next(iter(named.values()))() as source:
        codec, plan = plan_encode(settings, source.info)
    plan.settings.limits.check(plan.cost, "encoding it")
    frames, items, began = codec.encode_sequence([*named.values()], plan), {}, time.perf_counter()
    with memory_errors():
        for name, read in named.items():
            report = watch(name)
            item = next(frames)
            shown = (times or {}).get(name)
            if shown is not None:
                item = replace(item, sections=[*item.sections, time_section(shown)])
            with read() as source:
                items[name] = finish(source, plan.settings, item, began)
            began = time.perf_counter()
            if report is not None and report(Progress(1, 1, items[name].psnr_db, 0.0)):
                break
    return EncodedAlbum(join(None, {name: item.data for name, item in items.items()}), items)


def _encode_together(
    sources: Mapping[str, Read], codec: Codec, plan: Plan, watch: Watch
) -> dict[str, Encoded]:
    began = time.perf_counter()
    report = watch(f"{len(sources)} items")
    encoded = codec.encode_together([*sources.values()], plan, report)
    items = {}
    for (name, read), item in zip(sources.items(), encoded, strict=True):
        with read() as source:
            items[name] = finish(source, plan.settings, item, began)
    return items


def _fit_shared(sources: Sequence[Read], settings: Settings) -> dict[str, bytes]:
    """Fit what the items of each kind of signal share, by kind."""
    shared = {}
    for kind in SIGNAL_KINDS.values():
        codec = _sharing_codec(settings, kind)
        some = iter(()) if codec is None else _sampled(sources, kind)
        first = next(some, None)
        if codec is None or first is None:
            continue
        _, plan = plan_encode(settings, first.info)
        payload = codec.fit_shared(chain([first], some), plan)
        if payload is not None:
            shared[kind.kind] = payload
    return shared


def _sharing_codec(settings: Settings, kind: type[SignalInfo]) -> Codec | None:
    """The codec for a kind of signal, if it has items share something; settings that do not suit
    the kind are told of when such an item is encoded."""
    try:
        codec = codec_of(resolve(settings, kind))
    except UsageError:
        return None
    return codec if codec.fits_shared and kind.kind in codec.kinds else None


def _sampled(sources: Sequence[Read], kind: type[SignalInfo]) -> Iterator[Source]:
    """Signals of a kind spread evenly over all, as many as have not too many samples together."""
    left, count = _MOST_SAMPLES, len(sources)
    # A stride without a divisor in common with their number comes by each once.
    stride = next(s for s in range(round(count * 0.618) or 1, 0, -1) if math.gcd(s, count) == 1)
    for turn in range(count):
        if left <= 0:
            return
        with sources[turn * stride % count]() as source:
            if source.info.kind == kind.kind:
                left -= math.prod(source.info.shape)
                yield source


def add_to_album(
    album: Container, sources: Mapping[str, Read], settings: Settings, watch: Watch = _unwatched
) -> EncodedAlbum:
    """The album with more items, encoded with what it shares; those in it stay as they are.

    Raises what `addition_to` and `encode_items` do.
    """
    suited = addition_to(album, [*sources], settings)
    items = encode_items(sources, suited, watch)
    return EncodedAlbum(join(album, {name: item.data for name, item in items.items()}), items)


def addition_to(album: Container, names: Iterable[str], settings: Settings) -> Suited:
    """Plan how items of new names are encoded for an album, which is not read afterwards.

    An item has the model of the first of its kind in the album, and its codec says what else.

    Raises `UsageError` where a name is in the album, or not every system can have it; what is
    returned does where settings are not for the album's model.
    """
    there = read_names(album)
    taken = {*there.values()}
    for name in names:
        check_portable(name)
        if name in taken:
            raise UsageError(f"two items of an album have the name {name}")
    headers: dict[str, Header] = {}
    for item in there:
        header = read_header(album, item)
        headers.setdefault(header.info.kind, header)
    shared = None if album.find(_SHARED, 0) is None else album.read(_SHARED, 0)

    def suited(info: SignalInfo) -> tuple[Settings, bytes | None]:
        header = headers.get(info.kind)
        if header is None:
            return settings, None
        if settings.model not in (AUTO, header.spec.name):
            raise UsageError(f"its {info.plural} are of the model {header.spec.name}")
        own = codec_of(header.spec).settings_beside(settings, header)
        resolve(own, info)
        return own, shared if header.shares else None

    return suited


def encode_items(
    sources: Mapping[str, Read], suited: Suited, watch: Watch = _unwatched
) -> dict[str, Encoded]:
    """Encode signals one after another, each as a file of its own with what it shares.

    Raises as `encode_signal` does.
    """
    items = {}
    for name, read in sources.items():
        with _named(name, read) as source:
            settings, shared = suited(source.info)
            items[name] = encode_signal(source, settings, watch(name), shared)
    return items


@contextmanager
def _named(name: str, read: Read) -> Iterator[Source]:
    """A signal; errors, while it is open, say which item they are of."""
    try:
        with read() as source:
            yield source
    except InrError as error:
        if str(error).startswith(name) or f"/{name}: " in str(error):
            raise
        raise type(error)(f"{name}: {error}") from error
