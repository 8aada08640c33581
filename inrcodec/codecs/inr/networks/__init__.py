"""Coordinate networks: the architectures, one file for each."""

from __future__ import annotations

from inrcodec.codecs.inr.networks.base import Effort, NetworkSpec, TensorSpec
from inrcodec.codecs.inr.networks.coin_plus import CoinPlusSpec
from inrcodec.codecs.inr.networks.enrp import EnrpSpec
from inrcodec.codecs.inr.networks.incode import IncodeSpec
from inrcodec.codecs.inr.networks.local_global import LocalGlobalSpec
from inrcodec.codecs.inr.networks.loe import LoeSpec
from inrcodec.codecs.inr.networks.minr import MinrSpec
from inrcodec.codecs.inr.networks.mlp import PerceptronSpec
from inrcodec.codecs.inr.networks.siren import SirenSpec

__all__ = [
    "NETWORKS",
    "CoinPlusSpec",
    "Effort",
    "EnrpSpec",
    "IncodeSpec",
    "LocalGlobalSpec",
    "LoeSpec",
    "MinrSpec",
    "NetworkSpec",
    "PerceptronSpec",
    "SirenSpec",
    "TensorSpec",
]

NETWORKS: tuple[type[PerceptronSpec], ...] = (
    SirenSpec,
    EnrpSpec,
    MinrSpec,
    LoeSpec,
    LocalGlobalSpec,
    IncodeSpec,
    CoinPlusSpec,
)
