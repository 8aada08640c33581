"""The door to the compiled kernels: their library, and what is handed to it."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError, MalformedError

__all__ = ["address", "call", "library"]

_NAMES = ("_kernels.so", "_kernels.dylib", "_kernels.dll")
_MALFORMED, _ROOM = 1, 3


@cache
def library() -> ctypes.CDLL | None:
    """Load the compiled kernels; None where there are none, or `INRCODEC_NATIVE` is 0."""
    if os.environ.get("INRCODEC_NATIVE") == "0":
        return None
    for name in _NAMES:
        path = Path(__file__).with_name(name)
        if path.is_file():
            return ctypes.CDLL(str(path))
    return None


def call(name: str, *arguments: Any, roomy: bool = False) -> bool:
    """Call a kernel; tell whether it had room enough, where it may lack that (`roomy`).

    Raises `MalformedError` where a file's data are not valid, `InrError` where its sizes are not.
    """
    kernels = library()
    assert kernels is not None
    error = kernels[name](*arguments)
    if error == _MALFORMED:
        raise MalformedError("a latent is out of range, or a stream is not used up")
    if error == _ROOM and roomy:
        return False
    if error:
        raise InrError(f"kernel {name} refuses its arguments ({error})")
    return True


def address(array: npt.NDArray[Any], kind: npt.DTypeLike) -> ctypes.c_void_p:
    """Return the address of a contiguous array of a type."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise InrError(f"a kernel takes contiguous {np.dtype(kind)}, not {array.dtype}")
    return ctypes.c_void_p(array.ctypes.data)
