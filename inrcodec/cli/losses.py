"""What `decode --allow-damaged` could not decode."""

from __future__ import annotations

from inrcodec.errors import FormatError
from inrcodec.signal import AudioInfo, SignalInfo
from inrcodec.signal.geometry import Region

__all__ = ["Losses"]

_MOST_SHOWN = 5


class Losses:
    """Parts of a signal that are damaged."""

    def __init__(self) -> None:
        self._regions: set[Region] = set()
        self._first: FormatError | None = None

    def add(self, region: Region, error: FormatError) -> None:
        """Take note of a part."""
        self._regions.add(region)
        self._first = self._first or error

    def ranges(self) -> list[list[int]]:
        """[start, stop] along the first axis, in samples, those that touch joined."""
        joined: list[list[int]] = []
        for start, stop in sorted((r.start[0], r.start[0] + r.length[0]) for r in self._regions):
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], stop)
            else:
                joined.append([start, stop])
        return joined

    def error(self, info: SignalInfo) -> FormatError | None:
        """What tells of the losses, if there are any."""
        if self._first is None:
            return None
        if not isinstance(info, AudioInfo):
            return FormatError(
                f"{len(self._regions)} of its tiles are gray, as they are damaged ({self._first})"
            )
        ranges = self.ranges()
        shown = [f"{a / info.rate:.3f}-{b / info.rate:.3f} s" for a, b in ranges[:_MOST_SHOWN]]
        places = ", ".join(shown) + (", …" if len(ranges) > _MOST_SHOWN else "")
        return FormatError(f"silent, as it is damaged: {places} ({self._first})")
