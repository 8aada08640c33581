"""The manifest of a batch: a line of JSON for each input, kept from run to run.

A line is appended, and synced to disk, before an input's output is first written and once it has
been; the last line of an input counts. A run begins and ends by writing the file anew with a line
per input, so that a line torn by a crash can only be the last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from inrcodec.errors import InrError
from inrcodec.files import write_whole
from inrcodec.locks import alone
from inrcodec.settings import Settings

__all__ = ["Manifest", "Record", "canonical"]

# Of `Settings`: these do not influence the bytes of what is encoded.
_INERT = {"max_memory", "max_work", "keep_float"}
_START = b'{"input": '


def canonical(settings: Settings) -> dict[str, Any]:
    """The settings that influence bytes, as JSON has them, save those left at None or empty."""
    own = {name: value for options in settings.choices for name, value in options.given().items()}
    header = {name: str(value) for name, value in sorted(settings.fields.items())}
    values = asdict(settings) | {"strip": sorted(settings.strip), "fields": header, "options": None}
    return {
        name: value
        for name, value in (values | own).items()
        if name not in _INERT and value not in (None, [], {})
    }


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record of what became of an image or audio file.

    Attributes
    ----------
    input, output
        Paths within their folders. `output` is where the file is, or is to be; None where that
        name is not the batch's to write.
    settings
        See `canonical`.
    sha256
        Of the input's bytes, hexadecimal; None where they were not read.
    input_bytes, bytes
        Sizes of input and output.
    seconds
        Of fitting, coding and measuring; a share of a stack's.
    error
        Why there is no output, in one line; None where there is one, or the input was ignored.
    warnings
        What was left out or read in part, in a line each.
    ignored
        Whether the input was not tried: its extension is of no image or audio signal that is read.
    """

    input: str
    output: str | None
    settings: dict[str, Any]
    sha256: str | None = None
    input_bytes: int | None = None
    model: str | None = None
    device: str | None = None
    steps: int | None = None
    parameters: int | None = None
    bytes: int | None = None
    bits_per_pixel: float | None = None
    kbps: float | None = None
    psnr_db: float | None = None
    snr_db: float | None = None
    seconds: float | None = None
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    ignored: bool = False

    def measured(self) -> dict[str, float | None]:
        """Rate and quality of what was encoded."""
        if self.kbps is None:
            return {"bits_per_pixel": self.bits_per_pixel, "psnr_db": self.psnr_db}
        return {"kbps": self.kbps, "snr_db": self.snr_db, "psnr_db": self.psnr_db}

    def to_line(self) -> str:
        """JSON, without a line end."""
        return json.dumps(asdict(self))


class Manifest:
    """Records by input, on disk as they come.

    Parameters
    ----------
    path
        Of the file; read if it is there, made if it is not.

    Raises
    ------
    InrError
        The file is there and is no manifest.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self.records: dict[str, Record] = {}
        self._read()

    def _read(self) -> None:
        if not self._path.exists():
            return
        *lines, torn = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                record = Record(**json.loads(line))
            except (TypeError, ValueError) as error:
                raise InrError(f"{self._path}: line {number} is not of a manifest") from error
            self.records[record.input] = record
        # What somebody else wrote must not pass for a torn line of ours.
        if not torn.startswith(_START[: len(torn)]):
            raise InrError(f"{self._path}: it is not a manifest")

    def append(self, record: Record) -> None:
        """Add a record, on disk once this returns."""
        assert self._stream is not None, "the manifest is not open"
        self.records[record.input] = record
        self._stream.write(record.to_line().encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def note_ignored(self, ignored: Iterable[Record]) -> None:
        """Take these for the inputs that are ignored, in place of those of the run before; they
        are on disk once the manifest is written anew."""
        self.records = {n: r for n, r in self.records.items() if not r.ignored}
        self.records |= {record.input: record for record in ignored}

    def _rewrite(self) -> None:
        lines = [self.records[name].to_line() + "\n" for name in sorted(self.records)]
        write_whole(self._path, "".join(lines).encode(), force=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Records can be appended within, to those that other processes have written meanwhile.

        Raises `BusyError` where another process does so.
        """
        with alone(self._path):
            self._read()
            self._rewrite()
            try:
                with self._path.open("ab") as self._stream:
                    yield
            finally:
                # Closed before, since Windows does not replace what is open.
                self._rewrite()
