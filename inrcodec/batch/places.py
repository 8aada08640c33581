"""Places that files come from and go to: a local folder, or anything that fsspec has a URL for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from inrcodec.files import remove_abandoned, temporary_name, write_whole
from inrcodec.locations import FileSystem, file_system, is_url, local_path, seekable

__all__ = ["Folder", "Place", "Remote", "open_place"]

# What `write_whole`, and a `Remote`, leave behind when they are killed.
_LEFTOVER = re.compile(r"\..+\.[0-9a-f]{8}\.part")


class Place(Protocol):
    """A tree of files, named by their paths within it, with `/` between the parts.

    Its methods raise `OSError` where a file cannot be read or written.
    """

    def names(self, recursive: bool) -> list[str]:
        """The files in it, sorted, save hidden ones."""

    def open(self, name: str) -> BinaryIO:
        """A file to read from, which can seek."""

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole, in folders made for it, in place of what has its name."""

    def clean(self) -> None:
        """Remove what writers that were killed left; a folder keeps what is being written."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    def names(self, recursive: bool) -> list[str]:
        """Implement `Place.names`."""
        found: list[str] = []
        for folder, folders, files in os.walk(self.root, onerror=_raise):
            inner = Path(folder).relative_to(self.root)
            found += [(inner / file).as_posix() for file in files if not file.startswith(".")]
            folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        return sorted(found)

    def open(self, name: str) -> BinaryIO:
        """Implement `Place.open`."""
        return (self.root / name).open("rb")

    def size(self, name: str) -> int | None:
        """Implement `Place.size`."""
        try:
            return (self.root / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, data: bytes) -> None:
        """Implement `Place.write`."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data, force=True)

    def clean(self) -> None:
        """Implement `Place.clean`."""
        for folder, _, files in os.walk(self.root):
            for file in filter(_LEFTOVER.fullmatch, files):
                remove_abandoned(Path(folder) / file)


def _raise(error: OSError) -> None:
    raise error


@dataclass(frozen=True)
class Remote:
    """A tree that fsspec reaches: `s3://bucket/photos`, `sftp://host/folder`."""

    url: str

    def __str__(self) -> str:
        return self.url

    def _reach(self) -> tuple[FileSystem, str]:
        """The file system, which fsspec makes once per process, and the root's path in it."""
        system, root = file_system(self.url)
        return system, root.rstrip("/")

    def names(self, recursive: bool) -> list[str]:
        """Implement `Place.names`."""
        system, root = self._reach()
        paths = system.find(root, maxdepth=None if recursive else 1)
        inner = [PurePosixPath(path.removeprefix(root).lstrip("/")) for path in paths]
        return sorted(
            str(path) for path in inner if not any(part.startswith(".") for part in path.parts)
        )

    def open(self, name: str) -> BinaryIO:
        """Implement `Place.open`."""
        system, root = self._reach()
        stream: BinaryIO = system.open(f"{root}/{name}", "rb")
        return seekable(stream)

    def size(self, name: str) -> int | None:
        """Implement `Place.size`."""
        system, root = self._reach()
        try:
            return int(system.size(f"{root}/{name}"))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Implement `Place.write`. Not every store puts files whole, hence the second name."""
        system, root = self._reach()
        path = PurePosixPath(root, name)
        part = path.with_name(temporary_name())
        system.makedirs(str(path.parent), exist_ok=True)
        system.pipe_file(str(part), data)
        system.mv(str(part), str(path))

    def clean(self) -> None:
        """Implement `Place.clean`."""
        system, root = self._reach()
        for path in system.find(root):
            if _LEFTOVER.fullmatch(PurePosixPath(path).name):
                system.rm_file(path)


def open_place(text: str) -> Place:
    """The place of a path or URL; `UsageError` where a URL cannot be understood."""
    if not is_url(text):
        # Workers may have another working directory.
        return Folder(local_path(text).absolute())
    file_system(text)
    return Remote(text)
