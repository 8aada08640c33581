"""A viewer's catalog: the signals of some files, and the originals that belong to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inrcodec.errors import InrError, UsageError
from inrcodec.information import inform

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
    def of(cls, files: Sequence[Path], original: Path | None = None) -> Catalog:
        """Read the headers of files.

        Parameters
        ----------
        original
            The original of the only signal, or a folder in which originals lie by their names; None
            for the folders of the files.

        Raises `UsageError` where there is one original of several signals.
        """
        catalog, originals = cls(files), _Originals(original)
        for number, path in enumerate(files):
            try:
                fields = inform(path)
            except (InrError, OSError) as error:
                catalog.errors[str(path)] = error
                continue
            catalog.shown.extend(_signals(number, path, fields, originals))
        if len(catalog.shown) > 1 and original is not None and not original.is_dir():
            raise UsageError(f"{original}: the original of {len(catalog.shown)} signals")
        return catalog


def _signals(
    number: int, path: Path, fields: dict[str, Any], originals: _Originals
) -> Iterator[Shown]:
    items = fields["items"]
    for place, item in enumerate(items, start=1):
        # Of a file of one signal, all its bytes are that signal's.
        own = item if len(items) > 1 else {**item, "bytes": fields["bytes"]}
        original = originals.find(path, item["name"] or path.stem, item["kind"])
        yield Shown(item["name"] or path.name, number, place, own, original)


class _Originals:
    """The originals that there are.

    Parameters
    ----------
    named
        A file, a folder, or None for the folders of what is shown.
    """

    def __init__(self, named: Path | None) -> None:
        self._named = named
        self._kept: dict[tuple[Path, str], dict[str, Path]] = {}

    def find(self, path: Path, name: str, kind: str) -> Path | None:
        """Find the original of a signal of a file by its name, with an extension or without."""
        if self._named is not None and not self._named.is_dir():
            return self._named
        key = self._named or path.parent, kind
        if key not in self._kept:
            self._kept[key] = _by_name(*key)
        return self._kept[key].get(name.lower())


def _by_name(folder: Path, kind: str) -> dict[str, Path]:
    """Return the files of a kind in a folder by their names in small letters, and by these without
    their extensions."""
    from inrcodec.media.audio import AUDIO_EXTENSIONS
    from inrcodec.media.images.formats import IMAGE_EXTENSIONS

    extensions = IMAGE_EXTENSIONS if kind == "image" else AUDIO_EXTENSIONS
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in extensions:
            found.setdefault(path.stem.lower(), path)
            found[path.name.lower()] = path
    return found
