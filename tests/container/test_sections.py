"""The directory of sections: random access, and one typed error for each fault."""

from __future__ import annotations

import io
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec import errors
from inrcodec.container.names import read_names
from inrcodec.container.sections import MAGIC, Container, Section, build, built_size
from inrcodec.schema import uint_bytes

TWO = [Section(b"SIGN", 1, b"abc"), Section(b"note", 1, b"hello")]


def test_what_is_cut_off_is_counted_of_the_whole_file() -> None:
    sections = [Section(b"SIGN", 1, bytes(500)), Section(b"NETW", 1, bytes(3000))]
    for source in (build(sections)[:-3200], io.BytesIO(build(sections)[:-3200])):
        container = Container(source, allow_damaged=True)
        for tag in (b"SIGN", b"NETW"):
            with pytest.raises(errors.TruncatedError, match="ends 3200 bytes early"):
                container.read(tag, 1)
        with pytest.raises(errors.TruncatedError, match="ends 3200 bytes early"):
            container.read_range(container.entry(b"NETW", 1), 0, 10)


def test_file_bytes_are_these() -> None:
    assert build([Section(b"SIGN", 1, b"abc")]).hex() == (
        "89494e520d0a1a0a010a5349474e0103c24124353fe2083a616263"
    )


def test_sections_are_read_by_tag_and_item() -> None:
    container = Container(build(TWO))
    assert container.read(b"SIGN", 1) == b"abc"
    assert container.read(b"note", 1) == b"hello"
    assert container.items == (1,)
    assert container.find(b"SIGN", 2) is None


def test_a_section_is_read_without_the_others() -> None:
    data = bytearray(build(TWO))
    data[-1] ^= 1
    container = Container(bytes(data))
    assert container.read(b"SIGN", 1) == b"abc"
    with pytest.raises(errors.ChecksumError):
        container.read(b"note", 1)


def test_part_of_a_section_is_read() -> None:
    container = Container(build(TWO))
    assert container.read_range(container.entry(b"note", 1), 1, 3) == b"ell"
    with pytest.raises(errors.MalformedError):
        container.read_range(container.entry(b"note", 1), 3, 3)


def test_path_bytes_and_stream_are_the_same(tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = build(TWO)
    (tmp_path / "two.inr").write_bytes(data)
    for source in (data, io.BytesIO(data), tmp_path / "two.inr", str(tmp_path / "two.inr")):
        with Container(source) as container:
            assert container.read(b"note", 1) == b"hello"


def test_missing_section_is_named() -> None:
    with pytest.raises(errors.MissingSectionError, match="NETW"):
        Container(build(TWO)).read(b"NETW", 1)


def _raw(directory: bytes, payload: bytes = b"", version: int = 1) -> bytes:
    head = MAGIC + bytes([version]) + uint_bytes(len(directory)) + directory
    return head + zlib.crc32(head).to_bytes(4, "little") + payload


def _entry(tag: bytes, item: int, payload: bytes) -> bytes:
    return (
        tag
        + uint_bytes(item)
        + uint_bytes(len(payload))
        + zlib.crc32(payload).to_bytes(4, "little")
    )


FAULTS = {
    "empty": (b"", errors.TruncatedError),
    "within the magic": (MAGIC[:5], errors.TruncatedError),
    "other format": (b"\x89PNG\r\n\x1a\n" + bytes(20), errors.NotInrError),
    "unix line ends": (build(TWO).replace(b"\r\n", b"\n"), errors.TextDamageError),
    "dos line ends": (build(TWO).replace(b"\n", b"\r\n"), errors.TextDamageError),
    "seven bits": (bytes(b & 0x7F for b in build(TWO)), errors.TextDamageError),
    "future version": (_raw(b"", version=2), errors.VersionError),
    "no sections": (_raw(b""), errors.MalformedError),
    "huge directory": (MAGIC + b"\x01\xff\xff\xff\xff\x7f" + bytes(9), errors.MalformedError),
    "directory beyond the end": (MAGIC + b"\x01\xff\x01" + bytes(9), errors.TruncatedError),
    "cut entry": (_raw(b"SIGN\x01"), errors.TruncatedError),
    "tag of digits": (_raw(_entry(b"S1GN", 1, b"")), errors.MalformedError),
    "unknown critical": (_raw(_entry(b"NEWS", 1, b"")), errors.UnknownSectionError),
    "twice": (_raw(2 * _entry(b"SIGN", 1, b"")), errors.MalformedError),
    "payload missing": (_raw(_entry(b"SIGN", 1, b"abc")), errors.TruncatedError),
    "payload cut": (build(TWO)[:-1], errors.TruncatedError),
    "trailing byte": (build(TWO) + b"\0", errors.TrailingDataError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_refused(fault: str) -> None:
    data, error = FAULTS[fault]
    with pytest.raises(error):
        Container(data)


def test_more_sections_than_a_directory_may_list_are_refused_by_writer_and_reader() -> None:
    with pytest.raises(errors.LimitError, match="300000 sections"):
        build(Section(b"SIGN", (1 << 28) + item, b"") for item in range(300_000))
    with pytest.raises(errors.MalformedError, match="directory"):
        Container(_raw(b"".join(12 * [_entry(b"SIGN", 1, b"")]) * 100_000))


def test_more_names_than_items_are_refused_at_the_first_without_one() -> None:
    names = b"".join(
        uint_bytes(item) + uint_bytes(9) + b"%09d" % item for item in range(1, 200_001)
    )
    signals = [Section(b"SIGN", item, b"") for item in range(1, 10_001)]
    data = build([Section(b"NAMS", 0, names), *signals])
    began = time.process_time()
    with pytest.raises(errors.MalformedError, match="names and items"):
        read_names(Container(data))
    assert time.process_time() - began < 5


def test_unknown_optional_section_is_skipped() -> None:
    assert Container(build([*TWO, Section(b"newt", 7, b"x")])).items == (1,)


@given(st.binary(max_size=60))
def test_random_bytes_after_the_magic_are_refused(tail: bytes) -> None:
    with pytest.raises(errors.FormatError):
        Container(MAGIC + tail)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_a_size_is_that_of_the_file(payloads: list[bytes]) -> None:
    sections = [Section(b"TILE", item, payload) for item, payload in enumerate(payloads, start=1)]
    assert built_size(sections) == len(build(sections))
