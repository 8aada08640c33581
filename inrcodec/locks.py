"""Locks between processes: one at a time reads, changes and replaces a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from inrcodec.errors import BusyError
from inrcodec.files import check_free

if TYPE_CHECKING:
    from filelock import FileLock

__all__ = ["alone", "release_all"]

# Seconds until a wait is told of, and until it is given up.
_TELL_AFTER = 1.0
_PATIENCE = 120.0

# Bytes of a file's name in that of its lock. Names that are equal so far share one, which only
# makes them wait for each other.
_MOST_BYTES = 200

# Locks of this process. A signal may cut even a release short.
_locks: set[FileLock] = set()


@contextmanager
def alone(path: Path, wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Be the only process within such a context for this file, which need not exist.

    The lock is the system's, on a hidden file beside it, so that all who can replace the file meet
    there, over a network as far as its file system has locks. It ends with its process, however
    that ends, and takes the hidden file with it, save from a process that was killed.

    Parameters
    ----------
    path
        Links are followed.
    wait
        Called once if another process takes longer than a second. Without it, nothing is waited
        for.

    Raises `BusyError` where another process has the lock, after two minutes with `wait`, and
    `OSError` where there can be none, as in a folder that cannot be written to.
    """
    # Loading it takes a tenth of a second, which most commands need not wait for.
    from filelock import FileLock

    # Where there is no folder, filelock would make one.
    check_free(path, force=True)
    lock = FileLock(_place(path))
    _locks.add(lock)
    try:
        _acquire(lock, path, wait)
        yield
    finally:
        _release(lock)


def release_all() -> None:
    """End the locks of contexts whose own end was cut short, as a second signal may do. For a
    process that is about to end."""
    for lock in [*_locks]:
        with suppress(OSError):
            _release(lock)


def _place(path: Path) -> Path:
    path = path.resolve()
    short = os.fsencode(path.name)[:_MOST_BYTES].decode(errors="ignore")
    return path.with_name(f".{short}.lock")


def _acquire(lock: FileLock, path: Path, wait: Callable[[], None] | None) -> None:
    from filelock import Timeout

    if wait is not None:
        with suppress(Timeout):
            lock.acquire(timeout=_TELL_AFTER)
            return
        wait()
    try:
        lock.acquire(timeout=0 if wait is None else _PATIENCE)
    except Timeout as error:
        raise BusyError(f"another process is changing {path}") from error


def _release(lock: FileLock) -> None:
    """Give a lock back, and take its file away as long as that is ours: who opened it before finds
    that it has no name any more, and opens another."""
    with suppress(OSError):
        # One that was never had may have a file of its making all the same.
        if not lock.is_locked:
            lock.acquire(timeout=0)
        # Windows cannot remove what is open; there filelock does it after its release.
        if os.name != "nt":
            Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
    _locks.discard(lock)
