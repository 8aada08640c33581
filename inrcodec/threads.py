"""Threads that share out work; what they compute does not depend on how many they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TypeVar

from inrcodec.errors import UsageError
from inrcodec.machine import cpu_cores

__all__ = ["both", "each_in_parallel", "in_parallel", "limit_threads", "thread_count"]

_T = TypeVar("_T")
_R = TypeVar("_R")

_limit: int | None = None


@cache
def _cores() -> int:
    return cpu_cores()


def thread_count() -> int:
    """Threads that share out the work of one call: the cores that this process may use, or the
    limit."""
    return _limit or _cores()


def limit_threads(count: int | None) -> None:
    """Set how many threads share out work in a process of inrcodec's own; None: one for each core.
    torch, which knows of no quota, takes as many.

    Raises `UsageError` below 1.
    """
    global _limit
    if count is not None and count < 1:
        raise UsageError(f"{count} threads; 1 is the least")
    _limit = count
    os.environ["OMP_NUM_THREADS"] = str(thread_count())
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(thread_count())


def each_in_parallel(function: Callable[[_T], _R], items: Iterable[_T]) -> Iterator[_R]:
    """Iterate over what a function makes of items, several at a time, in order."""
    items = list(items)
    count = min(thread_count(), len(items))
    if count <= 1:
        yield from map(function, items)
        return
    # What only reads headers need not load it.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(count) as pool:
        yield from pool.map(function, items)


def in_parallel(function: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Apply a function to all items, several at a time; results are in order."""
    return list(each_in_parallel(function, items))


def both(first: Callable[[], _T], second: Callable[[], _R]) -> tuple[_T, _R]:
    """Call two functions, at a time where there are threads; return what both return."""
    if thread_count() == 1:
        return first(), second()
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        return first(), other.result()
