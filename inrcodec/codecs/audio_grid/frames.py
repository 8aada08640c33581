"""Frames: equal parts of an audio signal, each cut in halves as often as suits it, into blocks.

    frame ──▶ cut? ──▶ halves ──▶ cut? ── … ──▶ blocks of 1 to 1/16 of a frame

Blocks of less than a quarter of a frame may come in groups of one length within a quarter, which
have their levels in common: those before an onset have others than those after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

__all__ = [
    "DEPTHS",
    "Group",
    "default_frame",
    "groups_of",
    "joints_of",
    "read_lengths",
    "write_groups",
    "write_lengths",
]

# How often a frame may be cut in halves, and from how often on blocks come in groups.
DEPTHS = 4
_QUARTER = 2
# Hz, and the logarithm of the samples of a frame from there on: about 1/12 of a second, and 1/16
# at rates of speech.
_FRAMES = ((32000, 12), (20000, 11), (12000, 10), (0, 9))


def default_frame(rate: int) -> int:
    """Return the binary logarithm of the samples of a frame at a rate in Hz."""
    return next(frame for least, frame in _FRAMES if rate >= least)


@dataclass(frozen=True)
class Group:
    """Blocks of one length that follow each other."""

    length: int
    count: int


def read_lengths(frame: int, is_cut: Callable[[int], bool]) -> list[int]:
    """Return the lengths of the blocks of a frame of so many samples; `is_cut` is asked of each
    part how it is, told how often it has been cut."""
    return [*_parts(frame, 0, is_cut)]


def _parts(length: int, depth: int, is_cut: Callable[[int], bool]) -> Iterator[int]:
    if depth < DEPTHS and is_cut(depth):
        for _ in range(2):
            yield from _parts(length // 2, depth + 1, is_cut)
    else:
        yield length


def write_lengths(frame: int, lengths: Sequence[int]) -> list[tuple[int, bool]]:
    """Return what `read_lengths` asks for some lengths, and the answers."""
    asked: list[tuple[int, bool]] = []
    rest = list(lengths)

    def visit(length: int, depth: int) -> None:
        cut = rest[0] < length
        if depth < DEPTHS:
            asked.append((depth, cut))
        if cut:
            visit(length // 2, depth + 1)
            visit(length // 2, depth + 1)
        else:
            rest.pop(0)

    visit(frame, 0)
    return asked


def joints_of(frame: int, lengths: Sequence[int]) -> list[int]:
    """Return the blocks of a frame, by their places, that may be of one group with that before."""
    quarter, joints, start = frame >> _QUARTER, list[int](), 0
    for place, length in enumerate(lengths):
        if place > 0 and length < quarter and lengths[place - 1] == length and start % quarter:
            joints.append(place)
        start += length
    return joints


def groups_of(frame: int, lengths: Sequence[int], is_joined: Callable[[int], bool]) -> list[Group]:
    """Return the blocks of a frame as groups; `is_joined` is asked of each block, by its place,
    that may be of one group with that before."""
    joined = {place for place in joints_of(frame, lengths) if is_joined(place)}
    groups: list[Group] = []
    for place, length in enumerate(lengths):
        if place in joined:
            groups[-1] = Group(length, groups[-1].count + 1)
        else:
            groups.append(Group(length, 1))
    return groups


def write_groups(frame: int, groups: Sequence[Group]) -> list[bool]:
    """Return what `groups_of` is told for some groups."""
    lengths = [group.length for group in groups for _ in range(group.count)]
    firsts = {*accumulate((group.count for group in groups), initial=0)}
    return [place not in firsts for place in joints_of(frame, lengths)]
