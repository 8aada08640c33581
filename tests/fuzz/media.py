"""Small image and audio files of every format that is read, and their mutations."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from random import Random
from typing import Any

import numpy as np
import soundfile
from blocks import exif
from inr_mutations import damaged, flipped
from PIL import Image

from inrcodec.media.audio.formats import FORMATS, LOSSY
from inrcodec.media.images import from_array, image_bytes
from inrcodec.signal import Metadata

__all__ = ["IMAGES_WRITTEN", "SOUNDS_WRITTEN", "media_files", "mutated_media"]

# Extensions that `decode` may be asked for.
IMAGES_WRITTEN = (
    *(".png", ".jpg", ".webp", ".tiff", ".avif", ".gif", ".bmp", ".jp2", ".ppm", ".pgm", ".tga"),
    *(".qoi", ".sgi", ".pcx", ".ico", ".dds", ".im", ".apng", ".mpo", ".pdf", ".eps", ".blp"),
)
SOUNDS_WRITTEN = tuple(FORMATS)

_EDGES = (
    *(0, 1, 2, 3, 4, 7, 8, 9, 16, 24, 32, 255, 256, 257, 1024, 32767, 32768, 65535, 65536),
    *(1 << 20, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 8000, 192_000, 200_001),
)
# A file's head, where its sizes are.
_HEAD = 96


def _image(channels: int) -> Any:
    y, x = np.mgrid[:9, :13]
    planes = [(x * 17 + y * 5 * (c + 1)) % 256 for c in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


def _saved(image: Image.Image, name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def _deep(channels: int, extension: str) -> bytes:
    colors = Metadata(cicp=bytes((9, 16, 0, 1))) if extension == ".png" else Metadata()
    return image_bytes(from_array(_image(channels).astype(np.uint16) * 257, colors), extension)


@cache
def media_files() -> dict[str, bytes]:
    """Files by their names, whose extensions are the formats' own."""
    return _images() | _sounds()


def _images() -> dict[str, bytes]:
    rgb, rgba = Image.fromarray(_image(3)), Image.fromarray(_image(4))
    gray, deep = rgb.convert("L"), Image.fromarray(_image(1)[..., 0].astype(np.uint16) * 257)
    palette, bits = rgb.quantize(8), rgb.convert("1")
    return {
        "rgb.png": _saved(rgb, "PNG"),
        "alpha.png": _saved(rgba, "PNG"),
        "palette.png": _saved(palette, "PNG", transparency=3),
        "deep.png": _saved(deep, "PNG"),
        "deep-rgb.png": _deep(3, ".png"),
        "deep-alpha.png": _deep(2, ".png"),
        "bits.png": _saved(bits, "PNG"),
        "moving.png": _saved(rgb, "PNG", save_all=True, append_images=[gray.convert("RGB")]),
        "rgb.jpg": _saved(rgb, "JPEG"),
        "ink.jpg": _saved(rgb.convert("CMYK"), "JPEG", progressive=True),
        "rgb.webp": _saved(rgb, "WEBP"),
        "alpha.webp": _saved(rgba, "WEBP", lossless=True),
        "moving.webp": _saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        "rgb.avif": _saved(rgb, "AVIF"),
        "alpha.avif": _saved(rgba, "AVIF"),
        "rgb.tiff": _saved(rgb, "TIFF"),
        "packed.tiff": _saved(rgb, "TIFF", compression="tiff_lzw"),
        "jpeg.tiff": _saved(rgb, "TIFF", compression="jpeg"),
        "deep.tiff": _saved(deep, "TIFF", compression="tiff_deflate"),
        "deep-rgb.tiff": _deep(3, ".tiff"),
        "deep-alpha.tiff": _deep(2, ".tiff"),
        "bits.tiff": _saved(bits, "TIFF", compression="group4"),
        "rgb.jp2": _saved(rgb, "JPEG2000"),
        "rgb.gif": _saved(palette, "GIF"),
        "moving.gif": _saved(palette, "GIF", save_all=True, append_images=[palette.rotate(180)]),
        "rgb.bmp": _saved(rgb, "BMP"),
        "palette.bmp": _saved(palette, "BMP"),
        "rgb.ppm": _saved(rgb, "PPM"),
        "gray.pgm": _saved(gray, "PPM"),
        "rgba.tga": _saved(rgba, "TGA", compression="tga_rle"),
        "rgb.qoi": _saved(rgb, "QOI"),
        "rgb.sgi": _saved(rgb, "SGI"),
        "rgb.pcx": _saved(rgb, "PCX"),
        "rgba.ico": _saved(rgba, "ICO"),
        "rgba.dds": _saved(rgba, "DDS"),
        "packed.dds": _saved(rgba.resize((12, 8)), "DDS", pixel_format="DXT5"),
        "palette.blp": _saved(palette, "BLP"),
    }


def _sounds() -> dict[str, bytes]:
    time = np.arange(600) / 8000
    sound = np.stack([np.sin(2 * np.pi * f * time) for f in (200, 333)], 1) * 0.4
    made = {}
    for extension, name in FORMATS.items():
        out = io.BytesIO()
        subtype = LOSSY.get(extension)
        try:
            soundfile.write(out, sound, 8000, subtype, format=name)
        except (RuntimeError, TypeError):
            continue  # libsndfile was built without it.
        made[f"sound{extension}"] = out.getvalue()
    for subtype in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "IMA_ADPCM"):
        out = io.BytesIO()
        soundfile.write(out, sound, 8000, subtype, format="WAV")
        made[f"{subtype.lower()}.wav"] = out.getvalue()
    return made


def _edited(rng: Random, data: bytes) -> bytes:
    """With a number near the beginning, where sizes, rates and channels are, at an edge."""
    size = rng.choice((1, 2, 2, 4, 4))
    start = rng.randrange(min(_HEAD, len(data)))
    number = rng.choice(_EDGES) % (1 << 8 * size)
    new = number.to_bytes(size, rng.choice(("little", "big")))
    return data[:start] + new + data[start + size :]


def _png_repaired(data: bytes) -> bytes:
    """A PNG file with the checksums of its chunks right."""
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + size]
        if len(body) != 4 + size:
            break
        out += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + size
    return bytes(out) + data[at:]


def _with_exif(rng: Random, name: str) -> bytes | None:
    """The image with a hostile EXIF block, where its format has such."""
    formats = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP", ".avif": "AVIF"}
    kind = formats.get(name[name.rindex(".") :])
    if kind is None:
        return None
    block = b"Exif\0\0" + exif(rng)
    with Image.open(io.BytesIO(media_files()["rgb.png"])) as image:
        try:
            return _saved(image, kind, exif=block)
        except Exception:
            return None  # Of many kinds, where Pillow will not write it.


def mutated_media(rng: Random) -> tuple[str, bytes]:
    """The name of a file, and bytes that it might have had."""
    files = media_files()
    name = rng.choice(sorted(files))
    data, other = files[name], files[rng.choice(sorted(files))]
    what = rng.random()
    if what < 0.2:
        data = _with_exif(rng, name) or _edited(rng, data)
    elif what < 0.6:
        for _ in range(rng.choice((1, 1, 2, 4))):
            data = _edited(rng, data)
    elif what < 0.8:
        data = flipped(rng, data, most=rng.choice((1, 4, 40)))
    else:
        data = damaged(rng, data, other)
    if name.endswith(".png") and rng.random() < 0.7:
        data = _png_repaired(data)
    return name, data
