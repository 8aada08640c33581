"""Information of a file before anything is decoded: from its headers only, without torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from inrcodec.codecs.headers import Header, precision_name
from inrcodec.codecs.registry import read_header
from inrcodec.container.names import read_names
from inrcodec.container.sections import VERSION, Container
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Region

__all__ = ["in_words", "inform", "shape_in_words"]


def inform(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    with Container(source) as container:
        names = read_names(container)
        items, infos = [], []
        for item, name in names.items():
            header = read_header(container, item)
            items.append(_item(container, header, name))
            infos.append(header.shown)
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
            **_rates(8 * container.size, infos),
            "items": items,
            "sections": sections,
        }


def _rates(bits: int, infos: Sequence[SignalInfo]) -> dict[str, float]:
    """Bits per pixel of a file of images, kilobits a second of one of audio."""
    extents: dict[str, float] = {}
    for info in infos:
        name, extent = info.extent
        extents[name] = extents.get(name, 0.0) + extent
    if len(extents) > 1:
        return {}
    return {name: bits / extent for name, extent in extents.items()}


def _item(container: Container, header: Header, name: str) -> dict[str, Any]:
    info = header.shown
    return {
        "item": header.item,
        "name": name or None,
        "kind": info.kind,
        "model": header.spec.name,
        **info.fields(),
        "channels": info.channels,
        "bits_per_sample": info.sample_bits,
        "parameters": header.parameters,
        "bytes": sum(entry.length for entry in container.owned(header.item)),
        "network": header.spec.described(),
        **({} if header.spec.max_error is None else {"max_error": header.spec.max_error}),
        **({"precision": precision_name(header)} if len(header.spec.precisions) > 1 else {}),
        **({"prior": prior} if (prior := header.precision.start.prior) else {}),
        **({} if header.crop is None else {"crop": _crop(header, header.crop.visible)}),
    }


def _crop(header: Header, visible: Region) -> dict[str, Any]:
    """Return where a crop lies in which signal."""
    spans = zip(visible.start, visible.length, strict=True)
    return {"spans": [list(span) for span in spans], "of": header.info.fields()}


def in_words(network: Mapping[str, Any]) -> str:
    """List the fields of a model: `width 8, depth 1, angles 1,2`."""
    return ", ".join(f"{name} {_shown(value)}" for name, value in network.items())


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ",".join(f"{v:g}" for v in value) or "none"
    return f"{value:g}"


def shape_in_words(fields: Mapping[str, Any]) -> str:
    """Tell an item's size and samples: `768×512, 3 × 8 bit`."""
    channels = fields["channels"]
    if "rate" in fields:
        chunks = f", {fields['chunks']} chunks" if fields["chunks"] > 1 else ""
        length = f"{fields['seconds']:.2f} s at {fields['rate']} Hz"
        return f"{length}, {channels} × {fields['sample_type']}{chunks}"
    return f"{fields['width']}×{fields['height']}, {channels} × {fields['bits_per_sample']} bit"
