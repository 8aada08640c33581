"""What a file says of itself before anything is decoded: reads its headers only, without torch."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from inrcodec.container.headers import read_header
from inrcodec.container.names import read_names
from inrcodec.container.sections import VERSION, Container
from inrcodec.networks import ModelSpec
from inrcodec.networks.activations import activation

__all__ = ["inform"]


def inform(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    with Container(source) as container:
        items = [_item(container, item, name) for item, name in read_names(container).items()]
        pixels = sum(item["width"] * item["height"] for item in items)
        sections = [
            {
                "tag": entry.tag.decode("ascii"),
                "item": entry.item,
                "bytes": entry.length,
                "critical": entry.critical,
            }
            for entry in container.entries
        ]
        # Of a file of one picture its fields stand at the top, too.
        one = items[0] if len(items) == 1 else {}
        return {
            **one,
            "format": f"inr {VERSION}",
            "bytes": container.size,
            "bits_per_pixel": 8 * container.size / pixels,
            "items": items,
            "sections": sections,
        }


def _item(container: Container, item: int, name: str) -> dict[str, Any]:
    header = read_header(container, item)
    return {
        "item": item,
        "name": name or None,
        "kind": header.format.name,
        "model": header.spec.name,
        "width": header.format.width,
        "height": header.format.height,
        "channels": header.format.channels,
        "bits_per_sample": header.format.bits_per_sample,
        "parameters": header.parameters,
        "bytes": sum(entry.length for entry in container.entries if entry.item == item),
        "network": _described(header.spec),
    }


def _described(spec: ModelSpec) -> dict[str, Any]:
    """A spec's fields, with names in place of numbers."""
    fields = spec.fields()
    if "activation" in fields:
        fields["activation"] = activation(fields["activation"]).name
    return fields
