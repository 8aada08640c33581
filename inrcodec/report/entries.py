"""The entries of a report: what is known of each signal, and how it compares with its original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inrcodec.comparing import Decoded, measure
from inrcodec.decoding import Representation
from inrcodec.errors import InrError
from inrcodec.limits import Limits
from inrcodec.media.files import open_signal
from inrcodec.report.gallery import Gallery, parts_of, preview

__all__ = ["Entry", "examine"]


@dataclass
class Entry:
    """A signal of a report, or a file that could not be opened.

    Attributes
    ----------
    name
        Fit to be shown.
    fields
        What is known of it, as `inform` names it, with measures of quality.
    original
        Its original's path within the folder of originals.
    thumbnail
        Where its gallery has it.
    notes
        Warnings.
    error, exit_code
        What is wrong with it, if anything is.
    """

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    original: str | None = None
    thumbnail: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    exit_code: int = 0


def examine(
    entry: Entry,
    representation: Representation,
    original: Path | None,
    limits: Limits,
    gallery: Gallery,
) -> None:
    """Decode a signal, compare it with its original, and have a gallery show it.

    Adds to the entry's fields as it goes, so that they stand where an error ends it.

    Raises what decoding does; what is wrong with the original names it.
    """
    decoded, info = Decoded(representation), representation.info
    rate, extent = info.extent
    entry.fields[rate] = 8 * entry.fields["bytes"] / extent
    entry.thumbnail = gallery.add(preview(decoded))
    if original is None:
        return
    entry.fields["original_bytes"] = original.stat().st_size
    try:
        with open_signal(original, limits, bits=info.sample_bits) as source:
            entry.fields |= _named(measure(source, decoded, limits))
            quality = entry.fields["psnr_db" if len(info.shape) > 1 else "snr_db"]
            gallery.judge(info.kind, quality, entry.name, lambda: parts_of(source, decoded))
    except InrError as error:
        raise type(error)(f"{original}: {error}") from error


def _named(measures: Mapping[str, Any]) -> dict[str, Any]:
    """Measures by the names that all commands but `compare` have for them."""
    return {"psnr_db" if name == "psnr" else name: value for name, value in measures.items()}
