"""The registry: which codecs there are, and which models they have.

A model's number in a file, or its name, leads to the model and its codec. Nothing else knows which
codecs exist. A file's number loads no more of them than it takes to find it: a start does not wait
for the networks where a photograph is decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from threading import RLock
from typing import Any

from inrcodec.codecs.base import ModelSpec, Precision
from inrcodec.codecs.codec import Codec, Plan
from inrcodec.codecs.headers import Header, check_header, read_precision, sounding_chunks
from inrcodec.container.crops import read_crop
from inrcodec.container.items import read_info
from inrcodec.container.sections import Container
from inrcodec.errors import UnknownNumberError, UsageError
from inrcodec.schema import Reader, read_fields
from inrcodec.settings import AUTO, Options, Settings
from inrcodec.signal import SIGNAL_KINDS, SignalInfo

__all__ = [
    "DEFAULT_MODELS",
    "codec_of",
    "codecs",
    "make_settings",
    "model_by_name",
    "model_by_number",
    "model_names",
    "models",
    "plan_encode",
    "read_header",
    "read_model",
    "register",
    "resolve",
]

# By the kind of signal.
DEFAULT_MODELS = {"image": "mixed", "audio": "grid"}

_CODECS: dict[type[ModelSpec], Codec] = {}
_KEPT = 1024
_PLURALS = {kind.kind: kind.plural for kind in SIGNAL_KINDS.values()}


def register(codec: Codec, *models: type[ModelSpec]) -> None:
    """Make a codec known, with the models that it encodes to and opens.

    Raises `ValueError` where a model's number is taken, or its name for a kind of signal.
    """
    for model in models:
        for other, its in _registered().items():
            named = other.name == model.name and set(its.kinds) & set(codec.kinds)
            if other is not model and (other.number == model.number or named):
                raise ValueError(f"model {model.name} ({model.number}) is taken by {other.name}")
        _CODECS[model] = codec


def _grid() -> None:
    from inrcodec.codecs.grid.codec import GridCodec
    from inrcodec.codecs.grid.spec import GridSpec

    _CODECS[GridSpec] = GridCodec()


def _audio_grid() -> None:
    from inrcodec.codecs.audio_grid.codec import AudioGridCodec
    from inrcodec.codecs.audio_grid.spec import AudioGridSpec

    _CODECS[AudioGridSpec] = AudioGridCodec()


def _pixels() -> None:
    from inrcodec.codecs.pixels.codec import PixelsCodec
    from inrcodec.codecs.pixels.spec import PixelsSpec

    _CODECS[PixelsSpec] = PixelsCodec()


def _mixed() -> None:
    from inrcodec.codecs.mixed.codec import MixedCodec
    from inrcodec.codecs.mixed.spec import MixedSpec

    _CODECS[MixedSpec] = MixedCodec()


def _networks() -> None:
    from inrcodec.codecs.inr.codec import InrCodec
    from inrcodec.codecs.inr.networks import NETWORKS

    _CODECS.update(dict.fromkeys(NETWORKS, InrCodec()))


# Codecs of the house that are not loaded yet, in order.
_LATE: list[Callable[[], None]] = [_grid, _audio_grid, _pixels, _mixed, _networks]
_LOADING = RLock()


def _load_next() -> bool:
    """Load one more codec of the house; false where all are."""
    with _LOADING:
        if not _LATE:
            return False
        _LATE[0]()
        del _LATE[0]
        return True


def _registered() -> dict[type[ModelSpec], Codec]:
    """All models with their codecs."""
    while _load_next():
        pass
    return _CODECS


def models() -> tuple[type[ModelSpec], ...]:
    """All models, in the order in which they were registered."""
    return tuple(_registered())


def codecs() -> tuple[Codec, ...]:
    """All codecs, likewise."""
    return tuple(dict.fromkeys(_registered().values()))


def model_by_number(number: int) -> type[ModelSpec]:
    """The model that files call `number`; `UnknownNumberError` where there is none."""
    while True:
        for model in tuple(_CODECS):
            if model.number == number:
                return model
        if not _load_next():
            raise UnknownNumberError(f"model {number} is unknown to this release")


def model_names() -> tuple[str, ...]:
    """The names of all models; one may be of several, each for a kind of signal."""
    return tuple(dict.fromkeys(model.name for model in _registered()))


def model_by_name(name: str, kind: str | None = None) -> type[ModelSpec]:
    """The model of a name: the one for a kind of signal, if there is; else the first.

    Raises `UsageError` where there is none of that name.
    """
    named = [model for model in _registered() if model.name == name]
    if not named:
        raise UsageError(f"no model {name!r}; there are {', '.join(model_names())}")
    return next((model for model in named if kind in _CODECS[model].kinds), named[0])


def codec_of(model: ModelSpec | type[ModelSpec]) -> Codec:
    """The codec of a model."""
    return _CODECS[model if isinstance(model, type) else type(model)]


def make_settings(**keywords: Any) -> Settings:
    """Settings from the names of their fields and of any codec's options, None where not given, as
    a flag that is False.

    Raises `TypeError` where a name is unknown, `UsageError` where a value is out of range or
    options are of different codecs.
    """
    given = {name: value for name, value in keywords.items() if value is not None}
    common = {name: given.pop(name) for name in _names(Settings) & set(given)}
    given = {name: value for name, value in given.items() if value is not False}
    if given:
        common["options"] = _make_options(given, common.get("model", AUTO))
    settings = Settings(**common)
    if settings.model != AUTO:
        _check_options(settings, *(m for m in _registered() if m.name == settings.model))
    return settings


def _make_options(given: dict[str, Any], model: str) -> tuple[Options, ...]:
    """Return what each codec that has options of all these names makes of them."""
    for name in given:
        if name not in _option_names():
            from difflib import get_close_matches

            near = get_close_matches(name, [*_names(Settings), *_option_names()], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"encode() got an unexpected keyword argument {name!r}{hint}")
    named = [codec for own, codec in _registered().items() if own.name == model]
    # What is wrong is told as the model's codec has it, or else the first.
    having = [codec for codec in codecs() if set(given) <= _names(codec.options)]
    having.sort(key=lambda codec: codec not in named)
    made, wrong = list[Options](), list[UsageError]()
    for kind in dict.fromkeys(codec.options for codec in having):
        try:
            made.append(kind(**given))
        except UsageError as error:
            wrong.append(error)
    if not made and wrong:
        raise wrong[0]
    if not made:
        codec = max(codecs(), key=lambda codec: len(set(given) & _names(codec.options)))
        own, *others = sorted(given, key=lambda name: name not in _names(codec.options))
        raise UsageError(f"{own} and {others[-1]} are options of different models")
    return tuple(made)


def _named(model: type[ModelSpec]) -> list[type[ModelSpec]]:
    """All models of one's name."""
    return [other for other in _registered() if other.name == model.name]


def _names(kind: type[Settings] | type[Options]) -> set[str]:
    return {field.name for field in fields(kind)}


def _option_names() -> set[str]:
    return {name for codec in codecs() for name in _names(codec.options)}


def _check_options(settings: Settings, *models: type[ModelSpec]) -> None:
    """Raise `UsageError` where settings have options, but of other codecs than models of a name
    have; `UsageError` also where there is no such model."""
    if not models:
        model_by_name(settings.model)
    kinds = {codec_of(model).options for model in models}
    if settings.choices and not any(type(options) in kinds for options in settings.choices):
        given = settings.choices[0].given()
        for kind in kinds:
            if set(given) <= _names(kind):
                # It has the names, but not these values: that is what it says.
                kind(**given)
        name = next(iter(given), "such options")
        known = {kind for model in models for kind in codec_of(model).kinds}
        is_one_of_several = len(known) == 1 and len(_named(models[0])) > 1
        of_kind = f" of {_PLURALS[known.pop()]}" if is_one_of_several else ""
        raise UsageError(f"model {models[0].name}{of_kind} has no {name}")


def resolve(settings: Settings, info: SignalInfo | type[SignalInfo]) -> type[ModelSpec]:
    """The model that settings ask for, for a kind of signal.

    Raises `UsageError` where there is none of that name or it does not have the options.
    """
    if settings.model != AUTO:
        model = model_by_name(settings.model, info.kind)
        _check_options(settings, model)
        return model
    claimed = _claimed(settings)
    if claimed is not None and info.kind in codec_of(claimed).kinds:
        return claimed
    model = model_by_name(DEFAULT_MODELS[info.kind], info.kind)
    try:
        _check_options(settings, model)
    except UsageError as error:
        if claimed is not None:
            name = next(name for own in settings.choices if own.claims for name in own.given())
            raise UsageError(f"{name} is not of {info.plural}") from error
        raise UsageError(f"{error}; {info.plural} have that model by default") from error
    return model


def _claimed(settings: Settings) -> type[ModelSpec] | None:
    """Return the model that options ask for, whatever is the default; None where none do."""
    asking = {type(options) for options in settings.choices if options.claims}
    if not asking:
        return None
    return next(model for model, codec in _registered().items() if codec.options in asking)


def plan_encode(settings: Settings, info: SignalInfo) -> tuple[Codec, Plan]:
    """The codec for a signal, and what it is going to do; raises what `Codec.plan` and `resolve`
    do."""
    model = resolve(settings, info)
    codec = codec_of(model)
    plan: Plan = codec.plan(model, settings, info)
    return codec, plan


@lru_cache(_KEPT)
def read_model(payload: bytes) -> tuple[ModelSpec, Precision]:
    """A `NETW` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    spec = read_fields(model_by_number(reader.uint()), reader)
    precision = read_precision(reader, spec)
    reader.finish()
    return spec, precision


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers and check the file's sections against them; see `check_header`."""
    info = read_info(container, item)
    spec, precision = read_model(container.read(b"NETW", item))
    sounding = sounding_chunks(container, info, item)
    crop = read_crop(container, item, len(info.shape))
    header = Header(item, info, spec, precision, sounding, crop)
    check_header(container, header)
    return header
