"""Files on disk: whole or not at all, never over another without leave; names of outputs."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from inrcodec.errors import OutputExistsError
from inrcodec.views import View

__all__ = [
    "check_free",
    "decoded_path",
    "encoded_path",
    "passed_on",
    "whole_file",
    "write_whole",
]

# Bytes that are kept in memory before they go to disk.
_SPOOLED = 1 << 24


def check_free(path: Path, force: bool) -> None:
    """Raise `OutputExistsError` where `path` exists, unless `force`; an `OSError` where its folder
    does not, or cannot be written to."""
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))
    if not path.exists() and not os.access(path.parent, os.W_OK):
        raise PermissionError(13, "No permission to write", str(path.parent))
    if not force and path.exists():
        raise OutputExistsError(f"{path} exists; use --force to overwrite it")


def write_whole(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file so that its name only ever shows all of it; see `whole_file`."""
    with whole_file(path, force) as stream:
        stream.write(data)


@contextmanager
def whole_file(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A seekable stream to a file whose name only ever shows all of it, once the context has ended
    without an error.

    The bytes go to a hidden file beside it, are synced to disk, and take the name last. With
    `force`, a link is followed, and what is no regular file (a pipe, a device) is written to.
    """
    check_free(path, force)
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as device, passed_on(device) as stream:
            yield stream
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _give_name(part, path, force)
    finally:
        part.unlink(missing_ok=True)


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


def encoded_path(source: Path) -> Path:
    """Where `source` is encoded to: photo.png to photo.inr."""
    return source.with_suffix(".inr")


def decoded_path(source: Path, view: View, extension: str = ".png") -> Path:
    """Where `source` is decoded to, never the name of an original: photo.inr to
    photo.decoded.png, photo@4x.png, photo@1920x1280.png or photo@128,64,256,256@2x.png; song.inr
    to song.decoded.wav, song@96000Hz.wav or song@12.5-20s.wav."""
    marks = ""
    if view.region is not None:
        marks += "@" + ",".join(map(str, view.region))
    if view.time is not None:
        begin, end = ("" if t is None else f"{t:.10g}" for t in view.time)
        marks += f"@{begin or 0}-{end or 'end'}s"
    if view.size is not None:
        marks += f"@{view.size[0]}x{view.size[1]}"
    elif view.scale is not None and view.scale != 1:
        marks += f"@{view.scale:g}x"
    if view.rate is not None:
        marks += f"@{view.rate}Hz"
    stem = source.name.removesuffix(".inr")
    return source.with_name(f"{stem}{marks or '.decoded'}{extension}")
