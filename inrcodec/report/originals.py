"""The originals of encoded files: found by their names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from inrcodec.errors import UsageError

__all__ = ["Originals"]


class Originals:
    """Images and audio files by the names that their encoded files have.

    Parameters
    ----------
    names
        Paths within the folder of originals, with `/` between the parts.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {*names}
        self._by_stem: dict[PurePosixPath, list[str]] = {}
        for name in sorted(self._names):
            self._by_stem.setdefault(PurePosixPath(name).with_suffix(""), []).append(name)

    def of(self, encoded: str, item: str = "") -> str | None:
        """Return the original of a file, or of an item of an album; None where there is none.

        That of `a/b.inr` is `a/b.png`, as its extension may be, that of `a/b.png.inr` is that file
        alone; that of an item has its name, and is where the album is.

        Raises `UsageError` where there are several.
        """
        path = PurePosixPath(encoded)
        wanted = path.parent / item if item else path.with_suffix("")
        if str(wanted) in self._names:
            return str(wanted)
        stem = wanted.with_suffix("") if item else wanted
        found = self._by_stem.get(stem, [])
        if len(found) > 1:
            raise UsageError(f"it has several originals: {', '.join(found)}")
        return found[0] if found else None
