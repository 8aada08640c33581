"""Context networks as the encoder differentiates them: without rounding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.context_network import (
    GATE_UNIT,
    LOGIT_SCALE,
    MOST_GATE,
    MOST_HIDDEN,
    MOST_ODD,
    ContextNetwork,
)
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import LOGITS, ODD

__all__ = ["SmoothContexts"]

Floats = npt.NDArray[np.float32]


class SmoothContexts:
    """A context network without rounding at some positions, and the gradients of its inputs.

    Attributes
    ----------
    logits
        (5, positions), in nats.
    hidden
        What the last layer sees, (HIDDEN, positions).
    """

    def __init__(
        self,
        network: ContextNetwork,
        kind: Kind,
        magnitudes: Floats,
        values: Floats,
        constants: Floats,
    ) -> None:
        self._w = w = network.layers(kind)
        bias = np.rint(w["constant"] @ constants / 4)[:, None].astype(np.float32) / np.float32(16)
        self._odd: Floats = np.clip(w["odd"] @ values, -MOST_ODD, MOST_ODD)
        seen = np.concatenate([magnitudes, np.abs(self._odd) / np.float32(4)])
        self._first: Floats = np.clip(w["first"] @ seen + bias, 0, MOST_HIDDEN)
        self.hidden: Floats = np.clip(w["second"] @ self._first + w["second_bias"], 0, MOST_HIDDEN)
        sizes = w["third"] @ self.hidden + w["third_bias"]
        gate = np.clip(w["gate"] @ self.hidden, -MOST_GATE, MOST_GATE)
        self._gated: Floats = w["sign"] + gate * np.float32(GATE_UNIT)
        logits = np.concatenate([sizes, (self._odd * self._gated).sum(0, keepdims=True)])
        self.logits: Floats = np.divide(logits, np.float32(LOGIT_SCALE))

    def backward(self, gradients: Floats) -> tuple[Floats, Floats]:
        """Return the gradients by magnitudes and by signed values, from those by logits
        (5, positions)."""
        w, gradients = self._w, gradients / np.float32(LOGIT_SCALE)
        by_sign = gradients[LOGITS:]
        by_gate = self._odd * by_sign * np.float32(GATE_UNIT)
        back = w["third"].T @ gradients[:LOGITS] + w["gate"].T @ by_gate
        back = back * (self.hidden > 0)
        back = (w["second"].T @ back) * (self._first > 0)
        back = w["first"].T @ back
        odd = back[-ODD:] * np.sign(self._odd) / np.float32(4) + self._gated * by_sign
        return back[:-ODD], w["odd"].T @ odd
