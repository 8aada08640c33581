"""INCODE: one sine network whose amplitude, frequency, phase and offset are learnt.

Four scalars say them for all layers (Kazerouni et al. 2024; Local-Global INRs, section 4.6).

The original draws the scalars from the signal through a further network; a file stores what they
came to, so here they are weights like the others. They start as they do there, at 0.312: each layer
then gives its input 1.9 times the gain of a sine's, so that fits of more layers than the original's
diverge, and all need its lower rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.codecs.inr.networks.base import Effort
from inrcodec.codecs.inr.networks.siren import SirenSpec
from inrcodec.schema import coded, named

__all__ = ["IncodeSpec"]

_INCODE = activation_by_name("incode").number

# That of the paper.
_DEPTH, _RATE = 3, 1e-3


@dataclass(frozen=True)
class IncodeSpec(SirenSpec):
    """A SIREN with INCODE's activation; all its weights are item scope."""

    number = 6
    name = "incode"
    priors = ()
    summary = "a SIREN whose sine is adapted to the signal by four learnt scalars"
    activations = (_INCODE,)

    activation: int = coded(named({"incode": _INCODE}), default=_INCODE)

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        table = (
            (32, 200),
            (32, 400),
            (40, 600),
            (48, 1000),
            (56, 2000),
            (64, 4000),
            (80, 6000),
            (96, 10000),
            (96, 30000),
        )
        return tuple(Effort(cls(w, _DEPTH, 30.0, 30.0), steps, _RATE) for w, steps in table)
