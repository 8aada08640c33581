"""The format's vectors and its reference decoder."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any

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


def remember(module: str, name: str, key: Callable[..., Hashable]) -> None:
    """Have a function of the reference decoder keep what it found, by a key of its arguments."""
    found: dict[Hashable, Any] = {}
    plain = getattr(sys.modules[module], name)

    @functools.wraps(plain)
    def remembered(*arguments: Any) -> Any:
        own = key(*arguments)
        if own not in found:
            found[own] = plain(*arguments)
        return found[own]

    setattr(sys.modules[module], name, remembered)


def of_file(file: Any, *_: object) -> Hashable:
    return file.data, file.item


reference = load_reference()
# It reads all symbols in Python, and the same files are rendered by several tests.
for family in ("audio", "grid", "mixed"):
    remember(f"reference_{family}", "decode", of_file)
remember("reference_mixed", "decode_tile", lambda *given: (given[2], given[3].tobytes()))
remember("reference_pixels", "decode_tile", lambda model, *given: (id(model), *given))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of samples."""
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    return float(np.abs(a.astype(float) - b.astype(float)).max())
