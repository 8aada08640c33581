"""Telling what coordinate networks would make of an image, without fitting any."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.limits import memory_errors
from inrcodec.settings import Settings
from inrcodec.signal import Source
from inrcodec.threads import thread_count

if TYPE_CHECKING:
    from inrcodec.media.inputs import Input

__all__ = ["Prediction", "predict_input", "predict_signal"]

# Deviations within which 95 % of measurements are.
_DEVIATIONS = NormalDist().inv_cdf(0.975)
# Operations of a fit, and of a product of arrays on the same core, a second.
_FIT_BY_PRODUCT = 0.25
# Seconds that the pace of a machine is measured for.
_PACED = 0.1


@dataclass(frozen=True)
class Prediction:
    """A network that might encode an image, and what it would make of it.

    Attributes
    ----------
    width, depth, steps
        Of the network, and of its fit.
    bytes, psnr_db
        Of its file, as they are expected.
    within_db
        How far from that the PSNR of 95 % of files is, at most.
    seconds
        About what its fit would take on this machine's CPU.
    meets_target
        Whether it is the smallest network that is likely to reach the target, if there is one.
    """

    width: int
    depth: int
    steps: int
    bytes: int
    psnr_db: float
    within_db: float
    seconds: float
    meets_target: bool


def predict_input(source: Input, keywords: Mapping[str, Any]) -> list[Prediction]:
    """Predict for whatever an image is given as; see `inrcodec.predict`."""
    from inrcodec.media.inputs import open_input

    settings = make_settings(**{"model": "siren", **keywords})
    with memory_errors(), open_input(source, None, settings.limits, settings.bits) as opened:
        return predict_signal(opened, settings)


def predict_signal(source: Source, settings: Settings) -> list[Prediction]:
    """Predict what networks of several widths would make of an image, the smallest first.

    Raises `UsageError` where there is no telling: of other signals, and of other models.
    """
    codec, plan = plan_encode(settings, source.info)
    candidates, chosen = codec.predict(source, plan)
    pace = _pace()
    return [
        Prediction(
            width=candidate.width,
            depth=candidate.depth,
            steps=candidate.plan.steps,
            bytes=candidate.bytes,
            psnr_db=candidate.estimate.psnr_db,
            within_db=_DEVIATIONS * candidate.estimate.deviation_db,
            seconds=candidate.plan.cost.work / pace,
            meets_target=candidate is chosen,
        )
        for candidate in candidates
    ]


def _pace() -> float:
    """Return the operations of a fit that this machine does in a second, about."""
    matrix, values = np.ones((40, 40), np.float32), np.ones((40, 1 << 13), np.float32)
    seconds: list[float] = []
    # The first products of a process are slow.
    while sum(seconds) < _PACED or len(seconds) < 3:
        began = time.perf_counter()
        matrix @ values
        seconds.append(time.perf_counter() - began)
    operations = 2 * matrix.size * values.shape[1]
    return float(_FIT_BY_PRODUCT * operations / min(seconds) * thread_count() ** 0.5)
