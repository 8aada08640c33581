"""Weights that are whole numbers of steps: files of them in `vectors/`, made of others there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inrcodec.codecs.base import AUTO, Scope
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.quantization import quantized_by
from inrcodec.codecs.inr.weights import read_weights, write_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build
from inrcodec.spreads import SpreadTable

VECTORS = Path(__file__).parent / "vectors"
# The step beside the root mean square of a tensor's weights.
FINE, WIDE, FINEST = 0.04, 0.5, 1e-5


def _requantized(name: str, share: float, shape: int | None = None) -> list[Section]:
    """The sections of a file, its weights at other steps; in tables of a shape, if one is given."""
    container = Container((VECTORS / "valid" / f"{name}.inr").read_bytes())
    header = read_header(container)
    spec = header.spec
    assert isinstance(spec, NetworkSpec)
    sections = [
        Section(entry.tag, entry.item, container.read(entry.tag, entry.item))
        for entry in container.entries
        if entry.tag == b"SIGN"
    ]
    sections.append(model_section(spec, AUTO))
    for chunk in header.sounding:
        domain = header.domain(chunk)
        tiles = np.arange(spec.tiling(domain).count)
        weights = read_weights(container, header, tiles, chunk)
        tables = {}
        for tensor, values in weights.items():
            step = share * float(np.sqrt(np.square(values).mean()))
            table = SpreadTable.measure(values, step)
            if shape is not None:
                table = SpreadTable(table.exponent, shape, table.spread)
            tables[tensor] = table
        own = write_weights(spec, domain, quantized_by(weights, tables), 1 + chunk)
        shared = Scope.SHARED in spec.parameters(domain) and chunk != header.sounding[0]
        sections += [s for s in own if s.tag != b"SHAR" or not shared]
    return sections


def valid() -> dict[str, tuple[bytes, str]]:
    """Files that programs write."""
    return {
        "siren-steps": (build(_requantized("siren-rgb", FINE)), "whole numbers of steps"),
        "enrp-steps": (build(_requantized("enrp-rgb", FINE)), "whole numbers of steps in tiles"),
        "incode-steps": (build(_requantized("incode", FINE)), "steps of four scalars"),
        "local-global-steps": (
            build(_requantized("local-global", WIDE)),
            "steps that leave 0 and few other numbers",
        ),
        "audio-steps": (
            build(_requantized("audio-chunks", FINE)),
            "whole numbers of steps in chunks of tiles",
        ),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    """Files that are valid, but that no program need write."""
    return {
        "minr-steps": (build(_requantized("minr", FINE)), "whole numbers of steps that are shared"),
        "siren-steps-flat": (build(_requantized("siren-rgb", FINE, 2)), "flat tables"),
        "siren-steps-laplace": (build(_requantized("siren-rgb", WIDE, 1)), "Laplace's tables"),
        "siren-steps-finest": (
            build(_requantized("siren-rgb", FINEST)),
            "numbers whose lowest bits no table tells of",
        ),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Files that must be refused, with the error."""
    sections = _requantized("siren-rgb", FINE)
    sign, network, item = sections

    def with_table(place: int, value: int) -> bytes:
        payload = bytearray(item.payload)
        payload[place] = value
        return build([sign, network, Section(b"ITEM", 1, bytes(payload))])

    grid = Container((VECTORS / "valid" / "grid-gray.inr").read_bytes())
    other = [Section(e.tag, e.item, grid.read(e.tag, e.item)) for e in grid.entries]
    stepped = [Section(s.tag, 1, s.payload[:-1] + b"\2") if s.tag == b"NETW" else s for s in other]
    longer = Section(b"ITEM", 1, item.payload + b"\1\0\0\0")
    return {
        "siren-steps-shape": (with_table(1, 3), "MalformedError", "a table of no shape"),
        "siren-steps-spread": (with_table(2, 177), "MalformedError", "a table that is too wide"),
        "siren-steps-longer": (
            build([sign, network, longer]),
            "MalformedError",
            "a stream that goes on",
        ),
        "grid-steps": (build(stepped), "UnknownNumberError", "a grid with a precision of weights"),
    }
