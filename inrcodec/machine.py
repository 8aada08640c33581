"""The machine: the CPU cores and memory that its control groups leave to this process.

Linux limits groups of processes, as containers are, in files below /sys/fs/cgroup: version 1 has
one tree for each kind of limit, version 2 has one for all. A group is bound by the limits of the
groups around it too.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["cpu_cores", "memory_bytes"]

_SYSTEM = Path("/")


def cpu_cores(system: Path = _SYSTEM) -> int:
    """CPU cores that this process may use: 1 or more, a part of a core counting as one.

    That is what its affinity and the tightest quota of its control groups leave. `system` is the
    directory that holds `proc` and `sys`.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    for group in _groups(system, "cpu"):
        for quota, period in (_quota_2(group), _quota_1(group)):
            if quota > 0 and period > 0:
                cores = min(cores, -(-quota // period))
    return max(1, cores)


def memory_bytes(system: Path = _SYSTEM) -> int:
    """Bytes of memory that this process may use: the machine's, or the tightest limit of its
    control groups. `system` is the directory that holds `proc` and `sys`."""
    total = _physical_memory()
    for group in _groups(system, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            limit = _numbers(group / name)
            # A group without a limit says `max`, or in version 1 about 2^63.
            if limit and limit[0] >= 0:
                total = min(total, limit[0])
    return total


def _groups(system: Path, kind: str) -> Iterator[Path]:
    """The directories of this process's control group for a kind of limit, and of all around it,
    those that are not there included."""
    root = system / "sys/fs/cgroup"
    for line in _text(system / "proc/self/cgroup").splitlines():
        _, kinds, path, *_ = [*line.split(":", 2), "", ""]
        if kinds and kind not in kinds.split(","):
            continue
        # Version 2 names no kinds; beside version 1 its tree has a place of its own.
        trees = (root / kinds, root / kind) if kinds else (root, root / "unified")
        # A container sees its own group as the root, which its path may not say or be above.
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        for tree in dict.fromkeys(trees):
            for depth in range(len(parts), -1, -1):
                yield tree.joinpath(*parts[:depth])


def _quota_2(group: Path) -> tuple[int, int]:
    """Microseconds of CPU in each period, and the period; 0 where there is no limit."""
    numbers = _numbers(group / "cpu.max")
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def _quota_1(group: Path) -> tuple[int, int]:
    quota, period = (_numbers(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return (quota[0], period[0]) if quota and period else (0, 0)


def _numbers(file: Path) -> list[int]:
    """The whole numbers of a file; none where it is not there or says anything else."""
    try:
        return [int(word) for word in _text(file).split()]
    except ValueError:
        return []


def _text(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text()
    return ""


def _physical_memory() -> int:
    if sys.platform == "win32":
        return _windows_memory()
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _windows_memory() -> int:
    """`ullTotalPhys` of `MEMORYSTATUSEX`."""
    status = (ctypes.c_uint64 * 8)()
    # Its first field is its size, in the lower half.
    status[0] = ctypes.sizeof(status)
    if sys.platform == "win32":
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status[1])
