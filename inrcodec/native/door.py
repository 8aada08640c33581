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

__all__ = ["CUT", "ROOM", "address", "call", "described", "library"]

_NAMES = ("_kernels.so", "_kernels.dylib", "_kernels.dll")
# Of the library, and of errors: see `kernels.h` and `latents.h`.
_ABI = 15
_MALFORMED, ROOM, CUT = 1, 3, 4
# See `isa.h`.
_INSTRUCTION_SETS = ("base", "avx2", "avx512")


def _path() -> Path | None:
    """Return the library's file: the one that was built with the package, or that `INRCODEC_NATIVE`
    names; None where that is 0 or nothing was built."""
    named = os.environ.get("INRCODEC_NATIVE", "")
    if named not in ("", "1"):
        return None if named == "0" else Path(named)
    paths = (Path(__file__).with_name(name) for name in _NAMES)
    return next((path for path in paths if path.is_file()), None)


@cache
def library() -> ctypes.CDLL | None:
    """Load the compiled kernels; None where there are none: then numpy stands in.

    Raises `InrError` where they are of another edition.
    """
    path = _path()
    if path is None:
        return None
    try:
        kernels = ctypes.CDLL(str(path))
        edition = kernels.inr_abi()
    except (OSError, AttributeError) as error:
        raise InrError(f"{path}: the kernels do not load: {error}") from None
    if edition != _ABI:
        raise InrError(f"{path}: kernels of edition {edition}, not {_ABI}; install again")
    return kernels


def described() -> str:
    """Tell what computes here, in a few words."""
    kernels = library()
    if kernels is None:
        return "numpy, no compiled kernels"
    return f"compiled kernels, {_INSTRUCTION_SETS[kernels.inr_instruction_set()]}"


def call(name: str, *arguments: Any, unless: int = 0) -> bool:
    """Call a kernel; tell whether it came to its end, or to what is looked at by the caller (`ROOM`
    or `CUT`).

    Raises `MalformedError` where a file's data are not valid, `InrError` where its sizes are not.
    """
    kernels = library()
    assert kernels is not None
    error = kernels[name](*arguments)
    if error == _MALFORMED:
        raise MalformedError("a latent is out of range, or a stream is not used up")
    if error and error != unless:
        raise InrError(f"kernel {name} refuses its arguments ({error})")
    return not error


def address(array: npt.NDArray[Any], kind: npt.DTypeLike) -> ctypes.c_void_p:
    """Return the address of a contiguous array of a type."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise InrError(f"a kernel takes contiguous {np.dtype(kind)}, not {array.dtype}")
    return ctypes.c_void_p(array.ctypes.data)
