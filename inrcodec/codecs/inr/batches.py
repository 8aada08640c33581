"""Batches of a fit: the samples of a step in microbatches, with the weights that they train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Domain, Scope, Start
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.microbatches import Microbatch, Turns, make_turns
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.spectral import start_audio

__all__ = ["Batch", "make_batches", "make_part", "make_stack"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Batch:
    """Signals of one shape under training: a row of weights for each tile or each signal.

    Attributes
    ----------
    network
        Its tile weights have a row for each tile, or its item weights one for each signal.
    signals
        Which of all signals, in order of the rows.
    starts
        Of the weights of each of them.
    turns
        All their samples: those of a step, and of the next, until it begins anew.
    """

    network: Network
    signals: list[int]
    starts: list[Start]
    turns: Turns

    @property
    def rows(self) -> int:
        """Rows of weights."""
        stops: list[int] = [microbatch.rows.stop for microbatch in self.turns[0]]
        return max(stops)

    @property
    def count(self) -> int:
        """Values of all samples, without padding; those where tiles overlap count for each."""
        channels = self.network.domain.channels
        return sum(
            m.values.numel() if m.mask is None else channels * int(m.mask.sum())
            for turn in self.turns
            for m in turn
        )

    def start_first_layers(self, seed: int) -> None:
        """Start the first layer of every network from one seed."""
        network = self.network
        start = initialize(network.spec, network.domain, seed, str(network.device))
        for layer in network.spec.first_layers:
            for name in (f"weight{layer}", f"bias{layer}"):
                network.weights[name].copy_(start.weights[name])

    def microbatches_at(self, step: int) -> list[Microbatch]:
        """Return what a step goes through: samples of every row."""
        return self.turns[step % len(self.turns)]

    def networks(self, weights: dict[str, Tensor]) -> list[Network]:
        """Return a network for each signal, of weights that stand as in `network`."""
        spec, domain = self.network.spec, self.network.domain
        if len(self.signals) == 1:
            return [Network(spec, domain, weights)]
        rows = Network(spec, domain, weights)
        each = self.rows // len(self.signals)
        parts = [slice(k * each, (k + 1) * each) for k in range(len(self.signals))]
        return [Network(spec, domain, rows.of_rows(part)) for part in parts]


def make_batches(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    shared: Mapping[str, Tensor] | None = None,
) -> list[Batch]:
    """Sort signals (*axes, channels) into batches, their networks at the start of a fit.

    Signals of one shape that share weights are stacked. Signal k starts from seed + k, save shared
    weights, which are those given, or else start from the first signal's seed, and are the same
    tensors in all batches. If there are more samples than `settings.points`, a step goes through
    about so many, drawn at random from all signals alike.
    """
    groups: dict[tuple[tuple[int, ...], int], list[int]] = {}
    for k, values in enumerate(signals):
        shares = Scope.SHARED in spec.parameters(_domain(values, settings))
        groups.setdefault((values.shape, 0 if shares else k), []).append(k)
    turns = _turns(signals, settings)
    batches: list[Batch] = []
    common = dict(shared or {})
    for members in groups.values():
        starts = [_start_of(signals[k], spec, settings, settings.seed + k) for k in members]
        pairs = zip(members, starts, strict=True)
        networks = [_started(signals[k], spec, settings, start) for k, start in pairs]
        network = _stack(networks, common)
        own = make_turns(network, [signals[k] for k in members], turns)
        batches.append(Batch(network, members, starts, own))
    return batches


def make_stack(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    seeds: Sequence[int] | None = None,
) -> Batch:
    """Stack signals of one shape, whose networks share nothing, in one batch.

    Each starts from a seed of its own, or from that of the settings, as it would alone.
    """
    seeded = zip(signals, seeds or [settings.seed] * len(signals), strict=True)
    starts = [_start_of(values, spec, settings, seed) for values, seed in seeded]
    pairs = zip(signals, starts, strict=True)
    network = _stack([_started(values, spec, settings, start) for values, start in pairs], {})
    turns = make_turns(network, signals, _turns(signals[:1], settings))
    return Batch(network, list(range(len(signals))), starts, turns)


def make_part(
    values: Values, network: Network, tiles: Sequence[int], settings: FitSettings
) -> Batch:
    """Make a batch of some tiles of a signal, which start from a network's weights of all tiles."""
    rows = torch.tensor(tiles, device=network.device)
    weights = network.of_rows(rows)
    for name, weight in weights.items():
        weights[name] = weight.clone()
        weights[name].grad = torch.zeros_like(weight)
    some = Network(network.spec, network.domain, weights)
    turns = make_turns(some, [values], _turns([values], settings), rows.cpu())
    return Batch(some, [0], [Start(settings.seed)], turns)


def _turns(signals: Sequence[Values], settings: FitSettings) -> int:
    """Return how many steps go through all samples of signals once."""
    total = sum(values[..., 0].size for values in signals)
    return 1 if settings.points is None else -(-total // settings.points)


def _domain(values: Values, settings: FitSettings) -> Domain:
    return Domain(values.shape[:-1], values.shape[-1], settings.overlap)


def _start_of(values: Values, spec: NetworkSpec, settings: FitSettings, seed: int) -> Start:
    """Return where a signal's fit starts: at the prior, where that is of its network."""
    prior = settings.prior
    has_prior = prior and spec.has_prior(prior, _domain(values, settings))
    return Start(prior=prior) if has_prior else Start(seed)


def _started(values: Values, spec: NetworkSpec, settings: FitSettings, start: Start) -> Network:
    """Return a signal's network before the fit."""
    domain = _domain(values, settings)
    if start.prior and (weights := spec.prior(start.prior, domain)):
        return Network(spec, domain, weights).on(settings.device)
    network = initialize(spec, domain, start.seed, settings.device)
    if settings.audio:
        start_audio(network, values, start.seed)
    return network


def _stack(networks: list[Network], shared: dict[str, Tensor]) -> Network:
    """Return one network with a row for each of several.

    Shared weights are those of `shared`, which the first network fills.
    """
    first = networks[0]
    weights: dict[str, Tensor] = {}
    for tensor in first.spec.tensors(first.domain):
        name = tensor.name
        if tensor.scope is Scope.SHARED:
            weights[name] = shared.setdefault(name, first.weights[name])
        elif len(networks) == 1:
            weights[name] = first.weights[name]
        else:
            weights[name] = torch.cat([network.weights[name] for network in networks])
    for weight in weights.values():
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    return Network(first.spec, first.domain, weights)
