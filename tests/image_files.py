"""Image files that tests share: as a camera writes them, and in every format that is read."""

from __future__ import annotations

import io
import struct
import warnings
from functools import cache

from conftest import smooth_image
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from inrcodec.limits import Limits
from inrcodec.media.images import from_array, image_bytes, read_image
from inrcodec.signal import Metadata

LIMIT = Limits(memory=1 << 26)

READ = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "TGA")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a tiff:Orientation=\"6\"/></x:xmpmeta>"
IPTC = b"\x1c\x02\x78\0\x05hello" + b"\x1c\x02\x19\0\x03key"
MAKER_NOTE = bytes(range(200))

EXIF, GPS, INTEROP, THUMBNAIL = 0x8769, 0x8825, 0xA005, 1


def rgb() -> Image.Image:
    """30 × 20 pixels."""
    return Image.fromarray(smooth_image(20, 30))


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    """An image as a file of a format."""
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def flat_exif() -> bytes:
    """A block with a first directory alone."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 1
    return exif.tobytes().removeprefix(b"Exif\0\0")


def camera_exif() -> bytes:
    """A block with Exif, GPS and Interop directories, a MakerNote and a thumbnail."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 6
    exif[0x011A], exif[0x011B], exif[0x0128] = IFDRational(300), IFDRational(300), 2
    exif[0x0132], exif[0x8298] = "2024:05:06 07:08:09", "(c)"
    exif.get_ifd(EXIF).update(
        {
            0x829A: IFDRational(1, 125),
            0x9000: b"0232",
            0x9003: "2024:05:06 07:08:09",
            0x9204: IFDRational(-1, 3),
            0x927C: MAKER_NOTE,
            INTEROP: {1: "R98", 2: b"0100"},
        }
    )
    degrees = (IFDRational(48), IFDRational(8), IFDRational(1150, 100))
    exif.get_ifd(GPS).update({1: "N", 2: degrees, 5: b"\0", 29: "2024:05:06"})
    block = bytearray(exif.tobytes().removeprefix(b"Exif\0\0"))
    order = "<" if block[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, start)
    struct.pack_into(order + "I", block, start + 2 + 12 * count, len(block))
    small = saved(Image.new("RGB", (8, 6), "red"), "JPEG")
    behind = len(block) + 2 + 2 * 12 + 4
    entries = (0x0201, 4, 1, behind, 0x0202, 4, 1, len(small))
    return bytes(block) + struct.pack(order + "HHHIIHHIII", 2, *entries, 0) + small


@cache
def icc() -> bytes:
    """A profile of sRGB, which has the time in it that it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def camera_jpeg() -> bytes:
    """A JPEG file with all that cameras, and programs after them, put beside pixels."""
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
    segment = b"Photoshop 3.0\0" + resource
    return saved(
        rgb(),
        "JPEG",
        exif=b"Exif\0\0" + camera_exif(),
        icc_profile=icc(),
        xmp=XMP,
        dpi=(300, 300),
        comment=b"gr\xfcn",
        extra=b"\xff\xed" + struct.pack(">H", 2 + len(segment)) + segment,
    )


def metadata_of(data: bytes) -> Metadata:
    """The metadata of a file, read without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_image(io.BytesIO(data), LIMIT).metadata


def written(metadata: Metadata, extension: str, channels: int = 3) -> tuple[bytes, list[str]]:
    """A file with metadata, and the warnings that came of it."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        data = image_bytes(from_array(smooth_image(20, 30, channels), metadata), extension)
    return data, [str(warning.message) for warning in noted if warning.category is UserWarning]
