"""The package beside the reference decoder, which was written from the specification alone: what
one refuses the other must refuse, and what both draw must agree."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from exercise import ACCEPTED, LIMITS, Outcome, PromiseError, attempt

import inrcodec
from inrcodec.container.metadata import METADATA_TAGS
from inrcodec.errors import ChecksumError, FormatError, InrError, LimitError
from inrcodec.signal import Metadata

FORMATS = Path(__file__).parents[2] / "formats"
sys.path.insert(0, str(FORMATS))

import reference_decoder  # noqa: E402

__all__ = ["compare"]

_REFUSED = "Refused"
# Plain code takes some 60 bytes of memory for each, and what it takes is not what is watched.
_MOST_SAMPLES = 1 << 18
# Of coded samples, each of which is a few decisions, of some 100 µs.
_MOST_CODED = 1500


def compare(data: bytes) -> None:
    """Raise `PromiseError` where package and reference decoder disagree on a file's first item."""
    drawn: list[Any] = []

    def draw() -> None:
        with inrcodec.open(data, **LIMITS) as shown:
            drawn.append(shown.render())

    ours = attempt(draw)
    if ours == LimitError.__name__:
        return  # Each has limits of its own.
    if (drawn and drawn[0].size > _MOST_SAMPLES) or _is_slow(data):
        return
    theirs, other = _theirs(data)
    if theirs == "limit":
        return
    if ours == ACCEPTED and theirs == _REFUSED and _verified(data) == ChecksumError.__name__:
        return  # The checksum of `TILE` may be left out where those of its streams are checked.
    if (ours == ACCEPTED) != (theirs == ACCEPTED):
        raise PromiseError(f"the package: {ours}; the reference decoder: {theirs} {other}")
    if ours == ACCEPTED:
        (samples,) = drawn
        if samples.shape != other.shape or samples.dtype != other.dtype:
            raise PromiseError(f"{samples.shape} {samples.dtype}, {other.shape} {other.dtype}")
        held = reference_decoder.decided(data)[..., None]
        apart = float((np.abs(samples.astype(float) - other.astype(float)) * held).max())
        if apart > (most := reference_decoder.tolerance(data)):
            raise PromiseError(f"samples are {apart:g} apart, where {most:g} is the most")
    _compare_metadata(data, ours)


def _is_slow(data: bytes) -> bool:
    """Whether plain code takes too long for a file, whether it is valid or not."""
    with suppress(InrError):
        fields = inrcodec.info(data)["items"][0]
        if fields["model"] == "pixels":
            return int(fields["parameters"]) > _MOST_CODED
    return False


def _verified(data: bytes) -> Outcome:
    with inrcodec.open(data, **LIMITS) as shown:
        return attempt(shown.verify)


def _theirs(data: bytes) -> tuple[Outcome, Any]:
    try:
        return ACCEPTED, reference_decoder.decode(data)
    except reference_decoder.Refused as error:
        return ("limit" if "decoder's limit" in str(error) else _REFUSED), error


def _compare_metadata(data: bytes, ours: Outcome) -> None:
    """What one of the two cannot unpack, the other cannot."""
    if ours != ACCEPTED:
        return
    found: Metadata | None = None
    theirs: dict[str, bytes] | None = None
    with inrcodec.open(data, **LIMITS) as shown, suppress(FormatError, LimitError):
        found = shown.metadata
    with suppress(reference_decoder.Refused):
        theirs = reference_decoder.metadata(data)
    blocks = found and {tag.decode(): getattr(found, n) for n, tag in METADATA_TAGS.items()}
    if blocks is not None and theirs is not None:
        theirs = dict.fromkeys(blocks, b"") | theirs
    if blocks != theirs:
        raise PromiseError(f"metadata: {blocks} of the package, {theirs} of the reference decoder")
