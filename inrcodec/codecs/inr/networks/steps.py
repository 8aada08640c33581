"""A layer, as kernels that evaluate it see it."""

from __future__ import annotations

from typing import Any, Protocol

from inrcodec.native.layers import Dense

__all__ = ["LayerStep"]


class LayerStep(Protocol):
    """A layer of a network over arrays or tensors."""

    @property
    def has_kernel(self) -> bool:
        """Tell whether the compiled kernels have it."""

    def dense(self) -> Dense:
        """Return the layer of arrays as the compiled kernels take it."""

    def values(self, x: Any) -> Any:
        """Return what it gives."""
