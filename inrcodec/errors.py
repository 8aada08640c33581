"""Every error that inrcodec raises on purpose.

InrError                      exit code 1
├── FormatError               3  the file is not an intact .inr file
│   ├── NotInrError               the first bytes are not the magic
│   ├── TextDamageError           the magic shows a text-mode transfer
│   ├── VersionError              written by a later version of the format
│   ├── TruncatedError            the file ends before its data
│   ├── TrailingDataError         the file goes on after its data
│   ├── ChecksumError             a CRC-32 does not match
│   ├── MalformedError            a field has a value that cannot be
│   ├── UnknownSectionError       a critical section has an unknown tag
│   ├── UnknownNumberError        a model, kind or precision is unknown
│   └── MissingSectionError       a section that is needed is absent
├── SignalError               3  a signal cannot be read or represented
├── LimitError                4  a size is over a limit
├── TargetError               5  a requested quality or size was not reached
├── UsageError                2  an argument is out of range
├── OutputExistsError         1  an output file exists already
└── BusyError                 1  another process is changing the same file
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BusyError",
    "ChecksumError",
    "FormatError",
    "InrError",
    "LimitError",
    "MalformedError",
    "MissingSectionError",
    "NotInrError",
    "OutputExistsError",
    "SignalError",
    "TargetError",
    "TextDamageError",
    "TrailingDataError",
    "TruncatedError",
    "UnknownNumberError",
    "UnknownSectionError",
    "UsageError",
    "VersionError",
]


class InrError(Exception):
    """Base of all errors; its text is one line fit to be shown to a user."""

    exit_code: ClassVar[int] = 1


class FormatError(InrError):
    """The bytes are not an intact `.inr` file."""

    exit_code = 3


class NotInrError(FormatError):
    """The file does not begin with the magic of `.inr` files."""


class TextDamageError(FormatError):
    """The magic shows that line ends or the eighth bit were changed in transit."""


class VersionError(FormatError):
    """The file names a format version that this release cannot read."""


class TruncatedError(FormatError):
    """The file is shorter than its directory says."""


class TrailingDataError(FormatError):
    """The file is longer than its directory says."""


class ChecksumError(FormatError):
    """A stored CRC-32 does not match the bytes it covers."""


class MalformedError(FormatError):
    """A field holds a value that the specification forbids."""


class UnknownSectionError(FormatError):
    """A critical section has a tag that this release does not know."""


class UnknownNumberError(FormatError):
    """A model, signal kind, activation or precision has an unassigned number."""


class MissingSectionError(FormatError):
    """A section that is needed to decode is absent."""


class SignalError(InrError):
    """A signal cannot be read, or the output format cannot hold it."""

    exit_code = 3


class LimitError(InrError):
    """A size exceeds a limit; raised before memory is taken."""

    exit_code = 4


class TargetError(InrError):
    """A requested quality, rate or size was not reached."""

    exit_code = 5


class UsageError(InrError, ValueError):
    """An argument is out of its range or does not go with another."""

    exit_code = 2


class OutputExistsError(InrError):
    """An output file exists and overwriting was not asked for."""


class BusyError(InrError):
    """Another process is changing the same file."""
