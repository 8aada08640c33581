"""Packages that only some benchmarks need: those of the `bench` extra."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["extra", "pyplot"]


def extra(name: str) -> Any:
    """Import a module of the `bench` extra; exits with one line where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        sys.exit(f"needs {package}, of the bench extra: pip install -e '.[bench]'")


def pyplot() -> Any:
    """Import matplotlib's pyplot as it draws to files."""
    extra("matplotlib").use("Agg")
    return extra("matplotlib.pyplot")
