"""Paths, URLs, bytes and file objects as seekable streams."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from inrcodec.errors import UsageError

__all__ = [
    "FileSystem",
    "Openable",
    "file_system",
    "is_url",
    "local_path",
    "open_binary",
    "seekable",
]

_LOCAL = "file://"

Openable = str | os.PathLike[str] | bytes | BinaryIO
# One of fsspec's, which has no types.
FileSystem = Any


def is_url(text: str) -> bool:
    """Tell whether a place is fsspec's affair rather than a path on this machine."""
    return "://" in text and not text.startswith(_LOCAL)


def local_path(text: str | os.PathLike[str]) -> Path:
    """The path of a text that is no URL, or a `file://` URL."""
    return Path(os.fspath(text).removeprefix(_LOCAL))


def file_system(url: str) -> tuple[FileSystem, str]:
    """The file system of a URL, and the path in it.

    Raises `UsageError` where fsspec is not installed or does not understand the URL.
    """
    try:
        import fsspec
    except ImportError as error:
        raise UsageError("URLs need fsspec: pip install 'inrcodec[cluster]'") from error
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{url}: {error}") from error
    return system, path


def open_binary(source: Openable) -> BinaryIO:
    """A seekable stream of a source, at its start; its own stream, if it is one that can seek.

    Raises `OSError` where it cannot be read, `UsageError` where it is nothing that can be.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if isinstance(source, str) and is_url(source):
        system, path = file_system(source)
        return seekable(system.open(path, "rb"))
    if isinstance(source, str | os.PathLike):
        return local_path(source).open("rb")
    if not hasattr(source, "read"):
        raise UsageError(f"{type(source).__name__} is no file")
    return source if source.seekable() else io.BytesIO(source.read())


def seekable(stream: BinaryIO) -> BinaryIO:
    """The stream, or all of it in memory where it can only go forward, as some servers' do."""
    try:
        # Not all that say they can seek can do it.
        stream.seek(0, os.SEEK_END)
        stream.seek(0)
    except ValueError:
        with stream:
            return io.BytesIO(stream.read())
    return stream
