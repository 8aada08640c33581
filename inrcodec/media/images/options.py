"""Blocks of metadata, to what Pillow and TIFF files are to be given to write them.

Nothing of it may stop an image. What is damaged, or a format cannot hold, is left out with a
warning.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from PIL import PngImagePlugin

from inrcodec.media.images.exif import (
    PREFIX,
    Tag,
    has_resolution,
    is_exif,
    read_tags,
    without_orientation,
)
from inrcodec.media.images.metadata import (
    COLOR_CHUNKS,
    COMMENT,
    IPTC_RESOURCE,
    KIND_NAMES,
    TIFF_IPTC,
    XMP_OF_PNG,
    plausible,
    warn,
)
from inrcodec.signal import Metadata

__all__ = ["pillow_info", "png_chunks", "save_options", "tiff_tags"]

_BYTE, _UNDEFINED = 1, 7
_TIFF_XMP = 700
_PHOTOSHOP = b"Photoshop 3.0\0"
# Of a JPEG segment: two bytes are its length.
_SEGMENT_BYTES = 65533

# What each format holds, of those that hold anything. A comment is one of the texts.
_HELD: dict[str, frozenset[str]] = {
    "JPEG": frozenset(("icc", "exif", "xmp", "iptc", "resolution", COMMENT)),
    "MPO": frozenset(("icc", "exif", "xmp", "iptc", "resolution", COMMENT)),
    "PNG": frozenset(("icc", "exif", "xmp", "resolution", COMMENT, "tags", *COLOR_CHUNKS)),
    "WEBP": frozenset(("icc", "exif", "xmp")),
    "AVIF": frozenset(("icc", "exif", "xmp")),
    "TIFF": frozenset(("icc", "exif", "xmp", "iptc", "resolution")),
    "GIF": frozenset((COMMENT,)),
    "JPEG2000": frozenset((COMMENT,)),
    "BMP": frozenset(("resolution",)),
    "DIB": frozenset(("resolution",)),
}
# Bytes that fit into one segment of a JPEG file, behind the name of what it is; of an ICC profile,
# into 255 segments.
_JPEG_BYTES = {
    "icc": 255 * (_SEGMENT_BYTES - 14),
    "exif": _SEGMENT_BYTES - len(PREFIX),
    "xmp": _SEGMENT_BYTES - 29,
    "iptc": _SEGMENT_BYTES - len(_PHOTOSHOP) - 12 - 1,
    COMMENT: _SEGMENT_BYTES,
}
_JPEG_MOST_DPI = 0xFFFF
# Of the names of texts, in warnings.
_MOST_SHOWN = 5
_SHOWN_LENGTH = 79


def tiff_tags(metadata: Metadata) -> list[Tag]:
    """EXIF, XMP and IPTC as what they are to a TIFF file: tags of its first directory."""
    tags: list[Tag] = []
    if is_exif(metadata.exif):
        tags, faults = read_tags(metadata.exif, resolution=not metadata.resolution)
        if faults:
            warn(f"{faults} damaged tags of EXIF are left out")
    if metadata.xmp:
        tags.append(Tag(_TIFF_XMP, _BYTE, metadata.xmp))
    if metadata.iptc:
        tags.append(Tag(TIFF_IPTC, _UNDEFINED, metadata.iptc))
    return tags


def png_chunks(metadata: Metadata) -> dict[bytes, bytes]:
    """The chunks of a PNG file that Pillow does not write, by name. Warns of what is damaged."""
    found: dict[bytes, bytes] = {}
    for kind, (name, length) in COLOR_CHUNKS.items():
        block = getattr(metadata, kind)
        if len(block) == length:
            found[name] = block
        elif block:
            warn(f"damaged {KIND_NAMES[kind]} is left out")
    return found


def pillow_info(metadata: Metadata) -> tuple[dict[str, Any], dict[str, str]]:
    """Metadata as Pillow's plugins give it: the `info` of an image, and its texts by name."""
    info: dict[str, Any] = {}
    if metadata.icc:
        info["icc_profile"] = metadata.icc
    if metadata.exif and not is_exif(metadata.exif):
        warn("damaged EXIF is left out")
    elif metadata.exif:
        info["exif"] = PREFIX + metadata.exif
    if metadata.xmp:
        info["xmp"] = metadata.xmp
    if metadata.iptc:
        info["photoshop"] = {IPTC_RESOURCE: metadata.iptc}
    dpi = _parsed_resolution(metadata.resolution)
    if dpi is not None:
        info["dpi"] = dpi
    texts = _parsed_texts(metadata.tags)
    if texts.get(COMMENT):
        info["comment"] = texts[COMMENT].encode()
    return info, texts


def save_options(metadata: Metadata, name: str) -> dict[str, Any]:
    """Options for Pillow to write metadata with, in a format of that name; save what `tiff_tags`
    gives. Warns of what the format cannot hold."""
    if metadata.exif and not is_exif(metadata.exif):
        warn("damaged EXIF is left out")
        metadata = replace(metadata, exif=b"")
    held = _HELD.get(name, frozenset())
    texts = _parsed_texts(metadata.tags)
    dpi = _parsed_resolution(metadata.resolution)
    comment = texts.pop(COMMENT, "") if "tags" not in held else ""
    kinds = [field.name for field in fields(metadata) if getattr(metadata, field.name)]
    if "exif" in held and has_resolution(metadata.exif):
        # It is held there.
        kinds = [kind for kind in kinds if kind != "resolution"]
    lost = [KIND_NAMES[kind] for kind in kinds if kind not in held | {"tags"}]
    lost += [COMMENT] * bool(comment and COMMENT not in held)
    if texts and "tags" not in held:
        lost.append(f"texts ({_listed(texts)})")
    if lost:
        warn(f"{name} cannot hold its {', '.join(lost)}: left out")
    options: dict[str, Any] = {}
    if metadata.icc and "icc" in held:
        options["icc_profile"] = metadata.icc
    if dpi is not None and "resolution" in held:
        options["dpi"] = dpi
    if name == "TIFF":
        return options
    if metadata.exif and "exif" in held:
        # Pillow would write the block anew for AVIF, whose orientation stands elsewhere.
        block = without_orientation(metadata.exif) if name == "AVIF" else metadata.exif
        options["exif"] = PREFIX + block
    if metadata.xmp and "xmp" in held:
        options["xmp"] = metadata.xmp
    if comment and COMMENT in held:
        options["comment"] = comment.encode("utf-8", "replace")
    if name == "PNG":
        return options | _png_texts(options.pop("xmp", b""), texts)
    return _for_jpeg(options, metadata.iptc) if name in ("JPEG", "MPO") else options


def _png_texts(xmp: bytes, texts: Mapping[str, str]) -> dict[str, Any]:
    chunks = PngImagePlugin.PngInfo()
    if xmp:
        try:
            chunks.add_itxt(XMP_OF_PNG, xmp.decode())
        except UnicodeDecodeError:
            warn("XMP that is not UTF-8 is left out: PNG cannot hold it")
    lost = []
    for name, text in texts.items():
        try:
            # A keyword has 1 to 79 characters of Latin-1, and no zero byte; nor has the text.
            keyword = ("Comment" if name == COMMENT else name).encode("latin-1")
            if not 0 < len(keyword) < 80 or b"\0" in keyword or "\0" in text:
                raise ValueError(name)
            chunks.add_text(keyword, text)
        except ValueError:
            lost.append(name)
    if lost:
        warn(f"PNG cannot hold these texts: {_listed(lost)}")
    return {"pnginfo": chunks} if chunks.chunks else {}


def _for_jpeg(options: dict[str, Any], iptc: bytes) -> dict[str, Any]:
    """The options, less what is too long for JPEG's segments, with IPTC records as one of them."""
    blocks = {"icc": "icc_profile", "exif": "exif", "xmp": "xmp", COMMENT: "comment"}
    for kind, option in blocks.items():
        most = _JPEG_BYTES[kind] + (len(PREFIX) if kind == "exif" else 0)
        if len(options.get(option, b"")) > most:
            length = len(options.pop(option))
            warn(
                f"{KIND_NAMES.get(kind, kind)} of {length} bytes is too long for JPEG and left out"
            )
    if len(iptc) > _JPEG_BYTES["iptc"]:
        _warn_of_length(KIND_NAMES["iptc"], len(iptc))
    elif iptc:
        resource = b"8BIM" + struct.pack(">HHI", IPTC_RESOURCE, 0, len(iptc)) + iptc
        segment = _PHOTOSHOP + resource + bytes(len(iptc) % 2)
        options["extra"] = b"\xff\xed" + struct.pack(">H", 2 + len(segment)) + segment
    if max(map(round, options.get("dpi", (1,)))) > _JPEG_MOST_DPI:
        del options["dpi"]
        warn(f"JPEG holds at most {_JPEG_MOST_DPI} dots per inch: resolution is left out")
    return options


def _warn_of_length(what: str, length: int) -> None:
    warn(f"{what} of {length} bytes is too long for JPEG and left out")


def _listed(names: Iterable[str]) -> str:
    """Names that may be long, many and of any characters."""
    ordered = sorted(names)
    shown = ", ".join(repr(name[:_SHOWN_LENGTH]) for name in ordered[:_MOST_SHOWN])
    return shown + " and more" * (len(ordered) > _MOST_SHOWN)


def _parsed_resolution(block: bytes) -> tuple[float, float] | None:
    if not block:
        return None
    try:
        return plausible(*struct.unpack("<2f", block))
    except (struct.error, ValueError):
        warn("a damaged resolution is left out")
        return None


def _parsed_texts(block: bytes) -> dict[str, str]:
    try:
        found = json.loads(block or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        warn("damaged texts are left out")
        return {}
    # Half a pair of surrogates, which JSON can escape, is in no encoding.
    return {
        name.encode(errors="replace").decode(): text.encode(errors="replace").decode()
        for name, text in found.items()
    }
