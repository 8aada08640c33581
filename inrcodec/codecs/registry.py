"""The registry: which codecs there are, and which models they have.

A model's number in a file, or its name, leads to the model and its codec. Nothing else knows which
codecs exist.
"""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from inrcodec.codecs.base import ModelSpec
from inrcodec.codecs.codec import Codec, Plan
from inrcodec.codecs.grid.codec import GridCodec
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import Header, check_header, check_precision, sounding_chunks
from inrcodec.codecs.inr.codec import InrCodec
from inrcodec.codecs.inr.networks import NETWORKS
from inrcodec.container.items import read_info
from inrcodec.container.sections import Container
from inrcodec.errors import UnknownNumberError, UsageError
from inrcodec.schema import Reader, read_fields
from inrcodec.settings import AUTO, Options, Settings
from inrcodec.signal import SignalInfo

__all__ = [
    "DEFAULT_MODELS",
    "codec_of",
    "codecs",
    "make_settings",
    "model_by_name",
    "model_by_number",
    "models",
    "plan_encode",
    "read_header",
    "read_model",
    "register",
    "resolve",
]

# By the kind of signal.
DEFAULT_MODELS = {"image": "grid", "audio": "enrp"}

_CODECS: dict[type[ModelSpec], Codec] = {}
_KEPT = 1024


def register(codec: Codec, *models: type[ModelSpec]) -> None:
    """Make a codec known, with the models that it encodes to and opens.

    Raises `ValueError` where a model's number or name is taken.
    """
    for model in models:
        for other in _CODECS:
            if other is not model and (other.number == model.number or other.name == model.name):
                raise ValueError(f"model {model.name} ({model.number}) is taken by {other.name}")
        _CODECS[model] = codec


register(GridCodec(), GridSpec)
register(InrCodec(), *NETWORKS)


def models() -> tuple[type[ModelSpec], ...]:
    """All models, in the order in which they were registered."""
    return tuple(_CODECS)


def codecs() -> tuple[Codec, ...]:
    """All codecs, likewise."""
    return tuple(dict.fromkeys(_CODECS.values()))


def model_by_number(number: int) -> type[ModelSpec]:
    """The model that files call `number`; `UnknownNumberError` where there is none."""
    for model in _CODECS:
        if model.number == number:
            return model
    raise UnknownNumberError(f"model {number} is unknown to this release")


def model_by_name(name: str) -> type[ModelSpec]:
    """The model of a name; `UsageError` where there is none."""
    for model in _CODECS:
        if model.name == name:
            return model
    raise UsageError(f"no model {name!r}; there are {', '.join(m.name for m in _CODECS)}")


def codec_of(model: ModelSpec | type[ModelSpec]) -> Codec:
    """The codec of a model."""
    return _CODECS[model if isinstance(model, type) else type(model)]


def make_settings(**keywords: Any) -> Settings:
    """Settings from the names of their fields and of any codec's options, None where not given.

    Raises `TypeError` where a name is unknown, `UsageError` where a value is out of range or
    options are of different codecs.
    """
    given = {name: value for name, value in keywords.items() if value is not None}
    common = {name: given.pop(name) for name in _names(Settings) & set(given)}
    # Names that several codecs have are those of the model's, or else of the first.
    for codec in sorted(codecs(), key=lambda codec: not _has(codec, common.get("model", AUTO))):
        own = {name: given.pop(name) for name in _names(codec.options) & set(given)}
        if own:
            if "options" in common:
                other = next(iter(common["options"].given()))
                raise UsageError(f"{other} and {next(iter(own))} are options of different models")
            common["options"] = codec.options(**own)
    for name in given:
        near = get_close_matches(name, [*_names(Settings), *_option_names()], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"encode() got an unexpected keyword argument {name!r}{hint}")
    settings = Settings(**common)
    if settings.model != AUTO:
        _check_options(settings, model_by_name(settings.model))
    return settings


def _has(codec: Codec, model: str) -> bool:
    """Tell whether a codec has a model of a name."""
    return any(own.name == model and _CODECS[own] is codec for own in _CODECS)


def _names(kind: type[Settings] | type[Options]) -> set[str]:
    return {field.name for field in fields(kind)}


def _option_names() -> set[str]:
    return {name for codec in codecs() for name in _names(codec.options)}


def _check_options(settings: Settings, model: type[ModelSpec]) -> None:
    """Raise `UsageError` where settings have options of another codec than the model's."""
    options = settings.options
    if options is not None and type(options) is not codec_of(model).options:
        raise UsageError(f"model {model.name} has no {next(iter(options.given()), 'such options')}")


def resolve(settings: Settings, info: SignalInfo | type[SignalInfo]) -> type[ModelSpec]:
    """The model that settings ask for, for a kind of signal.

    Raises `UsageError` where there is none of that name or it does not have the options.
    """
    if settings.model != AUTO:
        model = model_by_name(settings.model)
        _check_options(settings, model)
        return model
    model = model_by_name(DEFAULT_MODELS[info.kind])
    try:
        _check_options(settings, model)
    except UsageError as error:
        raise UsageError(f"{error}; {info.plural} have that model by default") from error
    return model


def plan_encode(settings: Settings, info: SignalInfo) -> tuple[Codec, Plan]:
    """The codec for a signal, and what it is going to do; raises what `Codec.plan` and `resolve`
    do."""
    model = resolve(settings, info)
    codec = codec_of(model)
    plan: Plan = codec.plan(model, settings, info)
    return codec, plan


@lru_cache(_KEPT)
def read_model(payload: bytes) -> tuple[ModelSpec, int]:
    """A `NETW` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    spec = read_fields(model_by_number(reader.uint()), reader)
    precision = reader.uint()
    check_precision(precision)
    reader.finish()
    return spec, precision


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers and check the file's sections against them; see `check_header`."""
    info = read_info(container, item)
    spec, precision = read_model(container.read(b"NETW", item))
    sounding = sounding_chunks(container, info, item)
    header = Header(item, info, spec, precision, sounding)
    check_header(container, header)
    return header
