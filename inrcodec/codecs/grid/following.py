"""Latents of an image that follows others: what changes, added to what was before.

item k-2 ──▶ latents ──+──▶ latents ──+──▶ latents of item k
             item k-1 ─┘     item k ──┘
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import Opening
from inrcodec.codecs.grid.blocks import Latents, levels_of
from inrcodec.codecs.grid.geometry import Box
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import Header
from inrcodec.container.predictions import Prediction, read_prediction
from inrcodec.container.sections import Container
from inrcodec.errors import MalformedError

__all__ = ["added", "chain_of"]

# Items that one depends on, at most.
_LONGEST = 255
# Sums are limited to such a size.
_MOST_LATENT = 1 << 26


def chain_of(
    container: Container, header: Header, opening: Opening
) -> list[tuple[Header, Prediction | None]]:
    """Return an image and those that it follows, the first one first, with how each is predicted.

    Raises `MalformedError` where they are too many, or not alike.
    """
    chain: list[tuple[Header, Prediction | None]] = []
    while True:
        prediction = read_prediction(container, header.item, header.stream_count())
        chain.insert(0, (header, prediction))
        if prediction is None:
            return chain
        if len(chain) > _LONGEST:
            raise MalformedError(f"an image follows more than {_LONGEST} others")
        if header.crop is not None:
            raise MalformedError("a crop follows another image")
        if opening.header_of is None:
            raise MalformedError("an image follows another, which is not there")
        before = opening.header_of(header.item - prediction.back)
        _check_follows(header, before)
        header = before


def _check_follows(header: Header, before: Header) -> None:
    """Raise `MalformedError` where latents of two images do not add up."""
    alike = header.info == before.info and _latents_of(header) == _latents_of(before)
    if not alike or before.crop is not None:
        raise MalformedError("an image follows one that is not of its kind")


def _latents_of(header: Header) -> dict[str, Any] | None:
    """Return the fields that latents depend on; None of another model."""
    if not isinstance(header.spec, GridSpec):
        return None
    return {name: value for name, value in header.spec.fields().items() if name != "flags"}


def added(changes: Latents, before: Latents, blocks: npt.NDArray[np.bool_], box: Box) -> Latents:
    """Return the latents of a box, of which some blocks are changes from those before."""
    found = changes.map(lambda band: band.astype(np.int32))
    for tier in box.tiers:
        for number in tier.numbers:
            if not blocks[tier.first + number]:
                continue
            parts = box.parts(tier, number)
            own, base = (levels_of(tier, some).part(parts) for some in (found, before))
            for band, other in zip(own, base, strict=True):
                band += other
                np.clip(band, -_MOST_LATENT, _MOST_LATENT, out=band)
    return found
