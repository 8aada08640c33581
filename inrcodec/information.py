"""What a file says of itself before anything is decoded: reads its headers only, without torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from inrcodec.codecs.headers import Header, read_header
from inrcodec.codecs.inr.networks import ModelSpec
from inrcodec.codecs.inr.networks.activations import activation
from inrcodec.container.names import read_names
from inrcodec.container.sections import VERSION, Container
from inrcodec.signal import AudioInfo, ImageInfo, SignalInfo

__all__ = ["described_fields", "inform"]


def inform(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    with Container(source) as container:
        names = read_names(container)
        items, formats = [], []
        for item, name in names.items():
            header = read_header(container, item)
            items.append(_item(container, header, name))
            formats.append(header.info)
        sections = [
            {
                "tag": entry.tag.decode("ascii"),
                "item": entry.item,
                "bytes": entry.length,
                "critical": entry.critical,
            }
            for entry in container.entries
        ]
        # Of a file of one signal its fields stand at the top, too.
        one = items[0] if len(items) == 1 else {}
        return {
            **one,
            "format": f"inr {VERSION}",
            "bytes": container.size,
            **_rates(8 * container.size, formats),
            "items": items,
            "sections": sections,
        }


def _rates(bits: int, formats: Sequence[SignalInfo]) -> dict[str, float]:
    """Bits per pixel of a file of images, kilobits a second of one of audio signals."""
    pixels = sum(f.height * f.width for f in formats if isinstance(f, ImageInfo))
    seconds = sum(f.seconds for f in formats if isinstance(f, AudioInfo))
    if pixels and seconds:
        return {}
    return {"bits_per_pixel": bits / pixels} if pixels else {"kbps": bits / seconds / 1000}


def _shape(info: SignalInfo) -> dict[str, Any]:
    """What only images, or only audio signals, have."""
    if isinstance(info, ImageInfo):
        return {"width": info.width, "height": info.height}
    return {
        "frames": info.frames,
        "rate": info.rate,
        "seconds": info.seconds,
        "sample_type": info.sample_type.name.lower(),
        "chunks": info.chunks.count,
        "overlap": info.overlap,
    }


def _item(container: Container, header: Header, name: str) -> dict[str, Any]:
    info = header.info
    return {
        "item": header.item,
        "name": name or None,
        "kind": info.name,
        "model": header.spec.name,
        **_shape(info),
        "channels": info.channels,
        "bits_per_sample": info.bits_per_sample,
        "parameters": header.parameters,
        "bytes": sum(entry.length for entry in container.owned(header.item)),
        "network": described_fields(header.spec),
    }


def described_fields(spec: ModelSpec) -> dict[str, Any]:
    """A spec's fields, with names in place of numbers."""
    fields = spec.fields()
    if "activation" in fields:
        fields["activation"] = activation(fields["activation"]).name
    return fields
