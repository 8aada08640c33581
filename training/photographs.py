"""Photographs to fit to, with what makes more of few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Photographs"]

Samples = npt.NDArray[np.uint8]

_SUFFIXES = (".jpg", ".png", ".webp")
# The share of crops that are of an image made smaller, and of those that are gray.
_SMALLER, _GRAY = 0.3, 0.06


class Photographs:
    """The images of some folders, and random crops of them.

    Parameters
    ----------
    side
        Of a crop, as far as an image has as many pixels.
    """

    def __init__(self, folders: Sequence[Path], side: int, generator: np.random.Generator) -> None:
        self._side, self._generator = side, generator
        paths = (path for folder in folders for path in sorted(folder.iterdir()))
        self._paths = [path for path in paths if path.suffix.lower() in _SUFFIXES]

    def crop(self) -> Samples:
        """Return a random crop (height, width, 3 or 1), turned or mirrored at random."""
        path = self._paths[self._generator.integers(len(self._paths))]
        with Image.open(path) as opened:
            image = self._smaller(opened.convert("RGB"))
        width, height = (min(self._side, n) for n in image.size)
        x = int(self._generator.integers(image.width - width + 1))
        y = int(self._generator.integers(image.height - height + 1))
        cut = image.crop((x, y, x + width, y + height))
        gray = self._generator.random() < _GRAY
        samples = np.asarray(cut.convert("L"))[..., None] if gray else np.asarray(cut)
        for axes in ((1, 0, 2), (0, 1, 2)):
            if self._generator.random() < 0.5:
                samples = samples.transpose(axes)[::-1]
        return np.ascontiguousarray(samples)

    def _smaller(self, image: Image.Image) -> Image.Image:
        """Make some of the images smaller by a random factor, which also thins out what an earlier
        compression has left in them."""
        if self._generator.random() >= _SMALLER:
            return image
        factor = self._generator.uniform(0.5, 1)
        width, height = (max(64, int(factor * n)) for n in image.size)
        return image.resize((width, height), Image.Resampling.LANCZOS)
