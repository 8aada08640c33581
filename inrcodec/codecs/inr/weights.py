"""Writing and reading weights as sections by scope (`formats/inr-v1.md`, section 4).

Shared and item weights are one stream each after their tables (`SHAR`, `ITEM`). Tile weights are
a stream for each tile, end to end (`TILE`); their tables, lengths and checksums stand apart
(`TIDX`), so that a tile is found, read and checked without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import TAGS_OF_SCOPE, Domain, Scope
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.codecs.inr.networks import NetworkSpec, TensorSpec
from inrcodec.codecs.inr.quantization import Symbols
from inrcodec.container.sections import Container, Section
from inrcodec.container.tiles import TileIndex
from inrcodec.entropy import ExponentTable, TensorCoder, decode_stream, encode_stream
from inrcodec.errors import FormatError
from inrcodec.schema import Reader

__all__ = ["OnTileDamage", "read_scope", "read_tables", "read_weights", "write_weights"]

# Is told the number of a tile that is damaged, and how it is.
OnTileDamage = Callable[[int, FormatError], None]


def _owners(item: int) -> tuple[tuple[Scope, int], ...]:
    """Return the scopes that are one stream, and the item that their section belongs to."""
    return ((Scope.SHARED, 0), (Scope.ITEM, item))


def _in_scope(spec: NetworkSpec, domain: Domain, scope: Scope) -> list[TensorSpec]:
    return [tensor for tensor in spec.tensors(domain) if tensor.scope is scope]


def _read_coders(reader: Reader, tensors: Sequence[TensorSpec]) -> list[TensorCoder]:
    return [TensorCoder(ExponentTable.read(reader), tensor.size) for tensor in tensors]


def _with_tables(
    tensors: Sequence[TensorSpec], symbols: Symbols
) -> tuple[bytes, list[TensorCoder], list[npt.NDArray[np.uint16]]]:
    """Return the tables' bytes, the coders, and the symbols as (tiles or 1, size)."""
    flat = [symbols[tensor.name].reshape(-1, tensor.size) for tensor in tensors]
    tables = [ExponentTable.measure(patterns) for patterns in flat]
    coders = [TensorCoder(t, tensor.size) for t, tensor in zip(tables, tensors, strict=True)]
    return b"".join(table.to_bytes() for table in tables), coders, flat


def write_weights(
    spec: NetworkSpec, domain: Domain, symbols: Symbols, item: int = 1
) -> list[Section]:
    """Write the sections of all weights; each tensor's symbols are (tiles or 1, *shape)."""
    sections: list[Section] = []
    for scope, owner in _owners(item):
        tensors = _in_scope(spec, domain, scope)
        if tensors:
            tables, coders, flat = _with_tables(tensors, symbols)
            stream = encode_stream(coders, [patterns[0] for patterns in flat])
            sections.append(Section(TAGS_OF_SCOPE[scope][0], owner, tables + stream))
    tile_tensors = _in_scope(spec, domain, Scope.TILE)
    if tile_tensors:
        tables, coders, flat = _with_tables(tile_tensors, symbols)
        streams = [encode_stream(coders, tile) for tile in zip(*flat, strict=True)]
        index = TileIndex.of(streams)
        sections.append(Section(b"TIDX", item, tables + index.to_bytes()))
        sections.append(Section(b"TILE", item, b"".join(streams)))
    return sections


def read_scope(payload: bytes, spec: NetworkSpec, domain: Domain, scope: Scope) -> Symbols:
    """Read the symbols of shared or item weights, (1, *shape), from their section's payload."""
    tensors, reader = _in_scope(spec, domain, scope), Reader(payload)
    coders = _read_coders(reader, tensors)
    decoded = decode_stream(coders, reader.take(reader.remaining))
    return {
        tensor.name: patterns.reshape(1, *tensor.shape)
        for tensor, patterns in zip(tensors, decoded, strict=True)
    }


def read_tables(
    reader: Reader, spec: NetworkSpec, domain: Domain
) -> tuple[list[TensorSpec], list[TensorCoder]]:
    """Read the tables that a `TIDX` section begins with: the tensors of a tile and their coders."""
    tensors = _in_scope(spec, domain, Scope.TILE)
    return tensors, _read_coders(reader, tensors)


def read_weights(
    container: Container,
    header: Header,
    tiles: npt.NDArray[np.int64],
    chunk: int = 0,
    on_damage: OnTileDamage | None = None,
) -> Symbols:
    """Read the symbols of a chunk's weights and of some tiles', (len(tiles) or 1, *shape).

    Only those tiles' bytes are read. Raises `FormatError` where any of them is damaged; if
    `on_damage` is given, a tile that is damaged has weights of 0 instead, and it is told.
    """
    spec, domain, item = header.spec, header.domain(chunk), header.item + chunk
    assert isinstance(spec, NetworkSpec)
    symbols: Symbols = {}
    for scope, owner in _owners(item):
        if _in_scope(spec, domain, scope):
            payload = container.read(TAGS_OF_SCOPE[scope][0], owner)
            symbols |= read_scope(payload, spec, domain, scope)
    if not _in_scope(spec, domain, Scope.TILE):
        return symbols
    reader = Reader(container.read(b"TIDX", item))
    tile_tensors, coders = read_tables(reader, spec, domain)
    streams = open_streams(container, header, reader.take(reader.remaining), chunk)
    rows = []
    for tile in tiles.tolist():
        try:
            rows.append(decode_stream(coders, streams[tile]))
        except FormatError as error:
            if on_damage is None:
                raise
            on_damage(tile, error)
            rows.append([np.zeros(tensor.size, np.uint16) for tensor in tile_tensors])
    for tensor, column in zip(tile_tensors, zip(*rows, strict=True), strict=True):
        symbols[tensor.name] = np.stack(column).reshape(len(tiles), *tensor.shape)
    return symbols
