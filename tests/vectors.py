"""The format's vectors and its reference decoder."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import numpy as np
from conftest import ROOT

FORMATS = ROOT / "formats"
VECTORS = FORMATS / "vectors"
REFERENCE = FORMATS / "reference_decoder.py"


def load_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_decoder", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference_decoder"] = module
    spec.loader.exec_module(module)
    return module


reference = load_reference()


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of samples."""
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    return float(np.abs(a.astype(float) - b.astype(float)).max())
