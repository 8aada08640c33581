"""Where networks run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from inrcodec.errors import UsageError

__all__ = ["one_thread", "resolve_device"]


def resolve_device(name: str) -> str:
    """`auto` as the best device there is; `UsageError` where the named one is absent."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise UsageError(f"no device {name!r}; there are auto, cpu and cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("PyTorch finds no CUDA device here")
    return name


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch use one CPU thread: for many small products, sharing them out takes longer than
    they do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
