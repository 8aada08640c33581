"""Files on disk: whole or not at all, never over another without leave."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from inrcodec.errors import OutputExistsError

__all__ = [
    "check_free",
    "passed_on",
    "remove_abandoned",
    "remove_parts",
    "temporary_name",
    "whole_file",
    "write_whole",
]

# Bytes that are kept in memory before they go to disk.
_SPOOLED = 1 << 24

# Temporary files of this process. A signal may cut even the clean-up of a write short.
_parts: set[Path] = set()


def check_free(path: Path, force: bool) -> None:
    """Raise `OutputExistsError` where `path` exists, unless `force`; an `OSError` where its folder
    does not, or cannot be written to, or cannot have a file of that name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))
    found = _found(path)
    if found is not None and not force:
        raise OutputExistsError(f"{path} exists; use --force to overwrite it")
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    folder = path.resolve().parent
    made_anew = found is None or stat.S_ISREG(found.st_mode)
    if made_anew and not os.access(folder, os.W_OK):
        raise PermissionError(13, "No permission to write", str(folder))


def _found(path: Path) -> os.stat_result | None:
    """Return what is at a path, None where nothing is; an `OSError` where nothing can be, as where
    the name is too long."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def write_whole(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file so that its name only ever shows all of it; see `whole_file`."""
    with whole_file(path, force) as stream:
        stream.write(data)


@contextmanager
def whole_file(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A seekable stream to a file whose name only ever shows all of it, once the context has ended
    without an error.

    The bytes go to a hidden file beside it, are synced to disk, and take the name last. With
    `force`, a link is followed, what is no regular file (a pipe, a device) is written to, and a
    file that is replaced hands on its permissions, its owner and its extended attributes, as far
    as this process may give them.
    """
    check_free(path, force)
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as device, passed_on(device) as stream:
            yield stream
        return
    part = path.with_name(temporary_name())
    replaced = _found(path)
    _parts.add(part)
    try:
        with _created(part, replaced) as stream:
            _hold(stream.fileno())
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if replaced is not None:
            _take_after(part, path, replaced)
        _give_name(part, path, force)
    finally:
        part.unlink(missing_ok=True)
        _parts.discard(part)


def temporary_name() -> str:
    """A new name for a file that is to take its own later; short enough for any file system."""
    return f".inrcodec.{secrets.token_hex(4)}.part"


def remove_parts() -> None:
    """Remove the temporary files of writes whose own clean-up was cut short, as a second signal
    may do. For a process that is about to end: it breaks writes that are under way."""
    for part in [*_parts]:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        _parts.discard(part)


def remove_abandoned(part: Path) -> None:
    """Remove a temporary file that another process left behind; one that is being written stays."""
    with suppress(OSError):
        if os.name == "nt":
            part.unlink()  # Windows itself keeps what is open.
            return
        with part.open("rb") as stream:
            if _hold(stream.fileno()):
                part.unlink()


def _hold(descriptor: int) -> bool:
    """Mark a file as being written, for as long as it is open; False where it is marked already."""
    from filelock import lock_descriptor

    # Not all file systems have locks. Those of Windows would keep others from reading.
    with suppress(OSError):
        return os.name == "nt" or lock_descriptor(descriptor, blocking=False)
    return True


def _created(part: Path, replaced: os.stat_result | None) -> BinaryIO:
    """A new file, which only its owner may read where it is to replace one that may be private."""
    mode = 0o666 if replaced is None else 0o600
    return open(part, "x+b", opener=lambda name, flags: os.open(name, flags, mode))


def _take_after(part: Path, path: Path, replaced: os.stat_result) -> None:
    """Give a file the owner, extended attributes and permissions of the one that it replaces."""
    mode = stat.S_IMODE(replaced.st_mode)
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(part, -1, replaced.st_gid)
        with suppress(OSError):
            os.chown(part, replaced.st_uid, -1)
        if part.stat().st_gid != replaced.st_gid:
            # Another group must not be let in: it may do what all may.
            mode = mode & ~0o070 | (mode & 0o007) << 3
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(path):
                with suppress(OSError):
                    os.setxattr(part, name, os.getxattr(path, name))
    # Where files have no modes of their own, none was lost.
    with suppress(OSError):
        part.chmod(mode)


@contextmanager
def passed_on(target: BinaryIO) -> Iterator[BinaryIO]:
    """A seekable stream, on disk if it is large, that goes to another which need not be seekable,
    once the context has ended without an error."""
    with tempfile.SpooledTemporaryFile(_SPOOLED) as stream:
        yield cast(BinaryIO, stream)
        stream.seek(0)
        shutil.copyfileobj(stream, target)
        target.flush()


def _give_name(part: Path, path: Path, force: bool) -> None:
    if not force:
        try:
            # Unlike a rename, a link does not replace what another process put there meanwhile.
            path.hardlink_to(part)
            return
        except FileExistsError:
            check_free(path, force)
        except OSError:
            pass  # A file system without links.
    part.replace(path)
