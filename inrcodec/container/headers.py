"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.container.fields import Reader, pack, read_fields, uint_bytes
from inrcodec.errors import UnknownNumberError
from inrcodec.networks import Domain, NetworkSpec, model_by_number
from inrcodec.quantization import FP16, check_precision
from inrcodec.signals import SIGNAL_FORMATS, ImageFormat

__all__ = ["NetworkHeader", "domain_of", "read_network", "read_signal", "write_signal"]


def domain_of(signal: ImageFormat) -> Domain:
    """What a network for such a signal is defined over."""
    return Domain(signal.shape, signal.channels)


def write_signal(signal: ImageFormat) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(signal.number) + pack(signal)


def read_signal(payload: bytes) -> ImageFormat:
    """Read a `SIGN` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    number = reader.uint()
    if number not in SIGNAL_FORMATS:
        raise UnknownNumberError(f"signal kind {number} is unknown to this release")
    signal = read_fields(SIGNAL_FORMATS[number], reader)
    reader.finish()
    return signal


@dataclass(frozen=True)
class NetworkHeader:
    """An architecture and the precision of its weights."""

    spec: NetworkSpec
    precision: int = FP16

    def to_bytes(self) -> bytes:
        """The payload of a `NETW` section."""
        return uint_bytes(self.spec.number) + pack(self.spec) + uint_bytes(self.precision)


def read_network(payload: bytes) -> NetworkHeader:
    """Read a `NETW` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    spec = read_fields(model_by_number(reader.uint()), reader)
    precision = reader.uint()
    check_precision(precision)
    reader.finish()
    return NetworkHeader(spec, precision)
