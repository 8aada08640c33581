"""Pillow's plugin: `Image.open` and `Image.save` for `.inr` files.

    Image.open ──▶ headers, metadata ──▶ draft, seek ──▶ load: decode at that size
    Image.save ──▶ one image, or frames ──▶ encode

To import it registers it, as `inrcodec.register()` does. It has no options of its own: Pillow's
(`ImageFile.LOAD_TRUNCATED_IMAGES`, `Image.MAX_IMAGE_PIXELS`) count. Decoder and encoder are loaded
when they are first used.
"""

from __future__ import annotations

from PIL import Image

from inrcodec.pillow.reading import FORMAT, InrImageFile, is_inr
from inrcodec.pillow.writing import save, save_all

__all__ = ["InrImageFile", "register"]


def register() -> None:
    """Have Pillow open and save `.inr` files; see `inrcodec.register`."""
    Image.register_open(FORMAT, InrImageFile, is_inr)
    Image.register_save(FORMAT, save)
    Image.register_save_all(FORMAT, save_all)
    Image.register_extension(FORMAT, ".inr")
    Image.register_mime(FORMAT, "image/x-inr")


register()
