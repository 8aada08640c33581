"""Image files, through Pillow: to signals and back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inrcodec.media.images.formats import IMAGE_EXTENSIONS
    from inrcodec.media.images.reading import from_array, from_pillow, is_image, read_image
    from inrcodec.media.images.writing import (
        check_extension,
        image_bytes,
        to_pillow,
        with_8_bits,
        write,
    )

__all__ = [
    "IMAGE_EXTENSIONS",
    "check_extension",
    "from_array",
    "from_pillow",
    "image_bytes",
    "is_image",
    "read_image",
    "to_pillow",
    "with_8_bits",
    "write",
]

# What writes does not load what reads, which knows many formats.
_PLACES = {
    "formats": ("IMAGE_EXTENSIONS",),
    "reading": ("from_array", "from_pillow", "is_image", "read_image"),
    "writing": ("check_extension", "image_bytes", "to_pillow", "with_8_bits", "write"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
