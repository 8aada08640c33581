"""Albums: several pictures in one file, which share what serves all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inrcodec.codec import Encoded, encode_signal, fit_settings, measured, network_file
from inrcodec.container.headers import domain_of, read_header
from inrcodec.container.names import check_name, read_names
from inrcodec.container.sections import Container
from inrcodec.devices import resolve_device
from inrcodec.editing import join
from inrcodec.errors import LimitError
from inrcodec.fitting import fit_jointly
from inrcodec.lattice.file import shared_by
from inrcodec.models import model_by_name
from inrcodec.networks import ModelSpec, NetworkSpec, Scope
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signals import Signal

__all__ = ["EncodedAlbum", "Watch", "add_to_album", "encode_album", "model_of"]

# What the pictures of an album share is chosen by as many of them as have so many pixels in all.
_MOST_PIXELS = 1 << 22

# What is fitted together goes through so many points in a step.
_POINTS = 1 << 19

# What reads a picture, when it is its turn.
Read = Callable[[], Signal]
# What is to be told of the progress of a picture, by its name.
Watch = Callable[[str], Report | None]


@dataclass(frozen=True)
class EncodedAlbum:
    """The bytes of an album, and how each of its pictures came about (as a file of its own with
    what they share)."""

    data: bytes
    items: dict[str, Encoded]


def _unwatched(_: str) -> None:
    return None


def encode_album(
    sources: Mapping[str, Read], settings: Settings, watch: Watch = _unwatched
) -> EncodedAlbum:
    """Encode pictures to one file.

    Models with shared weights are fitted to all pictures together: their samples are in memory,
    some 20 bytes a pixel, and a step goes through 2^19 of them, of all pictures. Of the latent
    grid, pictures are read and encoded one after another; they share differences of networks from
    the prior, which some of them, spread evenly, choose. What settings aim at, such as a size,
    they aim at for each picture, what is shared not counted.

    Raises `UsageError` where a name is no file name, `LimitError` where pictures to be fitted
    together have more than `max_pixels`, else as `encode_signal`.
    """
    for name in sources:
        check_name(name)
    model = model_by_name(settings.model)
    if model.family == "network" and _shares(settings, next(iter(sources.values()))()):
        return _fitted_together(sources, settings, watch)
    shared = None
    if model.family == "lattice" and len(sources) > 1:
        device = resolve_device(settings.device)
        shared = shared_by(_some([*sources.values()]), settings, device)
    return _one_by_one(None, sources, settings, watch, shared)


def add_to_album(
    album: Container, sources: Mapping[str, Read], settings: Settings, watch: Watch = _unwatched
) -> EncodedAlbum:
    """The album with more pictures, encoded with what it shares; those in it stay as they are.

    The model of the settings must be the album's, whose fields a coordinate network has, too.
    """
    spec = _first_spec(album)
    if isinstance(spec, NetworkSpec):
        settings = replace(settings, options=spec.fields())
    shared = album.read(b"SHAR", 0) if album.find(b"SHAR", 0) else None
    return _one_by_one(album, sources, settings, watch, shared)


def model_of(album: Container) -> str:
    """The model of an album's first picture."""
    return _first_spec(album).name


def _first_spec(album: Container) -> ModelSpec:
    return read_header(album, next(iter(read_names(album)))).spec


def _one_by_one(
    album: Container | None,
    sources: Mapping[str, Read],
    settings: Settings,
    watch: Watch,
    shared: bytes | None,
) -> EncodedAlbum:
    items = {
        name: encode_signal(read(), settings, watch(name), shared) for name, read in sources.items()
    }
    return EncodedAlbum(join(album, {name: item.data for name, item in items.items()}), items)


def _shares(settings: Settings, signal: Signal) -> bool:
    """Whether the model that settings say has shared weights."""
    domain = domain_of(signal.format)
    return Scope.SHARED in settings.plan(domain).spec.parameters(domain)


def _some(sources: Sequence[Read]) -> Iterator[Signal]:
    """Pictures spread evenly over all, as many as have not too many pixels together."""
    left, count = _MOST_PIXELS, len(sources)
    # A stride without a divisor in common with their number comes by each once.
    stride = next(s for s in range(round(count * 0.618) or 1, 0, -1) if math.gcd(s, count) == 1)
    for turn in range(count):
        if left <= 0:
            return
        signal = sources[turn * stride % count]()
        left -= signal.format.width * signal.format.height
        yield signal


def _fitted_together(sources: Mapping[str, Read], settings: Settings, watch: Watch) -> EncodedAlbum:
    began = time.perf_counter()
    signals: dict[str, Signal] = {}
    pixels = 0
    for name, read in sources.items():
        signals[name] = read()
        pixels += math.prod(signals[name].format.shape)
        if pixels > settings.max_pixels:
            raise LimitError(f"more than {settings.max_pixels} pixels to fit together")
    plan = settings.plan(domain_of(next(iter(signals.values())).format))
    fits = fit_jointly(
        [signal.samples for signal in signals.values()],
        [signal.format.peak for signal in signals.values()],
        plan.spec,
        fit_settings(settings, plan, _POINTS),
        watch(f"{len(signals)} pictures"),
    )
    items = {}
    for (name, signal), fit in zip(signals.items(), fits, strict=True):
        data = network_file(fit, signal, settings)
        items[name] = measured(signal, settings, data, fit.steps, began)
    return EncodedAlbum(join(None, {name: item.data for name, item in items.items()}), items)
