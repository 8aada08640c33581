"""Albums: several images or audio signals in one file, which share what serves all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.encoder.item import shared_by
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import Header, domain_of, read_header
from inrcodec.codecs.inr.chunks import full_scale
from inrcodec.codecs.inr.fit import fit_jointly
from inrcodec.codecs.inr.networks import NetworkSpec, Scope
from inrcodec.codecs.registry import model_by_name
from inrcodec.container.editing import join
from inrcodec.container.names import read_names
from inrcodec.container.portable import check_portable
from inrcodec.container.sections import Container
from inrcodec.devices import resolve_device
from inrcodec.encoding import Encoded, encode_signal, fit_settings, measured, network_file
from inrcodec.errors import InrError, UsageError
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.settings import AUTO, PLURALS, Settings
from inrcodec.signal import ImageInfo, Signal, SignalInfo, Source
from inrcodec.signal.geometry import Region

__all__ = [
    "EncodedAlbum",
    "Read",
    "Suited",
    "Watch",
    "add_to_album",
    "addition_to",
    "encode_album",
    "encode_items",
]

_SHARED = b"SHAR"

# What the images of an album share is chosen by as many of them as have so many pixels in all.
_MOST_PIXELS = 1 << 22

# What is fitted together goes through so many points in a step.
_POINTS = 1 << 19

# What opens a signal, when it is its turn.
Read = Callable[[], AbstractContextManager[Source]]
# What is to be told of the progress of a signal, by its name.
Watch = Callable[[str], Report | None]
# What gives the settings for a kind of signal, and the weights that it shares.
Suited = Callable[[str], tuple[Settings, bytes | None]]


@dataclass(frozen=True)
class EncodedAlbum:
    """The bytes of an album, and how each of its items came about (as a file of its own with what
    they share)."""

    data: bytes
    items: dict[str, Encoded]


def _unwatched(_: str) -> None:
    return None


def encode_album(
    sources: Mapping[str, Read], settings: Settings, watch: Watch = _unwatched
) -> EncodedAlbum:
    """Encode images, audio signals or both to one file.

    Models with shared weights are fitted to all items together: their samples are in memory,
    some 20 bytes each, and a step goes through 2^19 of them, of all items. Of the latent
    grid, images are read and encoded one after another; they share differences of networks from
    the prior, which some of them, spread evenly, choose. What settings aim at, such as a size,
    they aim at for each item, what is shared not counted.

    Raises `UsageError` where not every system can have a name or items cannot share weights,
    `LimitError` where those to be fitted together take more memory than is allowed, else as
    `encode_signal`.
    """
    for name in sources:
        check_portable(name)
    with next(iter(sources.values()))() as signal:
        first = signal.info
    if _shares(settings, first):
        return _fitted_together(sources, settings, watch)
    shared = None
    if len(sources) > 1 and settings.model in (AUTO, GridSpec.name):
        device = resolve_device(settings.device)
        shared = shared_by(_some([*sources.values()]), settings, device)

    def suited(kind: str) -> tuple[Settings, bytes | None]:
        return settings, shared if kind == ImageInfo.name else None

    items = encode_items(sources, suited, watch)
    return EncodedAlbum(join(None, {name: item.data for name, item in items.items()}), items)


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
    """How items of new names are encoded for an album, which is not read afterwards.

    An item has the model of the first of its kind in the album, and the fields of that one's
    network, unless they are its own affair and settings say others.

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
        headers.setdefault(header.info.name, header)
    shared = None if album.find(_SHARED, 0) is None else album.read(_SHARED, 0)

    def suited(kind: str) -> tuple[Settings, bytes | None]:
        header = headers.get(kind)
        if header is None:
            return settings, None
        if settings.model not in (AUTO, header.spec.name):
            raise UsageError(f"its {PLURALS[kind]} are of the model {header.spec.name}")
        own = replace(settings, model=header.spec.name)
        shares = Scope.SHARED in header.spec.parameters(header.domain())
        if isinstance(header.spec, NetworkSpec) and (shares or not settings.alters_network):
            own = replace(own, options=header.spec.fields())
        return own, shared if shares else None

    return suited


def encode_items(
    sources: Mapping[str, Read], suited: Suited, watch: Watch = _unwatched
) -> dict[str, Encoded]:
    """Encode signals one after another, each as a file of its own with what it shares.

    Raises as `encode_signal` does.
    """
    items = {}
    for name, read in sources.items():
        with _named(name), read() as signal:
            settings, shared = suited(signal.info.name)
            items[name] = encode_signal(signal, settings, watch(name), shared)
    return items


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors within say which item they are of."""
    try:
        yield
    except InrError as error:
        if str(error).startswith(name) or f"/{name}: " in str(error):
            raise
        raise type(error)(f"{name}: {error}") from error


def _shares(settings: Settings, info: SignalInfo) -> bool:
    """Whether the model that settings say is fitted to several signals together."""
    settings, domain = settings.resolved(info.name), domain_of(info)
    if model_by_name(settings.model).family == "lattice":
        return False
    return Scope.SHARED in settings.plan(domain).spec.parameters(domain)


def _some(sources: Sequence[Read]) -> Iterator[Signal]:
    """Images spread evenly over all, as many as have not too many pixels together."""
    left, count = _MOST_PIXELS, len(sources)
    # A stride without a divisor in common with their number comes by each once.
    stride = next(s for s in range(round(count * 0.618) or 1, 0, -1) if math.gcd(s, count) == 1)
    for turn in range(count):
        if left <= 0:
            return
        with sources[turn * stride % count]() as signal:
            if isinstance(signal, Signal) and isinstance(signal.info, ImageInfo):
                left -= math.prod(signal.info.shape)
                yield signal


def _fitted_together(sources: Mapping[str, Read], settings: Settings, watch: Watch) -> EncodedAlbum:
    began = time.perf_counter()
    with next(iter(sources.values()))() as signal:
        first = signal.info
    settings = settings.resolved(first.name)
    plan = settings.plan(domain_of(first))
    values: dict[str, npt.NDArray[np.float32]] = {}
    gains: dict[str, float] = {}
    cost = Cost()
    for name, read in sources.items():
        with _named(name), read() as signal:
            _check_sharing(plan.spec, first, signal.info)
            cost += plan.spec.encoding_cost(domain_of(signal.info), plan.steps)
            settings.limits.check(cost, "fitting them together")
            samples = signal.read(Region.whole(signal.info.shape))
            values[name], gains[name] = full_scale(signal.info, samples, plan.spec)
    # Silence needs no network.
    heard = [name for name in sources if gains[name]]
    how = fit_settings(settings, plan, first, _POINTS)
    together = [values[name] for name in heard]
    found = fit_jointly(together, plan.spec, how, watch(f"{len(heard)} items")) if heard else []
    fits = {n: fit.scaled(gains[n]) for n, fit in zip(heard, found, strict=True)}
    items = {}
    for name, read in sources.items():
        with read() as signal:
            data = network_file(fits.get(name), plan.spec, signal, settings)
            steps = fits[name].steps if name in fits else 0
            items[name] = measured(signal, settings, data, steps, began)
    return EncodedAlbum(join(None, {name: item.data for name, item in items.items()}), items)


def _check_sharing(spec: NetworkSpec, first: SignalInfo, other: SignalInfo) -> None:
    """Raise `UsageError` where networks of two signals cannot share weights."""
    if other.chunks.count > 1:
        raise UsageError(f"{other.chunks.count} chunks are too many for model {spec.name}")
    shapes = [
        [t.shape for t in spec.tensors(domain_of(f)) if t.scope is Scope.SHARED]
        for f in (first, other)
    ]
    if type(first) is not type(other) or shapes[0] != shapes[1]:
        raise UsageError(f"it cannot share weights of model {spec.name} with the first")
