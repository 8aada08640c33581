"""The registry of models that files and the command line find them in."""

from __future__ import annotations

from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.inr.networks import (
    CoinPlusSpec,
    EnrpSpec,
    IncodeSpec,
    LocalGlobalSpec,
    LoeSpec,
    MinrSpec,
    PerceptronSpec,
    SirenSpec,
)
from inrcodec.errors import UnknownNumberError, UsageError

__all__ = ["MODELS", "NETWORKS", "model_by_name", "model_by_number"]

NETWORKS: tuple[type[PerceptronSpec], ...] = (
    SirenSpec,
    EnrpSpec,
    MinrSpec,
    LoeSpec,
    LocalGlobalSpec,
    IncodeSpec,
    CoinPlusSpec,
)
# A model's number is written to files: it never changes its meaning and is never used again.
MODELS: tuple[type[PerceptronSpec] | type[GridSpec], ...] = (GridSpec, *NETWORKS)


def model_by_number(number: int) -> type[PerceptronSpec] | type[GridSpec]:
    """The model that files call `number`; `UnknownNumberError` where there is none."""
    for model in MODELS:
        if model.number == number:
            return model
    raise UnknownNumberError(f"model {number} is unknown to this release")


def model_by_name(name: str) -> type[PerceptronSpec] | type[GridSpec]:
    """The model of a name; `UsageError` where there is none."""
    for model in MODELS:
        if model.name == name:
            return model
    raise UsageError(f"no model {name!r}; there are {', '.join(m.name for m in MODELS)}")
