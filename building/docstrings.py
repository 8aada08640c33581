"""Examples in docstrings as blocks of code, as an extension of Griffe.

It knows examples in sections of their own only; those that follow a first line it takes for text,
in which `>>>` is a quotation.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

__all__ = ["Examples"]

_EXAMPLE = re.compile(r"^>>> .*(?:\n(?!\n).+)*", re.M)


class Examples(griffe.Extension):
    """Puts every example into a fenced block."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Implement `griffe.Extension`."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
