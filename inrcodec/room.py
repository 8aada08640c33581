"""Room in the address space that a process is allowed (`ulimit -v`) for what it loads.

Libraries end a process that has too little while they start, in ways that cannot be caught:
OpenBLAS and OpenMP call `exit` or `abort`, the loader does so for thread-local data, and some
follow a null pointer. So it is refused before they are loaded.
"""

from __future__ import annotations

import os

from inrcodec.errors import LimitError
from inrcodec.machine import cpu_cores

__all__ = ["check_room", "needed_to_start"]

_MIB = 1 << 20
# Measured with 1 to 4 threads and numpy 2.4: what a small image takes to encode.
_FIXED, _OF_THREAD = 150 * _MIB, 75 * _MIB


def needed_to_start() -> int:
    """Bytes of address space that it takes to load numpy and to code a small image."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(given) if given.isdigit() and int(given) else cpu_cores()
    return _FIXED + _OF_THREAD * threads


def check_room(needed: int) -> None:
    """Raise `LimitError` where the address space is limited to less than it takes to load
    something."""
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return
    raise LimitError(
        f"not enough memory: the address space is limited to {limit // _MIB} MiB, and "
        f"{needed // _MIB} MiB are needed to start; raise `ulimit -v`, or set OMP_NUM_THREADS=1"
    )
