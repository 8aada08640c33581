"""Packages that only some uses need, and the extras that install them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inrcodec.errors import UsageError
from inrcodec.room import check_room, needed_to_start

__all__ = ["load_extra", "need_torch", "needed_by_torch"]

_MIB = 1 << 20
# Beside its libraries, with 2 threads: measured with torch 2.13.
_TORCH = 190 * _MIB


def load_extra(module: str, extra: str, what: str) -> Any:
    """Import a module of an extra; `UsageError` where something needs it and it is not
    installed."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise UsageError(f"{what} needs {package}: pip install 'inrcodec[{extra}]'") from error


def need_torch(what: str) -> None:
    """Raise `UsageError` where torch, which something needs, is not installed, `LimitError` where
    the address space does not hold it."""
    if find_spec("torch") is None:
        raise UsageError(f"{what} needs torch: pip install 'inrcodec[networks]'")
    check_room(needed_by_torch())


def needed_by_torch() -> int:
    """Bytes of address space that it takes to load torch and to fit a small network: the sizes of
    its libraries, with those of CUDA if it has been built for that."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return 0
    home = Path(torch.origin).parent
    files = [*(home / "lib").glob("*.so*"), *(home.parent / "nvidia").glob("*/lib/*.so*")]
    return sum(file.stat().st_size for file in files) + _TORCH + needed_to_start()
