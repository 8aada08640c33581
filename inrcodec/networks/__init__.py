"""The architectures, and the registry that files and the command line find them in."""

from __future__ import annotations

from inrcodec.errors import UnknownNumberError, UsageError
from inrcodec.networks.base import Domain, Effort, NetworkSpec, Scope, TensorSpec
from inrcodec.networks.coin_plus import CoinPlusSpec
from inrcodec.networks.enrp import EnrpSpec
from inrcodec.networks.incode import IncodeSpec
from inrcodec.networks.local_global import LocalGlobalSpec
from inrcodec.networks.loe import LoeSpec
from inrcodec.networks.minr import MinrSpec
from inrcodec.networks.mlp import PerceptronSpec
from inrcodec.networks.siren import SirenSpec

__all__ = [
    "MODELS",
    "CoinPlusSpec",
    "Domain",
    "Effort",
    "EnrpSpec",
    "IncodeSpec",
    "LocalGlobalSpec",
    "LoeSpec",
    "MinrSpec",
    "NetworkSpec",
    "PerceptronSpec",
    "Scope",
    "SirenSpec",
    "TensorSpec",
    "model_by_name",
    "model_by_number",
]

# A model's number is written to files: it never changes its meaning and is never used again.
MODELS: tuple[type[PerceptronSpec], ...] = (
    SirenSpec,
    EnrpSpec,
    MinrSpec,
    LoeSpec,
    LocalGlobalSpec,
    IncodeSpec,
    CoinPlusSpec,
)


def model_by_number(number: int) -> type[PerceptronSpec]:
    """The architecture that files call `number`; `UnknownNumberError` where there is none."""
    for model in MODELS:
        if model.number == number:
            return model
    raise UnknownNumberError(f"model {number} is unknown to this release")


def model_by_name(name: str) -> type[PerceptronSpec]:
    """The architecture of a name; `UsageError` where there is none."""
    for model in MODELS:
        if model.name == name:
            return model
    raise UsageError(f"no model {name!r}; there are {', '.join(m.name for m in MODELS)}")
