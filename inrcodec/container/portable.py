"""Names that files can have on every system: Windows refuses some that others have."""

from __future__ import annotations

import os
import re

from inrcodec.container.names import check_name
from inrcodec.errors import UsageError

__all__ = ["check_portable", "portable"]

_FORBIDDEN = re.compile(r'[:?*"<>|]')
# Names of devices, which Windows takes for them with any extension and in any case.
_DEVICE = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[1-9¹²³]) *(?:\..*)?", re.I | re.S
)
_END = re.compile(r"[. ]$")


def check_portable(name: str) -> None:
    """Raise `UsageError` where an item cannot be named so: as `check_name`, or where Windows has no
    such files."""
    check_name(name)
    if found := _FORBIDDEN.search(name):
        raise UsageError(f"{name!r}: Windows has no names with {found[0]}; rename it")
    if _END.search(name):
        raise UsageError(f"{name!r}: Windows has no names that end in a dot or space; rename it")
    if _DEVICE.fullmatch(name):
        raise UsageError(f"{name!r}: Windows has a device of this name; rename it")


def portable(name: str, windows: bool = os.name == "nt") -> str:
    """A name for a file on this system: on Windows, what it refuses is replaced as in URLs, by `%`
    and the hexadecimal code."""
    if not windows:
        return name
    name = _END.sub(_escaped, _FORBIDDEN.sub(_escaped, name))
    return re.sub("^.", _escaped, name) if _DEVICE.fullmatch(name) else name


def _escaped(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
