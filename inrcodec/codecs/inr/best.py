"""The best weights of a fit so far: one set for all signals, or one for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor

__all__ = ["Best", "Standing", "psnr_of"]


@dataclass
class Standing:
    """The steps that a group of rows has taken, its best PSNR in dB, and whether that is enough;
    and the PSNRs it had before (its learning curve)."""

    steps: int = 0
    psnr_db: float = -math.inf
    done: bool = False
    curve: list[float] = field(default_factory=list)


class Best:
    """The weights of least error so far of each group of rows, kept on the device.

    Parameters
    ----------
    weights
        The weights under training, which change in place. Their rows fall into groups of equal
        size, one after another; with one group, they may be of any shapes.
    groups
        How many groups there are.
    count
        Values of a group's signals, to tell its PSNR.

    Attributes
    ----------
    weights
        The best of each group, in the order in which they were given.
    standings
        Where each group stood when `note` was last called.
    """

    def __init__(self, weights: Sequence[Tensor], groups: int, count: int) -> None:
        device = weights[0].device
        self.weights = [weight.clone() for weight in weights]
        # By group, for one comparison to choose among all of a group's numbers.
        self._trained = [weight.view(groups, -1) for weight in weights]
        self._kept = [weight.view(groups, -1) for weight in self.weights]
        self.standings = [Standing() for _ in range(groups)]
        self._count = count
        self._errors = torch.full((groups,), math.inf, dtype=torch.float64, device=device)
        self._open = torch.ones(groups, dtype=torch.bool, device=device)

    def offer(self, errors: Tensor) -> None:
        """Keep the weights as they are of the groups whose errors, (groups,), are less than before.

        The caller does not wait for the device. Groups that are done stay as they are.
        """
        better = (errors < self._errors) & self._open
        self._errors = torch.where(better, errors, self._errors)
        by_group = better[:, None]
        for kept, trained in zip(self._kept, self._trained, strict=True):
            torch.where(by_group, trained, kept, out=kept)

    def forget(self) -> None:
        """Have the next weights count as better, save those of groups that are done."""
        self._errors.masked_fill_(self._open, math.inf)

    def note(self, step: int, stop_psnr: float | None) -> None:
        """Bring the standings up to date, and close the groups that reach a PSNR."""
        for standing, error in zip(self.standings, self._errors.tolist(), strict=True):
            if standing.done:
                continue
            standing.steps, standing.psnr_db = step, psnr_of(error, self._count)
            standing.curve.append(standing.psnr_db)
            standing.done = stop_psnr is not None and standing.psnr_db >= stop_psnr
        self._open_undone()

    def restore(self, standings: Sequence[Standing]) -> None:
        """Go back to where groups stood before; the next weights of those that were not done then
        count as better."""
        self.standings = deepcopy([*standings])
        self._open_undone()
        self.forget()

    def _open_undone(self) -> None:
        undone = [not standing.done for standing in self.standings]
        self._open = torch.tensor(undone, device=self._errors.device)

    @property
    def done(self) -> bool:
        """Tell whether all groups are done."""
        return all(standing.done for standing in self.standings)

    @property
    def psnr_db(self) -> float:
        """The PSNR of all signals together."""
        return psnr_of(float(self._errors.sum()), self._count * len(self.standings))


def psnr_of(squared_error: float, count: int) -> float:
    """Return the PSNR in dB of samples scaled to [-1, 1], peak to peak 2; -inf if they diverged."""
    if not math.isfinite(squared_error):
        return -math.inf
    return 10 * math.log10(4 * count / max(squared_error, 1e-30))
