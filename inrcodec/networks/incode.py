"""INCODE: one sine network whose amplitude, frequency, phase and offset are learnt, by four scalars
for all layers (Kazerouni et al. 2024; Local-Global INRs, section 4.6).

The original draws the scalars from the signal through a further network; a file stores what they
came to, so here they are weights like the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.fields import UINT, coded
from inrcodec.networks.activations import activation_by_name
from inrcodec.networks.base import Domain, Effort
from inrcodec.networks.mlp import WHOLE_EFFORTS, whole_rate
from inrcodec.networks.siren import SirenSpec

__all__ = ["IncodeSpec"]

_INCODE = activation_by_name("incode").number


@dataclass(frozen=True)
class IncodeSpec(SirenSpec):
    """A SIREN with INCODE's activation; all its weights are item scope."""

    number = 6
    name = "incode"
    summary = "a SIREN whose sine is tuned to the signal by four learnt scalars"
    activations = (_INCODE,)

    activation: int = coded(UINT, default=_INCODE)

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        rate = whole_rate(domain)
        return tuple(Effort(cls(w, d, 30.0, 30.0), steps, rate) for w, d, steps in WHOLE_EFFORTS)
