"""Photographs to fit to, with what makes more of few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Photographs"]

Samples = npt.NDArray[np.uint8]


class Photographs:
    """The images of a folder, as RGB."""

    def __init__(self, folder: Path, generator: np.random.Generator) -> None:
        self._generator = generator
        self._images = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.jpg"))]

    def _reduced(self, image: Image.Image, least: int) -> Image.Image:
        """Half of the images smaller by a random factor, which also thins out what an earlier
        compression has left in them."""
        if self._generator.random() < 0.5:
            return image
        factor = self._generator.uniform(min(1.0, least / min(image.size)), 1)
        size = (max(least, int(image.width * factor)), max(least, int(image.height * factor)))
        return image.resize(size, Image.Resampling.LANCZOS)

    def crop(self, side: int) -> Samples:
        """A random square, turned or mirrored at random."""
        chosen = self._images[self._generator.integers(len(self._images))]
        image = self._reduced(chosen, side)
        x, y = (int(self._generator.integers(n - side + 1)) for n in image.size)
        samples = np.asarray(image.crop((x, y, x + side, y + side)))
        for axes in ((1, 0, 2), (0, 1, 2)):
            if self._generator.random() < 0.5:
                samples = samples.transpose(axes)[::-1]
        return np.ascontiguousarray(samples)

    def whole(self, count: int) -> Iterator[Samples]:
        """Images as they are or smaller, each once."""
        for image in self._images[:count]:
            yield np.asarray(self._reduced(image, int(0.65 * min(image.size))))
