"""What a file says of itself before anything is decoded: reads its headers only, without torch."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from inrcodec.container.headers import read_header
from inrcodec.container.sections import VERSION, Container
from inrcodec.networks import ModelSpec
from inrcodec.networks.activations import activation

__all__ = ["inform"]


def inform(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    with Container(source) as container:
        header = read_header(container)
        pixels = header.format.width * header.format.height
        sections = [
            {
                "tag": entry.tag.decode("ascii"),
                "item": entry.item,
                "bytes": entry.length,
                "critical": entry.critical,
            }
            for entry in container.entries
        ]
        return {
            "format": f"inr {VERSION}",
            "kind": header.format.name,
            "model": header.spec.name,
            "width": header.format.width,
            "height": header.format.height,
            "channels": header.format.channels,
            "bits_per_sample": header.format.bits_per_sample,
            "items": len(container.items),
            "parameters": header.parameters,
            "bytes": container.size,
            "bits_per_pixel": 8 * container.size / pixels,
            "network": _described(header.spec),
            "sections": sections,
        }


def _described(spec: ModelSpec) -> dict[str, Any]:
    """A spec's fields, with names in place of numbers."""
    fields = spec.fields()
    if "activation" in fields:
        fields["activation"] = activation(fields["activation"]).name
    return fields
