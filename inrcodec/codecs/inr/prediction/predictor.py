"""The predictor of SIRENs' errors, and the file that it is in.

A predictor has a number, which never changes its meaning. Nothing in an `.inr` file depends on one.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.prediction.gaussian_process import GaussianProcess
from inrcodec.errors import InrError

__all__ = [
    "EARLY",
    "PREDICTOR",
    "Calibration",
    "Estimate",
    "Predictor",
    "load_predictor",
    "write_predictor",
]

# The share of a fit's steps after which a second prediction is made.
EARLY = 0.25
PREDICTOR = 3

# The file of each number, and its SHA-256.
_FILES = {3: ("siren-3.npz", "5a9b9cd577e9fea6a34e06e0db7c4d0d57ace176d0575e3ace60fc2c57216b2a")}
_PROCESS, _OF_MODEL = "process_", "calibration_"


@dataclass(frozen=True)
class Estimate:
    """A PSNR that is expected, and the deviation of what will be measured around it; in dB."""

    psnr_db: float
    deviation_db: float

    def least(self, confidence_deviations: float) -> float:
        """Return the PSNR that so many deviations lie above."""
        return self.psnr_db - confidence_deviations * self.deviation_db


@dataclass(frozen=True)
class Calibration:
    """The difference of a model's files from those of the SIRENs that a predictor was fitted to, in
    dB.

    Attributes
    ----------
    shift_db, deviation_db
        What their PSNRs are above those predicted, and the deviation around that.
    gain_db, gain_deviation_db
        What the last three quarters of the steps give.
    """

    shift_db: float = 0.0
    deviation_db: float = 0.0
    gain_db: float = 0.0
    gain_deviation_db: float = 0.0


@dataclass(frozen=True)
class Predictor:
    """Predicts PSNRs of SIRENs by their features, and has the calibration of each model, by
    name."""

    process: GaussianProcess
    calibrations: Mapping[str, Calibration]

    def predict(self, features: Sequence[Sequence[float]]) -> list[Estimate]:
        """Predict from features."""
        means, deviations = self.process.predict(np.array(features))
        pairs = zip(means.tolist(), deviations.tolist(), strict=True)
        return [Estimate(mean, deviation) for mean, deviation in pairs]


@cache
def load_predictor(number: int = PREDICTOR) -> Predictor:
    """Load a predictor; `InrError` where its file is not what was shipped."""
    name, digest = _FILES[number]
    data = (files("inrcodec.codecs.inr.prediction") / name).read_bytes()
    if sha256(data).hexdigest() != digest:
        raise InrError(f"{name} is not the predictor that was shipped; install again")
    with np.load(io.BytesIO(data)) as arrays:
        models = [name.removeprefix(_OF_MODEL) for name in arrays if name.startswith(_OF_MODEL)]
        calibrations = {m: Calibration(*arrays[_OF_MODEL + m].tolist()) for m in models}
        return Predictor(_read(arrays), calibrations)


def _read(arrays: Mapping[str, npt.NDArray[np.float32]]) -> GaussianProcess:
    given = {f.name: arrays[_PROCESS + f.name] for f in fields(GaussianProcess)}
    for scalar in ("variance", "noise"):
        given[scalar] = float(given[scalar])  # type: ignore[assignment]
    return GaussianProcess(**given)  # type: ignore[arg-type]


def write_predictor(path: Path, predictor: Predictor) -> str:
    """Write a predictor's file, and return its SHA-256."""
    arrays = {
        _PROCESS + field.name: np.asarray(getattr(predictor.process, field.name), np.float32)
        for field in fields(GaussianProcess)
    }
    for model, calibration in predictor.calibrations.items():
        arrays[_OF_MODEL + model] = np.array(astuple(calibration), np.float32)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return sha256(path.read_bytes()).hexdigest()
