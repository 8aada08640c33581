"""Packages that only some uses need, and the extras that install them."""

from __future__ import annotations

from importlib.util import find_spec

from inrcodec.errors import UsageError

__all__ = ["need_torch"]


def need_torch(what: str) -> None:
    """Raise `UsageError` where torch, which something needs, is not installed."""
    if find_spec("torch") is None:
        raise UsageError(f"{what} needs torch: pip install 'inrcodec[networks]'")
