"""Coordinate networks: the architectures, one file for each."""

from __future__ import annotations

from inrcodec.networks.base import Domain, Effort, ModelSpec, NetworkSpec, Scope, TensorSpec
from inrcodec.networks.coin_plus import CoinPlusSpec
from inrcodec.networks.enrp import EnrpSpec
from inrcodec.networks.incode import IncodeSpec
from inrcodec.networks.local_global import LocalGlobalSpec
from inrcodec.networks.loe import LoeSpec
from inrcodec.networks.minr import MinrSpec
from inrcodec.networks.mlp import PerceptronSpec
from inrcodec.networks.siren import SirenSpec

__all__ = [
    "CoinPlusSpec",
    "Domain",
    "Effort",
    "EnrpSpec",
    "IncodeSpec",
    "LocalGlobalSpec",
    "LoeSpec",
    "MinrSpec",
    "ModelSpec",
    "NetworkSpec",
    "PerceptronSpec",
    "Scope",
    "SirenSpec",
    "TensorSpec",
]
