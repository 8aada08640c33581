"""Context networks as the encoder differentiates them: without rounding."""

from __future__ import annotations

import torch
from torch import Tensor

from inrcodec.codecs.grid.context_network import (
    FIRST_SCALE,
    LOGIT_SCALE,
    MOST_HIDDEN,
    MOST_ODD,
    ContextNetwork,
)
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import LOGITS, ODD

__all__ = ["SmoothContexts"]


class SmoothContexts:
    """A context network without rounding at some positions, and the gradients of its inputs.

    Attributes
    ----------
    logits
        (5, positions), in nats.
    hidden
        What the last layer sees, (HIDDEN, positions).
    """

    @torch.no_grad()
    def __init__(
        self,
        network: ContextNetwork,
        kind: Kind,
        magnitudes: Tensor,
        values: Tensor,
        constants: Tensor,
    ) -> None:
        self._w = w = network.layers(kind)
        bias = (w["constant"] @ constants)[:, None] / 4
        self._odd = torch.mm(w["odd"], values).clamp_(-MOST_ODD, MOST_ODD)
        seen = torch.cat([magnitudes, self._odd.abs() / 4])
        first = torch.addmm(bias / FIRST_SCALE, w["first"], seen)
        self._first = first.clamp_(0, MOST_HIDDEN)
        second = torch.addmm(w["second_bias"], w["second"], self._first)
        self.hidden = second.clamp_(0, MOST_HIDDEN)
        sizes = torch.addmm(w["third_bias"], w["third"], self.hidden)
        self.logits = torch.cat([sizes, torch.mm(w["sign"], self._odd)]).div_(LOGIT_SCALE)

    def backward(self, gradients: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients by magnitudes and by signed values, from those by logits
        (5, positions)."""
        w, gradients = self._w, gradients / LOGIT_SCALE
        back = torch.mm(w["third"].T, gradients[:LOGITS]).mul_(self.hidden > 0)
        back = torch.mm(w["second"].T, back).mul_(self._first > 0)
        back = torch.mm(w["first"].T, back)
        odd = back[-ODD:].mul(self._odd.sign()).div_(4)
        odd.addmm_(w["sign"].T, gradients[LOGITS:])
        return back[:-ODD], torch.mm(w["odd"].T, odd)
