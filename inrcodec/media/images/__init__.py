"""Image files, through Pillow: to signals and back."""

from __future__ import annotations

from inrcodec.media.images.formats import IMAGE_EXTENSIONS
from inrcodec.media.images.reading import from_array, from_pillow, is_image, read_image
from inrcodec.media.images.writing import check_extension, image_bytes, to_pillow, write

__all__ = [
    "IMAGE_EXTENSIONS",
    "check_extension",
    "from_array",
    "from_pillow",
    "image_bytes",
    "is_image",
    "read_image",
    "to_pillow",
    "write",
]
