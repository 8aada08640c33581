"""Images and audio signals as small neural networks: encode one, render it at any resolution.

>>> import inrcodec
>>> encoded = inrcodec.encode("photo.png", effort=3)    # doctest: +SKIP
>>> encoded.save("photo.inr")                           # doctest: +SKIP
>>> image = inrcodec.open("photo.inr")                # doctest: +SKIP
>>> image.render(scale=4).shape                       # doctest: +SKIP
(2048, 3072, 3)
>>> image([[0.0, 0.0]])                               # doctest: +SKIP
array([[0.31, 0.42, 0.40]], dtype=float32)
>>> inrcodec.encode("song.wav").save("song.inr")        # doctest: +SKIP
>>> inrcodec.open("song.inr").render(rate=96000, time=(12.5, 20)).shape    # doctest: +SKIP
(720000, 2)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inrcodec.errors import FormatError, InrError, LimitError, SignalError, TargetError, UsageError
from inrcodec.information import inform as info

if TYPE_CHECKING:
    from inrcodec.decoding import Representation
    from inrcodec.decoding import open_representation as open
    from inrcodec.encoding import Encoded, encode

__version__ = "0.1.0"

__all__ = [
    "Encoded",
    "FormatError",
    "InrError",
    "LimitError",
    "Representation",
    "SignalError",
    "TargetError",
    "UsageError",
    "encode",
    "info",
    "open",
]

# Loaded on first use: these need torch, which takes a second that `info` need not wait for.
_LAZY = {
    "Encoded": ("inrcodec.encoding", "Encoded"),
    "Representation": ("inrcodec.decoding", "Representation"),
    "encode": ("inrcodec.encoding", "encode"),
    "open": ("inrcodec.decoding", "open_representation"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)
