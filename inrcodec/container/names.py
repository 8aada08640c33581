"""The names of the signals in a file of several (`NAMS`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from inrcodec.container.sections import Container, Section
from inrcodec.errors import MalformedError, MissingSectionError, UsageError
from inrcodec.schema import Reader, uint_bytes

__all__ = ["check_name", "find_items", "read_names", "stems", "write_names"]

TAG = b"NAMS"
_MOST_BYTES = 255
# Anything that a file system could take for more than a name, on any system.
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]|^[A-Za-z]:|^\.{1,2}$")


def check_name(name: str) -> None:
    """Raise `UsageError` where a name is empty, too long, no Unicode, or might be taken for a
    path."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise UsageError(f"{name!r} is not UTF-8") from error
    if not 1 <= size <= _MOST_BYTES:
        raise UsageError(f"a name of {size} bytes; 1 to {_MOST_BYTES} are possible")
    if _UNSAFE.search(name):
        raise UsageError(f"{name!r} is no file name")


def write_names(names: Mapping[int, str]) -> Section:
    """The section of names by item, which must differ."""
    for name, count in Counter(names.values()).items():
        check_name(name)
        if count > 1:
            raise UsageError(f"two items of an album have the name {name}")
    parts = []
    for item, name in sorted(names.items()):
        encoded = name.encode()
        parts += [uint_bytes(item), uint_bytes(len(encoded)), encoded]
    return Section(TAG, 0, b"".join(parts))


def read_names(container: Container) -> dict[int, str]:
    """Names by item, in order; a file without the section has one item, which has no name.

    Raises `MissingSectionError` where there is no item, `MalformedError` where a name is not safe,
    or names and items do not agree.
    """
    items = container.items
    if not items:
        raise MissingSectionError("section SIGN is missing")
    if 0 in items:
        raise MalformedError("item 0 is the file itself, not a signal")
    if container.find(TAG, 0) is None:
        if len(items) > 1:
            raise MalformedError("several items without names")
        return dict.fromkeys(items, "")
    reader = Reader(container.read(TAG, 0))
    names: dict[int, str] = {}
    taken: set[str] = set()
    for item in items:
        if not reader.remaining or reader.uint() != item:
            raise MalformedError("names and items do not agree")
        encoded = reader.take(reader.uint())
        try:
            name = encoded.decode()
            check_name(name)
        except (UnicodeDecodeError, UsageError) as error:
            raise MalformedError(f"the name of item {item} is not safe to use: {error}") from error
        if name in taken:
            raise MalformedError(f"two items have the name {name}")
        taken.add(name)
        names[item] = name
    if reader.remaining:
        raise MalformedError("names and items do not agree")
    return names


def find_items(names: Mapping[int, str], wanted: Iterable[str | int]) -> list[int]:
    """The items of some names, of names without their extension where only one has it, or of places
    counted from 1.

    Raises `UsageError` where there is none.
    """
    by_place = dict(enumerate(names, start=1))
    by_name = {name: item for item, name in names.items()}
    by_stem = {stem: item for item, stem in stems(names).items()}
    found: list[int] = []
    for one in wanted:
        if isinstance(one, int):
            item = by_place.get(one)
        else:
            is_place = one.isascii() and one.isdigit() and len(one) < 10
            place = by_place.get(int(one)) if is_place else None
            item = by_name.get(one) or by_stem.get(one) or place
        if item is None:
            raise UsageError(f"no item {one!r}; there are {len(names)}: {_listed(names)}")
        found.append(item)
    return found


def stems(names: Mapping[int, str]) -> dict[int, str]:
    """Names without their extension, save where several would be the same."""
    short = {item: name.rpartition(".")[0] or name for item, name in names.items()}
    counts = Counter(short.values())
    return {item: s if counts[s] == 1 else names[item] for item, s in short.items()}


def _listed(names: Mapping[int, str]) -> str:
    shown = [name or str(item) for item, name in names.items()]
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")
