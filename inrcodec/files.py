"""Files on disk: whole or not at all, never over another without leave; names of outputs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from inrcodec.errors import OutputExistsError

__all__ = ["check_free", "decoded_path", "encoded_path", "write_whole"]


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
    """Write a file so that its name only ever shows all of it.

    The bytes go to a hidden file beside it, are synced to disk, and take the name last. With
    `force`, a link is followed, and what is no regular file (a pipe, a device) is written to.
    """
    check_free(path, force)
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _give_name(part, path, force)
    finally:
        part.unlink(missing_ok=True)


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


def decoded_path(
    source: Path,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> Path:
    """Where `source` is decoded to, never the name of an original: photo.inr to
    photo.decoded.png, photo@4x.png, photo@1920x1280.png or photo@128,64,256,256@2x.png."""
    marks = ""
    if region is not None:
        marks += "@" + ",".join(map(str, region))
    if size is not None:
        marks += f"@{size[0]}x{size[1]}"
    elif scale is not None and scale != 1:
        marks += f"@{scale:g}x"
    stem = source.name.removesuffix(".inr")
    return source.with_name(f"{stem}{marks or '.decoded'}.png")
