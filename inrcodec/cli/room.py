"""Room in the address space that a process is allowed (`ulimit -v`) for what it loads.

Libraries end a process that has too little while they start, in ways that cannot be caught:
OpenBLAS and OpenMP call `exit` or `abort`, the loader does so for thread-local data, and some
follow a null pointer. So it is refused before they are loaded.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from inrcodec.errors import LimitError
from inrcodec.machine import cpu_cores

__all__ = ["check_room", "needed_to_start"]

_MIB = 1 << 20
# Measured, beside torch's own libraries, with 1 and 2 threads, torch 2.13 and numpy 2.4: a small
# encode reserves 680 and 860 MiB in all, of which torch's libraries are 440.
_FIXED, _OF_THREAD = 280 * _MIB, 100 * _MIB


def needed_to_start(fitting: bool = True) -> int:
    """Bytes of address space that it takes to load everything and to encode a small signal; or,
    where no network is fitted, to decode one."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(given) if given.isdigit() and int(given) else cpu_cores()
    return _torch_bytes() * fitting + _FIXED + _OF_THREAD * threads


def _torch_bytes() -> int:
    """Sum the sizes of the libraries that torch loads, with those of CUDA if it has been built for
    that."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return 0
    home = Path(torch.origin).parent
    files = [*(home / "lib").glob("*.so*"), *(home.parent / "nvidia").glob("*/lib/*.so*")]
    return sum(file.stat().st_size for file in files)


def check_room(fitting: bool) -> None:
    """Raise `LimitError` where the address space is limited to less than it takes to start."""
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= (needed := needed_to_start(fitting)):
        return
    raise LimitError(
        f"not enough memory: the address space is limited to {limit // _MIB} MiB, and "
        f"{needed // _MIB} MiB are needed to start; raise `ulimit -v`, or set OMP_NUM_THREADS=1"
    )
