"""What an encode to a coordinate network is going to do: effort table and options combined."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from inrcodec.codecs.base import Domain, Scope, domain_of
from inrcodec.codecs.codec import Plan
from inrcodec.codecs.inr.networks import Effort, EnrpSpec, NetworkSpec
from inrcodec.codecs.inr.networks.activations import SINE, activation_by_name
from inrcodec.codecs.inr.networks.enrp import PRESETS
from inrcodec.codecs.inr.options import InrOptions
from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import Cost
from inrcodec.schema import codes
from inrcodec.settings import Settings
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Frame

__all__ = ["FitPlan", "longest_domain", "plan_fit"]

_MAX_PARAMETERS = 1 << 28


@dataclass(frozen=True, kw_only=True)
class FitPlan(Plan):
    """A plan of a coordinate network: how long and how fast it is fitted."""

    spec: NetworkSpec
    options: InrOptions
    steps: int
    learning_rate: float

    def described(self) -> dict[str, Any]:
        """Steps and learning rate."""
        return {"steps": self.steps, "learning_rate": self.learning_rate}


def longest_domain(info: SignalInfo) -> Domain:
    """The domain of the longest chunk: those in the middle overlap two neighbours."""
    return domain_of(info, 1 if info.chunks.count > 2 else 0)


def plan_fit(model: type[NetworkSpec], settings: Settings, info: SignalInfo) -> FitPlan:
    """Plan the fit of a model to a signal; see `Codec.plan`."""
    options = settings.options or InrOptions()
    assert isinstance(options, InrOptions)
    info = info.split_into_chunks(options.chunk)
    count, domain = info.chunks.count, longest_domain(info)
    row = model.efforts(domain)[settings.effort - 1]
    effort = _altered(row, settings, options, domain)
    parameters = effort.spec.parameters(domain)
    if sum(parameters.values()) > _MAX_PARAMETERS:
        raise LimitError(f"the network would have more than {_MAX_PARAMETERS} weights")
    if count > 1 and Scope.SHARED in parameters:
        raise UsageError(f"{count} chunks are too many for model {model.name}, which has one")
    cost = effort.spec.encoding_cost(domain, effort.steps)
    return FitPlan(
        spec=effort.spec,
        info=info,
        settings=settings,
        # One chunk after another.
        cost=Cost(cost.memory, count * cost.work),
        together=_together(effort.spec, info),
        options=options,
        steps=effort.steps,
        learning_rate=effort.learning_rate,
    )


def _together(spec: NetworkSpec, info: SignalInfo) -> object:
    """Signals with this in common are fitted as rows of one batch."""
    domain = domain_of(info)
    if info.has_silence or not spec.stackable or Scope.SHARED in spec.parameters(domain):
        return None
    return spec, domain, info.sample_bits


def _altered(row: Effort, settings: Settings, options: InrOptions, domain: Domain) -> Effort:
    """A row of the effort table with what settings and options say."""
    spec = row.spec.with_options(_network_fields(settings, options, row.spec, domain))
    steps = row.steps if options.steps is None else options.steps
    rates = (options.learning_rate, _own_rate(options, row.spec), row.learning_rate)
    return Effort(spec, steps, next(rate for rate in rates if rate is not None))


def _own_rate(options: InrOptions, table: NetworkSpec) -> float | None:
    """The learning rate that the chosen activation asks for."""
    if options.activation is None:
        return None
    function = activation_by_name(options.activation)
    # Of INCODE, the low rate keeps large networks from diverging; those of tiles are small.
    if function.harmonized and table.frame is Frame.TILE:
        return None
    return function.learning_rate


def _network_fields(
    settings: Settings, options: InrOptions, table: NetworkSpec, domain: Domain
) -> dict[str, Any]:
    """The fields of the specification that differ from the effort table's."""
    fields: dict[str, Any] = {}
    if options.activation is not None:
        function = activation_by_name(options.activation)
        # Defaults are for a whole image. Where the table has slower sines, for the few pixels
        # of a tile, all frequencies are as much slower.
        pace = table.fields()["omega"] / SINE.omega
        fields |= {"activation": function.number, "scale": function.scale * pace}
        fields |= {"omega_0": function.omega_0 * pace, "omega": function.omega * pace}
    named = {name: getattr(options, name) for name in ("tile", "width", "depth", "omega")}
    named = _segmented(options, table, domain) | {n: v for n, v in named.items() if v is not None}
    if options.omega is not None:
        named["omega_0"] = options.omega
    return _paced(fields | named, table, domain) | dict(settings.fields)


def _segmented(options: InrOptions, table: NetworkSpec, domain: Domain) -> dict[str, Any]:
    """What a preset, or a number of segments, comes to for an audio signal's chunk."""
    chosen: dict[str, Any] = {}
    if options.preset is not None:
        if not isinstance(table, EnrpSpec):
            raise UsageError(f"model {table.name} has no preset")
        if options.preset not in PRESETS:
            raise UsageError(f"no preset {options.preset!r}; there are {', '.join(PRESETS)}")
        chosen = dict(PRESETS[options.preset])
    own = chosen.pop("segments", None)
    count = own if options.segments is None else options.segments
    if count is None:
        return chosen
    if len(domain.shape) != 1 or "tile" not in codes(table):
        raise UsageError("segments are for audio signals, of models with tiles")
    return {**chosen, "tile": math.ceil(domain.shape[0] / count)}


def _paced(options: dict[str, Any], table: NetworkSpec, domain: Domain) -> dict[str, Any]:
    """Options with the first layer's frequencies as many a second as the table has them, where
    an audio signal's tile is another and nothing else is asked for."""
    if len(domain.shape) != 1 or table.frame is not Frame.TILE or "tile" not in options:
        return options
    fields, (longest,) = table.fields(), domain.shape
    pace = min(options["tile"], longest) / min(fields["tile"], longest)
    return {"omega_0": fields["omega_0"] * pace, **options}
