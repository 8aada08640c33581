"""Writing and reading weights as sections by scope (`formats/inr-v1.md`, section 4).

Shared and item weights are one stream each after their tables (`SHAR`, `ITEM`). Tile weights are
a stream for each tile, end to end (`TILE`); their tables, lengths and checksums stand apart
(`TIDX`), so that a tile is found, read and checked without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import TAGS_OF_SCOPE, Domain, Precision, Scope
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.codecs.inr.networks import NetworkSpec, TensorSpec
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.quantization import TABLES, Quantized, Table, Weights, dequantized
from inrcodec.container.sections import Container, Section
from inrcodec.container.tiles import TileIndex, TileStreams
from inrcodec.entropy import Coder, decode_stream, encode_stream
from inrcodec.errors import FormatError, MalformedError
from inrcodec.schema import Reader

__all__ = [
    "OnTileDamage",
    "read_scope",
    "read_tables",
    "read_weights",
    "tables_of_scope",
    "write_weights",
]

Values = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# Weights of tiles that are decoded together, for which much more is held than for the result.
_AT_ONCE = 1 << 18

# Is told the number of a tile that is damaged, and how it is.
OnTileDamage = Callable[[int, FormatError], None]


def _owners(item: int) -> tuple[tuple[Scope, int], ...]:
    """Return the scopes that are one stream, and the item that their section belongs to."""
    return ((Scope.SHARED, 0), (Scope.ITEM, item))


def _in_scope(spec: NetworkSpec, domain: Domain, scope: Scope) -> list[TensorSpec]:
    return [tensor for tensor in spec.tensors(domain) if tensor.scope is scope]


def _read_tables(
    reader: Reader, tensors: Sequence[TensorSpec], precision: Precision
) -> list[Table]:
    read = TABLES[precision.number]
    return [read(reader) for _ in tensors]


def _starts(
    tables: Mapping[str, Table],
    spec: NetworkSpec,
    domain: Domain,
    precision: Precision,
    tiles: Indices | None = None,
) -> dict[str, Values]:
    """Return the starts that some tables are from; `MalformedError` where one has none."""
    needed = {name for name, table in tables.items() if table.from_start}
    if not needed:
        return {}
    starts = kept_starts(spec, domain, precision.start, tiles)
    if unknown := sorted(needed - set(starts)):
        raise MalformedError(f"tensor {unknown[0]} is told by a start that it does not have")
    return starts


def _coders(tables: Sequence[Table], tensors: Sequence[TensorSpec]) -> list[Coder]:
    return [table.coder(t.size) for table, t in zip(tables, tensors, strict=True)]


def _with_tables(
    tensors: Sequence[TensorSpec], weights: Quantized
) -> tuple[bytes, list[Coder], list[npt.NDArray[Any]]]:
    """Return the tables' bytes, the coders, and the symbols as (tiles or 1, size)."""
    flat = [weights.symbols[tensor.name].reshape(-1, tensor.size) for tensor in tensors]
    tables = [weights.tables[tensor.name] for tensor in tensors]
    return b"".join(table.to_bytes() for table in tables), _coders(tables, tensors), flat


def write_weights(
    spec: NetworkSpec, domain: Domain, weights: Quantized, item: int = 1
) -> list[Section]:
    """Write the sections of all weights; each tensor's symbols are (tiles or 1, *shape)."""
    sections: list[Section] = []
    for scope, owner in _owners(item):
        tensors = _in_scope(spec, domain, scope)
        if tensors:
            tables, coders, flat = _with_tables(tensors, weights)
            stream = encode_stream(coders, [patterns[0] for patterns in flat])
            sections.append(Section(TAGS_OF_SCOPE[scope][0], owner, tables + stream))
    tile_tensors = _in_scope(spec, domain, Scope.TILE)
    if tile_tensors:
        tables, coders, flat = _with_tables(tile_tensors, weights)
        streams = [encode_stream(coders, tile) for tile in zip(*flat, strict=True)]
        index = TileIndex.of(streams)
        sections.append(Section(b"TIDX", item, tables + index.to_bytes()))
        sections.append(Section(b"TILE", item, b"".join(streams)))
    return sections


def read_scope(
    payload: bytes, spec: NetworkSpec, domain: Domain, scope: Scope, precision: Precision
) -> Weights:
    """Read the shared or item weights, (1, *shape), from their section's payload."""
    tensors, reader = _in_scope(spec, domain, scope), Reader(payload)
    tables = _read_tables(reader, tensors, precision)
    decoded = decode_stream(_coders(tables, tensors), reader.take(reader.remaining))
    by_name = {tensor.name: table for tensor, table in zip(tensors, tables, strict=True)}
    starts = _starts(by_name, spec, domain, precision, np.zeros(0, np.int64))
    found: Weights = {}
    for tensor in tensors:
        # Symbols go as weights come.
        name, rows = tensor.name, decoded.pop(0).reshape(1, *tensor.shape)
        found[name] = dequantized(name, rows, by_name[name], starts.get(name))
    return found


def tables_of_scope(
    payload: bytes, spec: NetworkSpec, domain: Domain, scope: Scope, precision: Precision
) -> dict[str, Table]:
    """Read the tables of the shared or item weights from their section's payload."""
    tensors = _in_scope(spec, domain, scope)
    tables = _read_tables(Reader(payload), tensors, precision)
    return {tensor.name: table for tensor, table in zip(tensors, tables, strict=True)}


def read_tables(
    reader: Reader, spec: NetworkSpec, domain: Domain, precision: Precision
) -> tuple[list[TensorSpec], list[Table]]:
    """Read the tables that a `TIDX` section begins with, and the tensors of a tile."""
    tensors = _in_scope(spec, domain, Scope.TILE)
    return tensors, _read_tables(reader, tensors, precision)


def read_weights(
    container: Container,
    header: Header,
    tiles: npt.NDArray[np.int64],
    chunk: int = 0,
    on_damage: OnTileDamage | None = None,
) -> Weights:
    """Read a chunk's weights and those of some tiles, (len(tiles) or 1, *shape).

    Only those tiles' bytes are read. Raises `FormatError` where any of them is damaged; if
    `on_damage` is given, a tile that is damaged has weights of 0 instead, and it is told.
    """
    spec, domain, item = header.spec, header.domain(chunk), header.item + chunk
    assert isinstance(spec, NetworkSpec)
    weights: Weights = {}
    for scope, owner in _owners(item):
        if _in_scope(spec, domain, scope):
            payload = container.read(TAGS_OF_SCOPE[scope][0], owner)
            weights |= read_scope(payload, spec, domain, scope, header.precision)
    if not _in_scope(spec, domain, Scope.TILE):
        return weights
    reader = Reader(container.read(b"TIDX", item))
    tile_tensors, tables = read_tables(reader, spec, domain, header.precision)
    coders = _coders(tables, tile_tensors)
    streams = open_streams(container, header, reader.take(reader.remaining), chunk)
    by_name = {t.name: table for t, table in zip(tile_tensors, tables, strict=True)}
    for tensor in tile_tensors:
        weights[tensor.name] = np.empty((len(tiles), *tensor.shape), np.float32)
    together = max(1, _AT_ONCE // sum(tensor.size for tensor in tile_tensors))
    for first in range(0, len(tiles), together):
        some = tiles[first : first + together]
        symbols, damaged = _symbols_of(streams, coders, some, on_damage)
        starts = _starts(by_name, spec, domain, header.precision, some)
        for tensor, rows in zip(tile_tensors, symbols, strict=True):
            name, shaped = tensor.name, rows.reshape(len(some), *tensor.shape)
            own = dequantized(name, shaped, by_name[name], starts.get(name))
            own[damaged] = 0
            weights[name][first : first + together] = own
    return weights


def _symbols_of(
    streams: TileStreams, coders: Sequence[Coder], tiles: Indices, on_damage: OnTileDamage | None
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[np.bool_]]:
    """Return the symbols of some tiles, (tiles, size) for each tensor, and which are damaged."""
    rows, damaged = [], np.zeros(len(tiles), bool)
    for row, tile in enumerate(tiles.tolist()):
        try:
            rows.append(decode_stream(coders, streams[tile]))
        except FormatError as error:
            if on_damage is None:
                raise
            on_damage(tile, error)
            damaged[row] = True
            rows.append([np.zeros(coder.size, np.uint16) for coder in coders])
    return [np.stack(column) for column in zip(*rows, strict=True)], damaged
