"""Planning the fit of a coordinate network: effort table and options combined."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from inrcodec.codecs.base import Domain, Scope, domain_of
from inrcodec.codecs.codec import Plan
from inrcodec.codecs.inr.allowance import Allowance
from inrcodec.codecs.inr.networks import Effort, EnrpSpec, NetworkSpec
from inrcodec.codecs.inr.networks.activations import SINE, activation_by_name
from inrcodec.codecs.inr.networks.enrp import PRESETS
from inrcodec.codecs.inr.options import InrOptions
from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import Cost
from inrcodec.schema import codes
from inrcodec.settings import Settings, Target
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Frame

__all__ = ["FitPlan", "check_predictable", "longest_domain", "plan_fit"]

_MAX_PARAMETERS = 1 << 28


@dataclass(frozen=True, kw_only=True)
class FitPlan(Plan):
    """A plan of a coordinate network: its architecture, and how long and how fast it is fitted."""

    spec: NetworkSpec
    options: InrOptions
    steps: int
    learning_rate: float
    matrix_rate: float | None
    allowance: Allowance

    @property
    def target(self) -> Target | None:
        """The target of an image's file, if it has one."""
        return self.options.target(math.prod(self.info.shape))

    @property
    def is_searched(self) -> bool:
        """Tell whether there is a target to search for, or a width that is worth its bits."""
        if self.options.step is None:
            return self.target is not None
        return self.options.width is None and not self.shares

    def with_width(self, width: int) -> FitPlan:
        """Return the plan of a network of another width."""
        settings = replace(self.settings, fields={**self.settings.fields, "width": width})
        return plan_fit(type(self.spec), settings, self.info)

    def described(self) -> dict[str, Any]:
        """Return steps and learning rate."""
        return {"steps": self.steps, "learning_rate": self.learning_rate}


def longest_domain(info: SignalInfo) -> Domain:
    """Return the domain of the longest chunk: those in the middle overlap two neighbors."""
    return domain_of(info, 1 if info.chunks.count > 2 else 0)


def plan_fit(model: type[NetworkSpec], settings: Settings, info: SignalInfo) -> FitPlan:
    """Plan the fit of a model to a signal; see `Codec.plan`."""
    options = settings.options_of(InrOptions)
    assert isinstance(options, InrOptions)
    step = options.step
    if options.has_target or step is not None:
        check_predictable(model, options, info)
    info = info.split_into_chunks(options.chunk)
    count, domain = info.chunks.count, longest_domain(info)
    table = model.efforts(domain)[settings.effort - 1]
    effort = _with_options(table, settings, options, domain)
    parameters = effort.spec.parameters(domain)
    if sum(parameters.values()) > _MAX_PARAMETERS:
        raise LimitError(f"the network would have more than {_MAX_PARAMETERS} weights")
    if count > 1 and Scope.SHARED in parameters:
        raise UsageError(f"{count} chunks are too many for model {model.name}, which has one")
    if count > 1 and settings.keep_float:
        raise UsageError(f"keep_float keeps the weights of one network; there are {count} chunks")
    cost = effort.spec.encoding_cost(domain, effort.steps)
    return FitPlan(
        spec=effort.spec,
        info=info,
        settings=settings,
        # One chunk after another.
        cost=Cost(cost.memory, count * cost.work),
        together=None if options.has_target or step is not None else _stack_key(effort.spec, info),
        options=options,
        steps=effort.steps,
        learning_rate=effort.learning_rate,
        matrix_rate=_matrix_rate(effort, table, options),
        allowance=Allowance() if step is None else Allowance.of_step(step, info.channels),
    )


def check_predictable(model: type[NetworkSpec], options: InrOptions, info: SignalInfo) -> None:
    """Raise `UsageError` where there is no telling how well networks will encode a signal."""
    if len(info.shape) != 2:
        raise UsageError(f"how well {model.name} encodes is told of images alone")
    if options.activation not in (None, SINE.name):
        raise UsageError(f"how well {model.name} encodes is told of its own activation alone")


def _stack_key(spec: NetworkSpec, info: SignalInfo) -> Hashable | None:
    """Return what signals have in common that can be rows of one batch; see `Plan.together`."""
    domain = domain_of(info)
    if info.has_silence or not spec.stackable or Scope.SHARED in spec.parameters(domain):
        return None
    return spec, domain, info.sample_bits


def _with_options(row: Effort, settings: Settings, options: InrOptions, domain: Domain) -> Effort:
    """Return a row of the effort table, changed as settings and options say."""
    fields = _option_fields(options, row.spec, domain) | dict(settings.fields)
    steps = row.steps if options.steps is None else options.steps
    spec = row.spec.with_options(fields)
    of_function = _rate_of_activation(options, row.spec)
    rate = row.learning_rate if of_function is None else of_function
    if options.learning_rate is not None:
        rate = options.learning_rate
    return Effort(spec, steps, rate)


def _matrix_rate(effort: Effort, table: Effort, options: InrOptions) -> float | None:
    """Return Muon's rate; where a learning rate is asked for, it is as much higher or lower."""
    rate = effort.spec.matrix_rate
    if rate is None or options.learning_rate is None:
        return rate
    return rate * effort.learning_rate / table.learning_rate


def _rate_of_activation(options: InrOptions, spec: NetworkSpec) -> float | None:
    """Return the learning rate that the chosen activation asks for; None for the table's."""
    if options.activation is None:
        return None
    function = activation_by_name(options.activation)
    # Of INCODE, the low rate keeps large networks from diverging; those of tiles are small.
    if function.harmonized and spec.frame is Frame.TILE:
        return None
    return function.learning_rate


def _option_fields(options: InrOptions, spec: NetworkSpec, domain: Domain) -> dict[str, Any]:
    """Return the fields of the effort table's architecture that options change.

    Of options that say the same, the more direct one holds: `tile` over `segments` over `preset`,
    `omega` over `preset` over `activation`.
    """
    fields = _activation_fields(options, spec)
    fields |= _preset_fields(options, spec)
    of_preset = fields.pop("segments", None)
    fields |= _segment_fields(options, spec, domain, of_preset)
    named = {name: getattr(options, name) for name in ("tile", "width", "depth", "omega")}
    fields |= {name: value for name, value in named.items() if value is not None}
    if options.omega is not None:
        fields["omega_0"] = options.omega
    return _with_first_omega(fields, spec, domain)


def _activation_fields(options: InrOptions, spec: NetworkSpec) -> dict[str, Any]:
    """Return the defaults of the chosen activation."""
    if options.activation is None:
        return {}
    function = activation_by_name(options.activation)
    # Defaults are for a whole image. Where the table has slower sines, for the few pixels of a
    # tile, all frequencies are as much slower.
    pace = spec.fields()["omega"] / SINE.omega
    return {
        "activation": function.number,
        "scale": function.scale * pace,
        "omega_0": function.omega_0 * pace,
        "omega": function.omega * pace,
    }


def _preset_fields(options: InrOptions, spec: NetworkSpec) -> dict[str, Any]:
    """Return the fields of the chosen preset, and its number of `segments`."""
    if options.preset is None:
        return {}
    if not isinstance(spec, EnrpSpec):
        raise UsageError(f"model {spec.name} has no preset")
    if options.preset not in PRESETS:
        raise UsageError(f"no preset {options.preset!r}; there are {', '.join(PRESETS)}")
    return dict(PRESETS[options.preset])


def _segment_fields(
    options: InrOptions, spec: NetworkSpec, domain: Domain, of_preset: int | None
) -> dict[str, Any]:
    """Return the tile that cuts an audio signal's chunk into so many segments."""
    count = of_preset if options.segments is None else options.segments
    if count is None:
        return {}
    if len(domain.shape) != 1 or "tile" not in codes(spec):
        raise UsageError("segments are for audio signals, of models with tiles")
    return {"tile": math.ceil(domain.shape[0] / count)}


def _with_first_omega(fields: dict[str, Any], spec: NetworkSpec, domain: Domain) -> dict[str, Any]:
    """Return fields with the first layer's omega for another tile of an audio signal.

    Its frequencies then are as many a second as those of the effort table. Where an omega is asked
    for, it stays.
    """
    if len(domain.shape) != 1 or spec.frame is not Frame.TILE or "tile" not in fields:
        return fields
    table, (longest,) = spec.fields(), domain.shape
    pace = min(fields["tile"], longest) / min(table["tile"], longest)
    return {"omega_0": table["omega_0"] * pace, **fields}
