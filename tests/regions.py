"""Regions of images at scales: each is cut out of the whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from inrcodec.decoding import Representation

SCALES = (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(3))

Samples = npt.NDArray[np.integer[Any]]


def drawn_and_cut(
    image: Representation, data: st.DataObject, scale: Fraction
) -> tuple[Samples, Samples]:
    """A region of whole pixels of the output, where its grid is that of the whole; and the same
    samples of the whole."""
    unit = scale.denominator
    sizes = image.info.width // unit, image.info.height // unit
    x, width, y, height = (unit * part for size in sizes for part in _span(data.draw, size))
    whole = image.render(scale=float(scale))
    part = image.render(scale=float(scale), region=(x, y, width, height))
    left, top, right, bottom = (int(scale * n) for n in (x, y, x + width, y + height))
    return part.astype(int), whole[top:bottom, left:right].astype(int)


def _span(draw: Any, size: int) -> tuple[int, int]:
    start = draw(st.integers(0, size - 1))
    return start, draw(st.integers(1, size - start))
