"""Header fields, declared once as data.

A header is a frozen dataclass whose fields are made by `coded(CODE)`. Writer (`pack`), reader
(`unpack`) and printer (`dataclasses.asdict`) all go by that one declaration, so they cannot
disagree. Integers are little-endian base-128 varints in their shortest form; reals are IEEE 754
binary32, little-endian.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from inrcodec.errors import FormatError, MalformedError, TruncatedError, UsageError

__all__ = [
    "MANY_UINTS",
    "REAL",
    "REALS",
    "UINT",
    "UINTS",
    "Code",
    "Reader",
    "as_real",
    "coded",
    "codes",
    "named",
    "pack",
    "read_fields",
    "uint_bytes",
]

_MAX_VARINT_BYTES = 5
# One for each layer of the deepest network; of what is listed at length.
_MAX_LIST, _MAX_LONG_LIST = 65, 1 << 13

_T = TypeVar("_T")


class Reader:
    """A cursor over bytes; reading past the end raises `TruncatedError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._position

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._position

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        start, stop = self._position, self._position + count
        if stop > len(self._data):
            raise TruncatedError(f"needs {count} bytes where {self.remaining} are left")
        self._position = stop
        return self._data[start:stop]

    def uint(self) -> int:
        """The next varint; at most 35 bits, in its shortest form."""
        value = 0
        for index in range(_MAX_VARINT_BYTES):
            if self._position >= len(self._data):
                raise TruncatedError("needs 1 bytes where 0 are left")
            byte = self._data[self._position]
            self._position += 1
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                if byte == 0 and index > 0:
                    raise MalformedError("an integer is not in its shortest form")
                return value
        raise MalformedError(f"an integer is longer than {_MAX_VARINT_BYTES} bytes")

    def real(self) -> float:
        """The next binary32 number; finite."""
        (value,) = struct.unpack("<f", self.take(4))
        if not math.isfinite(value):
            raise MalformedError("a real number is not finite")
        return float(value)

    def finish(self) -> None:
        """Refuse bytes that no field accounts for."""
        if self.remaining:
            raise MalformedError(f"{self.remaining} bytes follow the last field")


def uint_bytes(value: int) -> bytes:
    """`value` (0 to 2^35 - 1) as a varint: 7 bits a byte, low bits first, top bit set on all but
    the last byte."""
    if not 0 <= value < 1 << (7 * _MAX_VARINT_BYTES):
        raise UsageError(f"{value} does not fit a header field")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def as_real(value: float) -> float:
    """The binary32 number nearest to `value`; infinite beyond its range."""
    try:
        (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


@dataclass(frozen=True)
class Code:
    """The code of a field: how it is written and read, made of a value or its text, and shown."""

    name: str
    write: Callable[[Any], bytes]
    read: Callable[[Reader], Any]
    convert: Callable[[Any], Any]
    show: Callable[[Any], Any] = lambda value: value

    def parse(self, value: Any) -> Any:
        """`value` as the field holds it; `UsageError` where it is not of its kind."""
        try:
            return self.convert(value)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{value!r} is no {self.name}") from error


def _whole(value: Any) -> int:
    return int(value, 0) if isinstance(value, str) else operator.index(value)


UINT = Code("uint", uint_bytes, Reader.uint, _whole)
REAL = Code("real", lambda value: struct.pack("<f", value), Reader.real, float)


def _list_of(code: Code, most: int) -> Code:
    """A tuple of at most `most` values: their number, then each."""

    def write(values: Any) -> bytes:
        return uint_bytes(len(values)) + b"".join(map(code.write, values))

    def read(reader: Reader) -> tuple[Any, ...]:
        count = reader.uint()
        if count > most:
            raise MalformedError(f"a list of {count} values, where {most} are the most")
        return tuple(code.read(reader) for _ in range(count))

    def convert(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = value.split(",")
        return tuple(map(code.convert, value if isinstance(value, Iterable) else [value]))

    return Code(f"list of {code.name}s", write, read, convert)


def named(numbers: Mapping[str, int]) -> Code:
    """A `uint` whose values have names, by which it is given and shown."""
    names = {number: name for name, number in numbers.items()}

    def convert(value: Any) -> int:
        return numbers[value] if value in numbers else _whole(value)

    return replace(
        UINT,
        name="value of " + ", ".join(numbers),
        convert=convert,
        show=lambda value: names[value],
    )


UINTS = _list_of(UINT, _MAX_LIST)
MANY_UINTS = _list_of(UINT, _MAX_LONG_LIST)
REALS = _list_of(REAL, _MAX_LIST)


def coded(code: Code, **keywords: Any) -> Any:
    """A dataclass field that is written to the file by `code`."""
    return dataclasses.field(metadata={"code": code}, **keywords)


def codes(header: Any) -> dict[str, Code]:
    """The coded fields of a header dataclass or its instance, in the order of their declaration."""
    return {
        field.name: field.metadata["code"]
        for field in dataclasses.fields(header)
        if "code" in field.metadata
    }


def pack(header: Any) -> bytes:
    """The coded fields of a header dataclass, in the order of their declaration."""
    return b"".join(code.write(getattr(header, name)) for name, code in codes(header).items())


def read_fields(cls: type[_T], reader: Reader) -> _T:
    """Read a header dataclass. A value that its own validation refuses is a `MalformedError`."""
    values = {name: code.read(reader) for name, code in codes(cls).items()}
    try:
        return cls(**values)
    except FormatError:
        raise
    except ValueError as error:
        raise MalformedError(str(error)) from error
