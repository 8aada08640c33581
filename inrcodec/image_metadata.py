"""What image files say beside their pixels, to blocks of metadata and back to files.

Nothing of it may stop an image. What is damaged, or cannot be held, is left out with a warning.
"""

from __future__ import annotations

import json
import re
import struct
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from PIL import Image, PngImagePlugin, TiffImagePlugin

from inrcodec.exif import (
    PREFIX,
    Tag,
    is_exif,
    read_tags,
    set_upright,
    tag_block,
    without_orientation,
    without_prefix,
)
from inrcodec.limits import out_of_memory
from inrcodec.signals import MAX_METADATA_BYTES, Metadata

__all__ = ["metadata_of", "save_options", "tiff_tags"]

_COMMENT = "comment"

_XMP_OF_PNG = "XML:com.adobe.xmp"
# EXIF and XMP as ImageMagick wrote them before PNG had a place for them.
_NO_TEXTS = (_XMP_OF_PNG, "Raw profile type exif", "Raw profile type APP1")
_TURNED_XMP = re.compile(rb'tiff:Orientation="[0-9]"|<tiff:Orientation>[0-9]</tiff:Orientation>')

_UNDEFINED, _BYTE, _TIFF_XMP, _TIFF_IPTC = 7, 1, 700, 33723
_X_RESOLUTION, _Y_RESOLUTION = 282, 283
# Photoshop's number of what it keeps IPTC records under; its marker in JPEG; and how far a block
# of one segment may go: two bytes are its length.
_IPTC_RESOURCE = 0x0404
_PHOTOSHOP = b"Photoshop 3.0\0"
_SEGMENT_BYTES = 65533
_MAX_DPI = 1e6

_NAMES = {
    "icc": "ICC profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "iptc": "IPTC",
    "resolution": "resolution",
    "tags": "texts",
}
# What each format holds, of those that hold anything. A comment is one of the texts.
_HELD: dict[str, frozenset[str]] = {
    "JPEG": frozenset(("icc", "exif", "xmp", "iptc", "resolution", _COMMENT)),
    "MPO": frozenset(("icc", "exif", "xmp", "iptc", "resolution", _COMMENT)),
    "PNG": frozenset(("icc", "exif", "xmp", "resolution", _COMMENT, "tags")),
    "WEBP": frozenset(("icc", "exif", "xmp")),
    "AVIF": frozenset(("icc", "exif", "xmp")),
    "TIFF": frozenset(("icc", "exif", "xmp", "iptc", "resolution")),
    "GIF": frozenset((_COMMENT,)),
    "JPEG2000": frozenset((_COMMENT,)),
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
    _COMMENT: _SEGMENT_BYTES,
}
_JPEG_MOST_DPI = 0xFFFF


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=6)


def metadata_of(image: Image.Image, turned: bool, tiff: bytes | None = None) -> Metadata:
    """The metadata of a loaded image, which is to be turned upright or not; `tiff` is its file, if
    that is one.

    Warns of what is damaged or cannot be kept.
    """
    blocks = {
        "icc": _icc(image),
        "exif": _exif(image) if tiff is None else _tiff_exif(tiff),
        "xmp": _xmp(image, turned),
        "iptc": _guarded("IPTC", _iptc, image),
        "resolution": _guarded("resolution", _resolution, image),
        "tags": _guarded("texts", _texts, image),
    }
    for kind, block in blocks.items():
        if len(block) > MAX_METADATA_BYTES:
            _warn(f"{_NAMES[kind]} of {len(block)} bytes is too long and left out")
            blocks[kind] = b""
    return Metadata(**blocks)


def _guarded(what: str, read: Any, image: Image.Image) -> bytes:
    """What reads a block, or a warning and nothing: files hold values of any type in any place."""
    try:
        block: bytes = read(image)
        return block
    except Exception as error:
        if out_of_memory(error):
            raise
        _warn(f"damaged {what} is left out")
        return b""


def _bytes(value: object, what: str) -> bytes:
    """A value as bytes, of the types that Pillow has blocks in."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if value:
        _warn(f"damaged {what} is left out")
    return b""


def _icc(image: Image.Image) -> bytes:
    icc = _bytes(image.info.get("icc_profile"), "ICC profile")
    if icc and image.mode == "CMYK":
        # It describes inks, and the image becomes RGB.
        _warn("CMYK becomes RGB without its ICC profile, which is left out")
        return b""
    return icc


def _exif(image: Image.Image) -> bytes:
    if "exif" in image.info:
        block = without_prefix(_bytes(image.info["exif"], "EXIF"))
        if block and not is_exif(block):
            _warn("damaged EXIF is left out")
            return b""
        return set_upright(block)
    return _guarded("EXIF", _parsed_exif, image)


def _tiff_exif(tiff: bytes) -> bytes:
    tags, faults = read_tags(tiff)
    if faults:
        _warn(f"{faults} damaged tags of EXIF are left out")
    return tag_block(tags)


def _parsed_exif(image: Image.Image) -> bytes:
    """The EXIF that Pillow finds elsewhere: in a text of a PNG, or the tags of a TIFF file."""
    tags = image.getexif()
    if not len(tags):
        return b""
    return tag_block(read_tags(without_prefix(tags.tobytes()))[0])


def _xmp(image: Image.Image, turned: bool) -> bytes:
    packet = _bytes(image.info.get("xmp") or image.info.get(_XMP_OF_PNG), "XMP")
    if any(b"http://ns.adobe.com/xmp/extension/" in s[:40] for _, s in _segments(image)):
        _warn("of XMP in several parts only the first is kept")
    return _TURNED_XMP.sub(b"", packet) if turned else packet


def _segments(image: Image.Image) -> Iterable[tuple[str, bytes]]:
    """The segments before the pixels of a JPEG file."""
    return getattr(image, "applist", ())


def _iptc(image: Image.Image) -> bytes:
    """IPTC records: of a JPEG file a resource of Photoshop's, of a TIFF file a tag."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        value = image.tag_v2.get(_TIFF_IPTC)
        if value is None:
            found = image.get_photoshop_blocks().get(_IPTC_RESOURCE)
            return found["data"] if found else b""
        if isinstance(value, bytes):
            return value
        # Photoshop declares the bytes to be 32-bit integers.
        words = value if isinstance(value, tuple) else (value,)
        order = "<" if image.tag_v2.prefix == b"II" else ">"
        return struct.pack(f"{order}{len(words)}I", *words)
    resources: dict[int, Any] = image.info.get("photoshop") or {}
    return bytes(resources.get(_IPTC_RESOURCE, b""))


def _resolution(image: Image.Image) -> bytes:
    dpi = image.info.get("dpi")
    if image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2):
        # Pillow has made it up, or taken it from EXIF.
        return b""
    if isinstance(image, TiffImagePlugin.TiffImageFile) and not (
        _X_RESOLUTION in image.tag_v2 and _Y_RESOLUTION in image.tag_v2
    ):
        return b""
    if dpi is None:
        return b""
    across, down = map(float, dpi)
    if across == down == 0:
        return b""
    return struct.pack("<2f", *_plausible(across, down))


def _plausible(across: float, down: float) -> tuple[float, float]:
    for dots in (across, down):
        # Of what is not a number, no comparison holds.
        if not 0 < dots <= _MAX_DPI:
            raise ValueError(f"{dots} dots per inch")
    return across, down


def _texts(image: Image.Image) -> bytes:
    texts: dict[str, str] = {}
    if isinstance(image, PngImagePlugin.PngImageFile):
        for name, text in image.text.items():
            if name not in _NO_TEXTS:
                texts[_COMMENT if name.lower() == _COMMENT else name] = str(text)
    elif comment := image.info.get("comment"):
        texts[_COMMENT] = _decoded(comment)
    kept = {name: text for name, text in texts.items() if text}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode() if kept else b""


def _decoded(comment: bytes | str) -> str:
    """A comment of unknown encoding."""
    if isinstance(comment, str):
        return comment
    comment = comment.rstrip(b"\0")
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


def tiff_tags(metadata: Metadata) -> list[Tag]:
    """EXIF, XMP and IPTC as what they are to a TIFF file: tags of its first directory."""
    tags: list[Tag] = []
    if metadata.exif:
        tags, faults = read_tags(metadata.exif, resolution=not metadata.resolution)
        if faults:
            _warn(f"{faults} damaged tags of EXIF are left out")
    if metadata.xmp:
        tags.append(Tag(_TIFF_XMP, _BYTE, metadata.xmp))
    if metadata.iptc:
        tags.append(Tag(_TIFF_IPTC, _UNDEFINED, metadata.iptc))
    return tags


def save_options(metadata: Metadata, name: str) -> dict[str, Any]:
    """Options for Pillow to write metadata with, in a format of that name; save what `tiff_tags`
    gives. Warns of what the format cannot hold."""
    held = _HELD.get(name, frozenset())
    texts = _parsed_texts(metadata.tags)
    dpi = _parsed_resolution(metadata.resolution)
    comment = texts.pop(_COMMENT, "") if "tags" not in held else ""
    kinds = [field.name for field in fields(metadata) if getattr(metadata, field.name)]
    lost = [_NAMES[kind] for kind in kinds if kind not in held | {"tags"}]
    lost += [_COMMENT] * bool(comment and _COMMENT not in held)
    if texts and "tags" not in held:
        lost.append(f"texts ({', '.join(sorted(texts))})")
    if lost:
        _warn(f"{name} cannot hold its {', '.join(lost)}: left out")
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
    if comment and _COMMENT in held:
        options["comment"] = comment.encode("utf-8", "replace")
    if name == "PNG":
        return options | _png_texts(options.pop("xmp", b""), texts)
    return _for_jpeg(options, metadata.iptc) if name in ("JPEG", "MPO") else options


def _png_texts(xmp: bytes, texts: Mapping[str, str]) -> dict[str, Any]:
    chunks = PngImagePlugin.PngInfo()
    if xmp:
        try:
            chunks.add_itxt(_XMP_OF_PNG, xmp.decode())
        except UnicodeDecodeError:
            _warn("XMP that is not UTF-8 is left out: PNG cannot hold it")
    lost = []
    for name, text in texts.items():
        try:
            # A keyword has 1 to 79 characters of Latin-1, and no zero byte; nor has the text.
            keyword = ("Comment" if name == _COMMENT else name).encode("latin-1")
            if not 0 < len(keyword) < 80 or b"\0" in keyword or "\0" in text:
                raise ValueError(name)
            chunks.add_text(keyword, text)
        except ValueError:
            lost.append(name)
    if lost:
        _warn(f"PNG cannot hold these texts: {', '.join(map(repr, lost))}")
    return {"pnginfo": chunks} if chunks.chunks else {}


def _for_jpeg(options: dict[str, Any], iptc: bytes) -> dict[str, Any]:
    """The options, less what is too long for JPEG's segments, with IPTC records as one of them."""
    blocks = {"icc": "icc_profile", "exif": "exif", "xmp": "xmp", _COMMENT: "comment"}
    for kind, option in blocks.items():
        most = _JPEG_BYTES[kind] + (len(PREFIX) if kind == "exif" else 0)
        if len(options.get(option, b"")) > most:
            length = len(options.pop(option))
            _warn(f"{_NAMES.get(kind, kind)} of {length} bytes is too long for JPEG and left out")
    if len(iptc) > _JPEG_BYTES["iptc"]:
        _warn(f"IPTC of {len(iptc)} bytes is too long for JPEG and left out")
    elif iptc:
        resource = b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + iptc
        segment = _PHOTOSHOP + resource + bytes(len(iptc) % 2)
        options["extra"] = b"\xff\xed" + struct.pack(">H", 2 + len(segment)) + segment
    if max(map(round, options.get("dpi", (1,)))) > _JPEG_MOST_DPI:
        del options["dpi"]
        _warn(f"JPEG holds at most {_JPEG_MOST_DPI} dots per inch: resolution is left out")
    return options


def _parsed_resolution(block: bytes) -> tuple[float, float] | None:
    if not block:
        return None
    try:
        return _plausible(*struct.unpack("<2f", block))
    except (struct.error, ValueError):
        _warn("a damaged resolution is left out")
        return None


def _parsed_texts(block: bytes) -> dict[str, str]:
    try:
        found = json.loads(block or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        _warn("damaged texts are left out")
        return {}
    # Half a pair of surrogates, which JSON can escape, is in no encoding.
    return {
        name.encode(errors="replace").decode(): text.encode(errors="replace").decode()
        for name, text in found.items()
    }
