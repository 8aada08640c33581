"""Metadata of image files: what they say beside their pixels, as blocks.

Nothing of it may stop an image. What is damaged, or cannot be held, is left out with a warning.
"""

from __future__ import annotations

import json
import re
import struct
import warnings
from collections.abc import Iterable
from typing import Any

from PIL import Image, TiffImagePlugin

from inrcodec.limits import out_of_memory
from inrcodec.media.images.chunks import SIGNATURE, leading
from inrcodec.media.images.exif import (
    is_exif,
    read_tags,
    set_upright,
    tag_block,
    tag_bytes,
    without_prefix,
)
from inrcodec.signal import Metadata
from inrcodec.signal.source import MAX_METADATA_BYTES

__all__ = [
    "COLOR_CHUNKS",
    "COMMENT",
    "IPTC_RESOURCE",
    "KIND_NAMES",
    "TIFF_IPTC",
    "XMP_OF_PNG",
    "color_chunks",
    "metadata_of",
    "plausible",
    "warn",
    "xmp_orientation",
]

COMMENT = "comment"

XMP_OF_PNG = "XML:com.adobe.xmp"
# EXIF and XMP as ImageMagick wrote them before PNG had a place for them.
_NO_TEXTS = (XMP_OF_PNG, "Raw profile type exif", "Raw profile type APP1")
_XMP_ORIENTATION = re.compile(
    rb'tiff:Orientation="([0-9])"|<tiff:Orientation>([0-9])</tiff:Orientation>'
)

TIFF_IPTC = 33723
_BYTE, _UNDEFINED = 1, 7
_X_RESOLUTION, _Y_RESOLUTION = 282, 283
# Photoshop's number of what it keeps IPTC records under.
IPTC_RESOURCE = 0x0404
_MAX_DPI = 1e6

KIND_NAMES = {
    "icc": "ICC profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "iptc": "IPTC",
    "resolution": "resolution",
    "tags": "texts",
    "cicp": "cICP",
    "mdcv": "mDCV",
    "clli": "cLLI",
}
# Chunks of PNG files that say what colors are and how bright, and how long they are: kept as they
# are (PNG, third edition, sections 11.3.2.6 to 11.3.2.8).
COLOR_CHUNKS = {"cicp": (b"cICP", 4), "mdcv": (b"mDCV", 24), "clli": (b"cLLI", 8)}


def warn(text: str) -> None:
    """Tell of what is left out."""
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
        # Photoshop declares the tag to be integers, which is not to be believed.
        "iptc": (tiff and tag_bytes(tiff, TIFF_IPTC)) or _guarded("IPTC", _iptc, image),
        "resolution": _guarded("resolution", _resolution, image),
        "tags": _guarded("texts", _texts, image),
    }
    for kind, block in blocks.items():
        if len(block) > MAX_METADATA_BYTES:
            warn(f"{KIND_NAMES[kind]} of {len(block)} bytes is too long and left out")
            blocks[kind] = b""
    return Metadata(**blocks)


def color_chunks(file: bytes) -> dict[str, bytes]:
    """The chunks on colors of a PNG file, which Pillow does not read, by kinds of metadata; none of
    files of other formats. Warns of what is damaged."""
    if not file.startswith(SIGNATURE):
        return {}
    kinds = {name: (kind, length) for kind, (name, length) in COLOR_CHUNKS.items()}
    found: dict[str, bytes] = {}
    for chunk in leading(file, kinds):
        kind, length = kinds[chunk.name]
        if chunk.intact and len(chunk.payload) == length:
            # Of several, which there must not be, the first is what readers take.
            found.setdefault(kind, chunk.payload)
        else:
            warn(f"damaged {KIND_NAMES[kind]} is left out")
    return found


def _guarded(what: str, read: Any, image: Image.Image) -> bytes:
    """Read a block, or warn and give nothing: files hold values of any type in any place."""
    try:
        block: bytes = read(image)
        return block
    except Exception as error:
        if out_of_memory(error):
            raise
        warn(f"damaged {what} is left out")
        return b""


def _bytes(value: object, what: str) -> bytes:
    """A value as bytes, of the types that Pillow has blocks in."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if value:
        warn(f"damaged {what} is left out")
    return b""


def _icc(image: Image.Image) -> bytes:
    icc = _bytes(image.info.get("icc_profile"), "ICC profile")
    if icc and image.mode == "CMYK":
        # It describes inks, and the image becomes RGB.
        warn("CMYK becomes RGB without its ICC profile, which is left out")
        return b""
    return icc


def _exif(image: Image.Image) -> bytes:
    if "exif" in image.info:
        block = without_prefix(_bytes(image.info["exif"], "EXIF"))
        if block and not is_exif(block):
            warn("damaged EXIF is left out")
            return b""
        return set_upright(block)
    return _guarded("EXIF", _parsed_exif, image)


def _tiff_exif(tiff: bytes) -> bytes:
    tags, faults = read_tags(tiff)
    if faults:
        warn(f"{faults} damaged tags of EXIF are left out")
    return tag_block(tags)


def _parsed_exif(image: Image.Image) -> bytes:
    """The EXIF that Pillow finds elsewhere: in a text of a PNG, or the tags of a TIFF file."""
    tags = image.getexif()
    if not len(tags):
        return b""
    return tag_block(read_tags(without_prefix(tags.tobytes()))[0])


def _xmp(image: Image.Image, turned: bool) -> bytes:
    packet = _bytes(_packet(image), "XMP")
    if any(b"http://ns.adobe.com/xmp/extension/" in s[:40] for _, s in _segments(image)):
        warn("of XMP in several parts only the first is kept")
    return _XMP_ORIENTATION.sub(b"", packet) if turned else packet


def _packet(image: Image.Image) -> object:
    return image.info.get("xmp") or image.info.get(XMP_OF_PNG)


def xmp_orientation(image: Image.Image) -> int | None:
    """Return how an image is to be turned by its XMP, as EXIF has it; None where that does not
    say."""
    packet = _packet(image)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    found = _XMP_ORIENTATION.search(packet) if isinstance(packet, bytes) else None
    return int(found[1] or found[2]) if found else None


def _segments(image: Image.Image) -> Iterable[tuple[str, bytes]]:
    """The segments before the pixels of a JPEG file."""
    return getattr(image, "applist", ())


def _iptc(image: Image.Image) -> bytes:
    """IPTC records of Photoshop's resources, or of a TIFF file's tag."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        if image.tag_v2.tagtype.get(TIFF_IPTC) in (_BYTE, _UNDEFINED):
            return bytes(image.tag_v2[TIFF_IPTC])
        found = image.get_photoshop_blocks().get(IPTC_RESOURCE)
        return found["data"] if found else b""
    resources: dict[int, Any] = image.info.get("photoshop") or {}
    return bytes(resources.get(IPTC_RESOURCE, b""))


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
    return struct.pack("<2f", *plausible(across, down))


def plausible(across: float, down: float) -> tuple[float, float]:
    """Dots per inch as they are; `ValueError` where they cannot be."""
    for dots in (across, down):
        # Of what is not a number, no comparison holds.
        if not 0 < dots <= _MAX_DPI:
            raise ValueError(f"{dots} dots per inch")
    return across, down


def _texts(image: Image.Image) -> bytes:
    texts: dict[str, str] = {}
    # PNG files have it, and our own.
    for name, text in getattr(image, "text", {}).items():
        if name not in _NO_TEXTS:
            texts[COMMENT if name.lower() == COMMENT else name] = str(text)
    if "comment" in image.info:
        texts[COMMENT] = _decoded(image.info["comment"])
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
