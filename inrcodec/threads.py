"""Threads that share out work; what they compute does not depend on how many they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from inrcodec.errors import UsageError
from inrcodec.machine import cpu_cores

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

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
    """Apply a function to all items, several at a time; results are in order.

    The caller's thread works, too, and waits for no helper that has not begun: so calls may be
    nested. Of errors the first is raised, and what has not begun by then is left.
    """
    items = list(items)
    count = min(thread_count(), len(items))
    if count <= 1:
        return list(map(function, items))
    results: list[Any] = [None] * len(items)
    left = iter(range(len(items)))
    ended = False

    def work() -> None:
        nonlocal ended
        try:
            for number in left:
                if ended:
                    return
                results[number] = function(items[number])
        except BaseException:
            ended = True
            raise

    helpers = [_helpers().submit(work) for _ in range(count - 1)]
    try:
        work()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        for helper in begun:
            helper.exception()
    for helper in begun:
        helper.result()
    return results


def both(first: Callable[[], _T], second: Callable[[], _R]) -> tuple[_T, _R]:
    """Call two functions, at a time where there are threads; return what both return."""
    one, other = in_parallel(lambda function: function(), (first, second))
    return cast(_T, one), cast(_R, other)


@cache
def _helpers() -> ThreadPoolExecutor:
    """The threads that help those that call: they are kept, as to start one takes a millisecond."""
    # What only reads headers need not load it.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_cores(), thread_name_prefix="inrcodec")


# A process that is forked off has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)
