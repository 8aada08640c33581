"""A viewer's catalog: the signals of some files, and the originals that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inrcodec.batch.places import Folder
from inrcodec.batch.planning import encodable
from inrcodec.errors import InrError, UsageError
from inrcodec.information import inform
from inrcodec.report.originals import Originals

__all__ = ["Catalog", "Shown"]


@dataclass(frozen=True)
class Shown:
    """A signal that is shown.

    Attributes
    ----------
    file
        Its file's place among those of the catalog.
    place
        Among the signals of its file, from 1.
    fields
        What its headers say, fit for JSON.
    original
        The file that it was encoded from, if there is one.
    """

    name: str
    file: int
    place: int
    fields: dict[str, Any]
    original: Path | None = None

    def described(self) -> dict[str, Any]:
        """Describe it for the page."""
        original = None
        if self.original is not None and self.original.is_file():
            original = {"name": self.original.name, "bytes": self.original.stat().st_size}
        kept = ("kind", "model", "width", "height", "channels", "seconds", "rate", "bytes")
        fields = {name: self.fields[name] for name in kept if name in self.fields}
        return {
            **fields,
            "name": self.name,
            "file": self.file,
            "place": self.place,
            "original": original,
        }


@dataclass(frozen=True)
class Catalog:
    """Signals of files in order, and what is wrong with files that cannot be read, by their paths.

    Attributes
    ----------
    files
        Nothing else is served of the file system, save for originals.
    """

    files: Sequence[Path]
    shown: list[Shown] = field(default_factory=list)
    errors: dict[str, InrError | OSError] = field(default_factory=dict)

    @classmethod
    def of(
        cls, files: Mapping[Path, str], original: Path | None = None, recursive: bool = False
    ) -> Catalog:
        """Read the headers of files.

        Parameters
        ----------
        files
            With their paths within what was named, `/` between the parts.
        original
            The original of the only signal, or a folder in which originals lie by the names of
            files; None for the folders of these.
        recursive
            Look for originals in the folders within that folder, too.

        Raises `UsageError` where there is one original of several signals.
        """
        catalog, originals = cls([*files]), _Known(original, recursive)
        for number, (path, name) in enumerate(files.items()):
            try:
                fields = inform(path)
            except (InrError, OSError) as error:
                catalog.errors[str(path)] = error
                continue
            items = fields["items"]
            for place, item in enumerate(items, start=1):
                # Of a file of one signal, all its bytes are that signal's.
                own = item if len(items) > 1 else {**item, "bytes": fields["bytes"]}
                title, found = item["name"] or "", originals.find(path, name, item["name"] or "")
                catalog.shown.append(Shown(title or path.name, number, place, own, found))
        if len(catalog.shown) > 1 and original is not None and not original.is_dir():
            raise UsageError(f"{original}: the original of {len(catalog.shown)} signals")
        return catalog


class _Known:
    """The originals that there are.

    Parameters
    ----------
    named
        A file, a folder, or None for the folders of what is shown.
    """

    def __init__(self, named: Path | None, recursive: bool) -> None:
        self._named, self._recursive = named, recursive
        self._kept: dict[Path, Originals] = {}

    def find(self, path: Path, inner: str, item: str) -> Path | None:
        """Find the original of a file, or of an item of an album; None without one, or with
        several."""
        if self._named is not None and not self._named.is_dir():
            return self._named
        folder, encoded = (path.parent, path.name) if self._named is None else (self._named, inner)
        if folder not in self._kept:
            names = encodable(Folder(folder), self._recursive and self._named is not None)[0]
            self._kept[folder] = Originals(names)
        try:
            found = self._kept[folder].of(encoded, item)
        except UsageError:
            return None
        return None if found is None else folder / found
