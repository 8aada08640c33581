"""Devices: where networks run, and with how many threads."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from inrcodec.errors import UsageError
from inrcodec.extras import need_torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["check_device", "one_thread", "resolve_device", "total"]

_NAMES = ("auto", "cpu", "cuda")


def check_device(name: str) -> str:
    """Return the name of a device; `UsageError` where there is no such name."""
    if name not in _NAMES:
        raise UsageError(f"no device {name!r}; there are auto, cpu and cuda")
    return name


def resolve_device(name: str) -> str:
    """`auto` as the best device there is; `UsageError` where the named one is absent."""
    if check_device(name) == "cpu":
        return name
    need_torch(f"device {name}")
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("PyTorch finds no CUDA device here")
    return name


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch use one CPU thread for what the calling thread does within.

    Small products are done before they could be shared out, and sums have one order. OpenMP and MKL
    count threads for each thread that calls them; only that count is changed, so no other thread
    of the process notices. Where torch has another way to share out work nothing is changed.
    """
    import torch

    # The first call of a thread sets its count.
    before = torch.get_num_threads()
    library = _torch_library()
    set_openmp = getattr(library, "omp_set_num_threads", None)
    set_mkl = getattr(library, "MKL_Set_Num_Threads_Local", None)
    if set_openmp is None or before == 1:
        yield
        return
    set_openmp(1)
    before_mkl = set_mkl(1) if set_mkl is not None else 0
    try:
        yield
    finally:
        set_openmp(before)
        if set_mkl is not None:
            set_mkl(before_mkl)


def total(values: Tensor) -> Tensor:
    """The sum of all values, in the same order however many threads there are: axis by axis, where
    torch would give each thread a share."""
    while values.ndim:
        values = values.sum(-1)
    return values


@cache
def _torch_library() -> ctypes.CDLL | None:
    """The library that torch computes with on CPUs, through which those that it is linked to are
    found; None where there is none of a known name."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return None
    folder = Path(torch.origin).parent / "lib"
    for name in ("libtorch_cpu.so", "libtorch_cpu.dylib"):
        with suppress(OSError):
            return ctypes.CDLL(str(folder / name))
    return None
