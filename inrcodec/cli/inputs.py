"""Arguments that are files or folders, as the files that they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inrcodec.errors import UsageError

__all__ = [
    "SUFFIX",
    "Input",
    "encoded_files",
    "is_folder",
    "is_several",
    "paths_of",
    "signals_of",
]

SUFFIX = ".inr"


@dataclass(frozen=True)
class Input:
    """A file, and its path within what was named: of a folder's file the way from the folder, else
    the name alone."""

    path: Path
    inner: Path

    @classmethod
    def of(cls, path: Path) -> Input:
        """A file that was named itself; `UsageError` where it is a folder."""
        if is_folder(path):
            raise UsageError(f"{path}: is a folder")
        return cls(path, Path(path.name))


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder; one that cannot be, as where the name is too long, is
    none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_several(named: Sequence[Path]) -> bool:
    """Tell whether arguments may come to more than one file."""
    return len(named) > 1 or any(map(is_folder, named))


def encoded_files(named: Sequence[Path], recursive: bool) -> list[Input]:
    """The files that were named, and the .inr files of folders that were; those of the folders
    within them, too, if `recursive`.

    Raises `UsageError` where a folder has none, `OSError` where it cannot be listed.
    """
    found: list[Input] = []
    for path in named:
        if not is_folder(path):
            found.append(Input.of(path))
            continue
        # Files that are named themselves do not wait for what folders need.
        from inrcodec.batch.places import Folder

        names = [Path(name) for name in Folder(path).names(recursive)]
        inner = [name for name in names if name.suffix.lower() == SUFFIX]
        if not inner:
            raise UsageError(f"{path}: no {SUFFIX} file in it" + " or its folders" * recursive)
        found += [Input(path / name, name) for name in inner]
    return found


def paths_of(named: Sequence[Path], recursive: bool) -> list[Path]:
    """The paths of `encoded_files`."""
    return [source.path for source in encoded_files(named, recursive)]


def signals_of(named: Sequence[Path], recursive: bool) -> list[Path]:
    """The files that were named, and the images and audio files of folders that were.

    Raises `UsageError` where a folder has none, `OSError` where it cannot be listed.
    """
    found: list[Path] = []
    for path in named:
        if not is_folder(path):
            found.append(path)
            continue
        from inrcodec.batch.places import Folder
        from inrcodec.batch.planning import encodable

        inner, _ = encodable(Folder(path), recursive)
        if not inner:
            raise UsageError(
                f"{path}: no image or audio file in it" + " or its folders" * recursive
            )
        found += [path / name for name in inner]
    return found
