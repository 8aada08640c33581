"""Rounding the weights of a fit, part after part, while those that are left make up for it.

fit ──▶ first layer rounded ──▶ fit of the others ──▶ next layer rounded ──▶ … ──▶ last layer
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Scope
from inrcodec.codecs.inr.allowance import Allowance
from inrcodec.codecs.inr.batches import Batch
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.quantization import Table
from inrcodec.codecs.inr.step_search import most_at_end, noise_deviation, settle_steps, wanted_step
from inrcodec.spreads import SpreadTable

__all__ = ["Errors", "Given", "Halves", "Rounder", "Steps", "Tables"]

Values = npt.NDArray[np.float32]
# By signal, and by the names of tensors.
Tables = dict[int, dict[str, Table]]
# Of the weights as they are, the squared errors of each group of signals, (groups,).
Errors = Callable[[], Tensor]

# How many times as wide as by themselves the steps of what is rounded first are, in octaves, where
# later parts make up for most of its error.
_EARLY_OCTAVES = 1.4
# How many times the error may be what it was before a tensor was rounded: the rest of a fit hardly
# makes up for more.
_MOST_GROWTH = 4.0


class Rounder(ABC):
    """Rounds the weights of networks late in a fit.

    Attributes
    ----------
    share
        Of the steps, within which weights are rounded.
    """

    share: ClassVar[float]

    def parts(self, network: Network) -> list[list[str]]:
        """Return the tensors that are rounded together, in the order in which they are.

        Those of the last layer are not among them, unless signals share it: what gives audio its
        loudness is rounded after the fit.
        """
        spec, groups = network.spec, dict[str, list[str]]()
        for tensor in spec.tensors(network.domain):
            suffix = tensor.name.removeprefix("weight").removeprefix("bias")
            if suffix != spec.last_layer or tensor.scope is Scope.SHARED:
                groups.setdefault(suffix, []).append(tensor.name)
        return list(groups.values())

    @abstractmethod
    def round(
        self, batches: Sequence[Batch], names: Sequence[str], made_up: float | None, errors: Errors
    ) -> Tables:
        """Round tensors of all batches in place, and return the tables that files need of them.

        Parameters
        ----------
        made_up
            How far the rest of the fit makes up for it: from 1 for the first tensors, where there
            are enough steps, to 0 for the last; None where the fit has no rest.
        """


class Halves(Rounder):
    """Rounds first layers to binary16: high frequencies of audio are sensitive to it."""

    share = 0.25

    def parts(self, network: Network) -> list[list[str]]:
        return [[f"weight{layer}" for layer in network.spec.first_layers]]

    def round(
        self, batches: Sequence[Batch], names: Sequence[str], made_up: float | None, errors: Errors
    ) -> Tables:
        for batch in batches:
            for name in names:
                weight = batch.network.weights[name]
                weight.copy_(weight.half())
        return {}


class Steps(Rounder):
    """Rounds weights to steps of their tensors that add what error an allowance has it."""

    share = 0.3

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance

    def round(
        self, batches: Sequence[Batch], names: Sequence[str], made_up: float | None, errors: Errors
    ) -> Tables:
        found, before = Tables(), errors()
        wider = 2 ** (_EARLY_OCTAVES * (made_up or 0.0))
        total = sum(w.numel() for w in _distinct(batches, batches[0].network.weights))
        for name in names:
            tensors = _distinct(batches, [name])
            size = sum(tensor.numel() for tensor in tensors)
            allowed = self._allowed(batches, size / total, size, before)
            sensitivities = _sensitivities(tensors, before, errors)
            pairs = zip(allowed, sensitivities, strict=True)
            steps = [wider * wanted_step(error, by_noise) for error, by_noise in pairs]
            kept = [tensor.clone() for tensor in tensors]
            most = _MOST_GROWTH * before
            if made_up is None:
                both = zip(errors().tolist(), allowed, strict=True)
                most = torch.tensor([most_at_end(*each) for each in both]).to(before)
            # Wider ones leave nothing of a tensor.
            widest = (2 * _by_group(kept, len(before)).abs().amax(1)).tolist()

            def is_worse(
                steps: Sequence[float],
                name: str = name,
                tensors: Sequence[Tensor] = tensors,
                kept: Sequence[Tensor] = kept,
                most: Tensor = most,
            ) -> list[bool]:
                for tensor, own in zip(tensors, kept, strict=True):
                    tensor.copy_(own)
                _round_tensor(batches, name, steps, found)
                worse: list[bool] = (errors() > most).tolist()
                return worse

            settle_steps(steps, widest, is_worse)
        return found

    def _allowed(
        self, batches: Sequence[Batch], share: float, size: int, before: Tensor
    ) -> list[float]:
        """Return what a share of all weights, so many, may add to the error of each group."""
        groups = len(before)
        values = sum(batch.count for batch in batches) // groups
        allowance = self._allowance
        return [allowance.of_weights(share, size // groups, e, values) for e in before.tolist()]


class Given(Rounder):
    """Rounds weights to tables that a file has already."""

    share = Steps.share

    def __init__(self, tables: Mapping[str, Table], starts: Mapping[str, Values]) -> None:
        self._tables, self._starts = tables, starts

    def round(
        self, batches: Sequence[Batch], names: Sequence[str], made_up: float | None, errors: Errors
    ) -> Tables:
        for batch in batches:
            for name in names:
                weight = batch.network.weights[name]
                _snap(weight, self._tables[name], self._starts.get(name))
        return {}


def _distinct(
    batches: Sequence[Batch], names: Sequence[str] | Mapping[str, Tensor]
) -> list[Tensor]:
    """Return some tensors of all batches, those that these share once."""
    weights = (batch.network.weights[name] for batch in batches for name in names)
    return list({id(weight): weight for weight in weights}.values())


def _sensitivities(tensors: Sequence[Tensor], before: Tensor, errors: Errors) -> list[float]:
    """Return the squared error of each group that noise in some tensors makes, by its variance."""
    kept, groups = [tensor.clone() for tensor in tensors], len(before)
    by_group = _by_group(kept, groups).cpu().numpy()
    deviations = [noise_deviation(weights) for weights in by_group]
    noises = [_noise(own, deviations) for own in kept]
    added = torch.zeros_like(before)
    # Of both signs, so that what the error grows by at one sign does not count.
    for sign in (1, -1):
        for tensor, own, noise in zip(tensors, kept, noises, strict=True):
            tensor.copy_(own + sign * noise)
        added += (errors() - before) / 2
    for tensor, own in zip(tensors, kept, strict=True):
        tensor.copy_(own)
    return [e / deviation**2 for e, deviation in zip(added.tolist(), deviations, strict=True)]


def _by_group(tensors: Sequence[Tensor], groups: int) -> Tensor:
    """Return the weights of some tensors, (groups, weights)."""
    return torch.cat([own.reshape(groups, -1) for own in tensors], 1)


def _noise(weights: Tensor, deviations: Sequence[float]) -> Tensor:
    """Return noise of weights of some groups of rows, each of a deviation; alike in all rows, so
    that a signal has the same alone and in a stack."""
    signs = (
        2.0 * torch.randint(2, weights.shape[1:], generator=torch.Generator().manual_seed(0)) - 1
    )
    by_row = torch.tensor(deviations).repeat_interleave(len(weights) // len(deviations))
    noise: Tensor = (by_row.reshape(-1, *[1] * signs.ndim) * signs).to(weights)
    return noise


def _round_tensor(
    batches: Sequence[Batch], name: str, steps: Sequence[float], found: Tables
) -> None:
    """Round a tensor of all signals to about a step of each group, and take note of the tables."""
    common: Table | None = None
    for batch in batches:
        network = batch.network
        shared = {t.name for t in network.spec.tensors(network.domain) if t.scope is Scope.SHARED}
        networks = batch.networks(network.weights)
        for signal, told, own in zip(batch.signals, batch.starts, networks, strict=True):
            weight, step = own.weights[name], steps[signal if len(steps) > 1 else 0]
            table = common
            if name not in shared or table is None:
                start = kept_starts(own.spec, own.domain, told).get(name)
                table = SpreadTable.measure(weight.cpu().numpy(), step, start)
                _snap(weight, table, start)
            common = table if name in shared else None
            found.setdefault(signal, {})[name] = table


def _snap(weight: Tensor, table: Table, start: Values | None) -> None:
    """Move weights to the nearest that a table has."""
    nearest = table.dequantize(table.quantize(weight.cpu().numpy(), start), start)
    weight.copy_(torch.from_numpy(nearest))
