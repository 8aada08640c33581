"""Weights that are whole numbers of steps: files of them in `vectors/`, made of others there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from inrcodec.codecs.base import AUTO, Precision, Scope, Start
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.quantization import quantized_by
from inrcodec.codecs.inr.weights import read_weights, write_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build
from inrcodec.schema import uint_bytes
from inrcodec.spreads import SpreadTable

VECTORS = Path(__file__).parent / "vectors"
# The step beside the root mean square of a tensor's weights.
FINE, WIDE, FINEST = 0.04, 0.5, 1e-5
# A start, and one that takes more than one byte.
START, FAR_START = 3, 2**32 - 1


def _requantized(
    name: str, share: float, shape: int | None = None, start: int | None = None
) -> list[Section]:
    """The sections of a file, its weights at other steps; in tables of a shape, or of differences
    to a start where there may be such, if one is given."""
    container = Container((VECTORS / "valid" / f"{name}.inr").read_bytes())
    header = read_header(container)
    spec = header.spec
    assert isinstance(spec, NetworkSpec)
    sections = [
        Section(entry.tag, entry.item, container.read(entry.tag, entry.item))
        for entry in container.entries
        if entry.tag == b"SIGN"
    ]
    sections.append(model_section(spec, Precision(AUTO, Start(start or 0))))
    for chunk in header.sounding:
        domain = header.domain(chunk)
        tiles = np.arange(spec.tiling(domain).count)
        weights = read_weights(container, header, tiles, chunk)
        starts = {} if start is None else kept_starts(spec, domain, Start(start))
        tables = {}
        for tensor, values in weights.items():
            step = share * float(np.sqrt(np.square(values).mean()))
            table = SpreadTable.measure(values - starts.get(tensor, np.float32(0)), step)
            if shape is not None:
                table = SpreadTable(table.exponent, shape, table.spread)
            tables[tensor] = replace(table, from_start=tensor in starts)
        own = write_weights(spec, domain, quantized_by(weights, tables, starts), 1 + chunk)
        shared = Scope.SHARED in spec.parameters(domain) and chunk != header.sounding[0]
        sections += [s for s in own if s.tag != b"SHAR" or not shared]
    return sections


def _with_start(network: Section, start: bytes) -> Section:
    """A `NETW` section with other bytes in place of its start, which is one byte."""
    return Section(network.tag, network.item, network.payload[:-1] + start)


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
        "siren-start": (build(_requantized("siren-rgb", FINE, start=START)), "changes of a start"),
        "enrp-start": (
            build(_requantized("enrp-rgb", FINE, start=START)),
            "changes of a start in tiles",
        ),
        "local-global-start": (
            build(_requantized("local-global", FINE, start=FAR_START)),
            "changes of the last start there is",
        ),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    """Files that are valid, but that no program need write."""
    return {
        "minr-start": (
            build(_requantized("minr", FINE, start=START)),
            "changes of a start, beside weights that are shared",
        ),
        "loe-start": (build(_requantized("loe", FINE, start=START)), "changes of many matrices"),
        "audio-start": (
            build(_requantized("audio-chunks", FINE, start=START)),
            "changes of a start in chunks of tiles",
        ),
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
    stepped = [
        Section(s.tag, 1, s.payload[:-1] + b"\2\0") if s.tag == b"NETW" else s for s in other
    ]
    longer = Section(b"ITEM", 1, item.payload + b"\1\0\0\0")
    return {
        "siren-steps-shape": (with_table(1, 3), "MalformedError", "a table of no shape"),
        "siren-steps-spread": (with_table(2, 177), "MalformedError", "a table that is too wide"),
        "siren-start-of-a-matrix": (
            with_table(7, 4),
            "MalformedError",
            "changes of a start that is not known",
        ),
        "siren-start-too-late": (
            build([sign, _with_start(network, uint_bytes(2**32)), item]),
            "MalformedError",
            "a start that there is not",
        ),
        "siren-start-missing": (
            build([sign, _with_start(network, b""), item]),
            "TruncatedError",
            "no start",
        ),
        "siren-steps-longer": (
            build([sign, network, longer]),
            "MalformedError",
            "a stream that goes on",
        ),
        "grid-steps": (build(stepped), "UnknownNumberError", "a grid with a precision of weights"),
    }
