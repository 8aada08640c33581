"""Header fields: what is written is what is read, and every other byte string is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.errors import MalformedError, TruncatedError, UsageError
from inrcodec.schema import REAL, UINT, Reader, coded, pack, read_fields, uint_bytes


@dataclass(frozen=True)
class Header:
    count: int = coded(UINT)
    factor: float = coded(REAL)
    note: str = "not written"


@pytest.mark.parametrize(
    ("value", "data"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**35 - 1, "ffffffff7f")],
)
def test_uint_bytes_are_these(value: int, data: str) -> None:
    assert uint_bytes(value).hex() == data
    assert Reader(bytes.fromhex(data)).uint() == value


@given(st.integers(0, 2**35 - 1))
def test_uint_comes_back(value: int) -> None:
    assert Reader(uint_bytes(value)).uint() == value


@pytest.mark.parametrize("data", ["8000", "ff00", "808080808001", "ffffffffff01"])
def test_uint_of_other_form_is_refused(data: str) -> None:
    with pytest.raises(MalformedError):
        Reader(bytes.fromhex(data)).uint()


@pytest.mark.parametrize("value", [-1, 2**35])
def test_uint_out_of_range_is_not_written(value: int) -> None:
    with pytest.raises(UsageError):
        uint_bytes(value)


@given(st.integers(0, 2**35 - 1), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_header_comes_back(count: int, factor: float) -> None:
    assert unpack(pack(Header(count, factor))) == Header(count, factor)


def unpack(data: bytes) -> Header:
    reader = Reader(data)
    header = read_fields(Header, reader)
    reader.finish()
    return header


def test_header_is_its_coded_fields() -> None:
    assert pack(Header(300, 1.0)).hex() == "ac020000803f"


def test_infinite_real_is_refused() -> None:
    with pytest.raises(MalformedError, match="finite"):
        unpack(bytes.fromhex("000000807f"))


def test_header_must_fill_its_bytes() -> None:
    data = pack(Header(5, 2.0))
    with pytest.raises(TruncatedError):
        unpack(data[:-1])
    with pytest.raises(MalformedError, match="follow"):
        unpack(data + b"\0")
