"""soundfile as it is used here: with the errors of this package, and without seeks of its own."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import SEEK_END, SEEK_SET
from typing import Any, BinaryIO, TypeVar

import soundfile

__all__ = ["Forward", "SoundFile", "Stream", "errors"]

_T = TypeVar("_T")

# What soundfile raises on damaged files, found by truncating and flipping.
_DAMAGE = (RuntimeError, ValueError, TypeError, AssertionError)
_SYSTEM_ERROR = 2


class Stream:
    """A file object as soundfile calls it back. What it raises, Ctrl-C too, would be lost on the
    way: it is kept, and nothing is read or written any more. Shown with `stretch`, the file's end
    is so many times as far as it is."""

    def __init__(self, stream: BinaryIO, stretch: int = 1) -> None:
        self._stream = stream
        self._stretch = stretch
        self._beyond = 0
        self.error: BaseException | None = None

    def read(self, count: int) -> bytes:
        return self._kept(lambda: self._stream.read(count), b"")

    def write(self, data: bytes) -> int:
        return self._kept(lambda: self._stream.write(data), 0)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        return self._kept(lambda: self._seek(offset, whence), -1)

    def tell(self) -> int:
        return self._kept(lambda: self._stream.tell() + self._beyond, -1)

    def length(self) -> int:
        before = self.tell()
        length = self.seek(0, SEEK_END)
        self.seek(before)
        return length

    def keep(self, kind: object, error: BaseException, trace: object) -> None:
        """Keep the first error, as a callback of cffi tells it."""
        self.error = self.error or error

    def _seek(self, offset: int, whence: int) -> int:
        try:
            position = self._stream.seek(offset, whence)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) in (None, errno.EINVAL):
                return -1  # Damaged files ask for places before the first byte.
            raise
        self._beyond = position * (self._stretch - 1) if whence == SEEK_END else 0
        return position + self._beyond

    def _kept(self, call: Callable[[], _T], failed: _T) -> _T:
        if self.error is None:
            try:
                return call()
            except BaseException as error:
                self.error = error
        return failed


@contextmanager
def errors(stream: Stream, kind: type[Exception], text: str) -> Iterator[None]:
    """Turn what soundfile raises into errors of `kind`, except for what the system or the stream
    raised. In the text, {} is for what libsndfile says."""
    failure: Exception | None = None
    try:
        yield
    except _DAMAGE as error:
        failure = error
    if stream.error is not None:
        raise stream.error
    if failure is not None:
        said = getattr(failure, "error_string", str(failure)).removeprefix("Error : ")
        said = " ".join(said.split()).rstrip(".")
        if getattr(failure, "code", None) == _SYSTEM_ERROR:
            raise OSError(said) from failure
        raise kind(text.format(said)) from failure


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """An audio file that is read from or written to a `Stream`."""

    def _init_virtual_io(self, stream: Stream) -> Any:
        """soundfile's callbacks, but for errors: Ctrl-C during libsndfile's work is raised before
        the first line of the next callback, so that only cffi can give it to the stream."""
        ffi = getattr(soundfile, "_ffi", None)
        if ffi is None:
            return super()._init_virtual_io(stream)

        def read(place: Any, count: int, _: object) -> int:
            data = stream.read(count)
            ffi.memmove(place, data, len(data))
            return len(data)

        calls = {
            "get_filelen": lambda _: stream.length(),
            "seek": lambda offset, whence, _: stream.seek(offset, whence),
            "read": read,
            "write": lambda place, count, _: stream.write(ffi.buffer(place, count)[:]),
            "tell": lambda _: stream.tell(),
        }
        # They must live as long as the file.
        self._virtual_io = {
            name: ffi.callback(f"sf_vio_{name}", call, onerror=stream.keep)
            for name, call in calls.items()
        }
        return ffi.new("SF_VIRTUAL_IO*", self._virtual_io)


class Forward(SoundFile):
    """An audio file in which soundfile does not seek to where it is after every read, of which the
    MPEG decoder makes other samples."""

    def seekable(self) -> bool:
        return False
