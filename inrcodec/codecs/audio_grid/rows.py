"""Rows of numbers, and the order in which they are coded.

A row is what a block has of a channel: its levels, or its coefficients. It is coded in four passes,
so that a later one sees neighbors on both sides and all numbers of a pass are independent of each
other:

    place    0 1 2 3 4 5 6 7 …
    pass     0 2 1 3 0 2 1 3 …
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["APART", "KINDS", "NEIGHBORS", "PASSES", "Kind", "Role", "kind_of"]

# The first place of each pass; and how far the others are apart.
PASSES = (0, 2, 1, 3)
APART = len(PASSES)
# Places beside one at which earlier passes have decoded numbers.
NEIGHBORS = tuple(
    tuple(away for away in range(-3, 4) if (first + away) % APART in PASSES[:number])
    for number, first in enumerate(PASSES)
)


class Role(IntEnum):
    """The meaning of a row's numbers.

    An extent is of how many sixteenths of a block there are coefficients; levels are those of
    bands. Of both the row has the changes from what they were before.
    """

    EXTENT = 0
    LEVEL = 1
    COEFFICIENT = 2


# What networks see beside the row itself: magnitudes and signed values, and those of the channel
# before, of a second one of a pair.
_GIVEN = {Role.EXTENT: (1, 1), Role.LEVEL: (4, 2), Role.COEFFICIENT: (13, 0)}
_OF_OTHER = {Role.EXTENT: (1, 1), Role.LEVEL: (4, 4), Role.COEFFICIENT: (7, 3)}


@dataclass(frozen=True)
class Kind:
    """A kind of pass, with a network of its own.

    Attributes
    ----------
    second
        Whether the channel is the second one of a pair.
    short
        Whether blocks are less than a quarter of a frame; of coefficients.
    number
        Of the pass.
    """

    role: Role
    second: bool
    short: bool
    number: int

    @property
    def magnitudes(self) -> int:
        """Count the magnitudes that its network sees: those given, neighbors, and their mean."""
        given = _GIVEN[self.role][0] + self.second * _OF_OTHER[self.role][0]
        return given + len(NEIGHBORS[self.number]) + 1

    @property
    def values(self) -> int:
        """Count the signed values that its network sees: of levels, neighbors are among them."""
        given = _GIVEN[self.role][1] + self.second * _OF_OTHER[self.role][1]
        return given + (self.role is Role.LEVEL) * len(NEIGHBORS[self.number])


def kind_of(role: Role, second: bool, short: bool, number: int) -> Kind:
    """Return a kind; only coefficients of short blocks are told from those of long ones."""
    return Kind(role, second, short and role is Role.COEFFICIENT, number)


KINDS = (
    *(Kind(Role.EXTENT, second, False, 0) for second in (False, True)),
    *(
        Kind(role, second, short, number)
        for role, shorts in ((Role.LEVEL, (False,)), (Role.COEFFICIENT, (False, True)))
        for second in (False, True)
        for short in shorts
        for number in range(len(PASSES))
    ),
)
