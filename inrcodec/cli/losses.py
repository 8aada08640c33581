"""Losses: what `decode --allow-damaged` could not decode."""

from __future__ import annotations

from inrcodec.errors import FormatError
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Region, joined_ranges

__all__ = ["Losses"]


class Losses:
    """Parts of a signal that are damaged."""

    def __init__(self) -> None:
        self._regions: set[Region] = set()
        self._first: FormatError | None = None

    def add(self, region: Region, error: FormatError) -> None:
        """Take note of a part."""
        self._regions.add(region)
        self._first = self._first or error

    def ranges(self) -> list[tuple[int, int]]:
        """(start, stop) along the first axis, in samples, those that touch joined."""
        return joined_ranges(self._regions)

    def error(self, info: SignalInfo) -> FormatError | None:
        """Return an error that tells of the losses, if there are any."""
        if self._first is None:
            return None
        return FormatError(info.loss([*self._regions], self._first))
