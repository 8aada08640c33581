"""Two files that Pillow is to read."""

from __future__ import annotations

import io

from conftest import crop_of_photo, smooth_image
from PIL import Image

import inrcodec
import inrcodec.pillow

# Larger than a block, so that coarse levels have streams of their own.
WIDE = inrcodec.encode(smooth_image(48, 640), effort=1).data
PHOTO = inrcodec.encode(crop_of_photo(40, 56), effort=1).data


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
