"""The compiled kernels, and numpy in their place, side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inrcodec.native.door import library

needs_kernels = pytest.mark.skipif(library() is None, reason="no compiled kernels")


@contextmanager
def on_numpy() -> Iterator[None]:
    """Without the kernels, in all modules that ask for them."""
    patch = pytest.MonkeyPatch()
    for name, module in list(sys.modules.items()):
        if name.startswith("inrcodec.") and getattr(module, "library", None) is library:
            patch.setattr(module, "library", lambda: None)
    try:
        yield
    finally:
        patch.undo()
