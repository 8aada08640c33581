"""What a user can ask of an encode, and the plan that follows from it. Needs no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inrcodec.codecs.grid.spec import ITERATIONS, GridSpec
from inrcodec.codecs.headers import domain_of
from inrcodec.codecs.inr.networks import Domain, Effort, EnrpSpec, NetworkSpec, PerceptronSpec
from inrcodec.codecs.inr.networks.activations import SINE, activation_by_name
from inrcodec.codecs.inr.networks.enrp import PRESETS
from inrcodec.codecs.inr.quantization import PRECISIONS
from inrcodec.codecs.registry import model_by_name
from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import Cost, Limits
from inrcodec.schema import codes
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Frame

__all__ = [
    "AUTO",
    "DEFAULT_EFFORT",
    "DEFAULT_MODELS",
    "DEFAULT_QUALITY",
    "METADATA_KINDS",
    "PLURALS",
    "Settings",
]

AUTO = "auto"
# By the kind of signal.
DEFAULT_MODELS = {"image": "grid", "audio": "enrp"}
PLURALS = {"image": "images", "audio": "audio"}
DEFAULT_EFFORT = 3
DEFAULT_QUALITY = 60.0
METADATA_KINDS = ("icc", "exif", "xmp", "iptc", "resolution", "tags")
_MAX_PARAMETERS = 1 << 28

# Options that say what an encode aims at, of which there can be one.
_WHOLE_NUMBERS = (
    *("effort", "steps", "tile", "width", "depth", "segments", "seed"),
    "max_memory",
)
_AIMS = ("quality", "lmbda", "target_psnr", "target_bpp", "target_size")
# Options that only one family of models has.
_OF_FAMILY = {
    "lattice": (*_AIMS, "alpha_quality", "time"),
    "network": (
        *("steps", "learning_rate", "stop_psnr"),
        *("tile", "width", "depth", "omega", "activation", "preset", "segments", "chunk"),
    ),
}


@dataclass(frozen=True)
class Settings:
    """Options of an encode. None leaves a value to the effort table of the model.

    Attributes
    ----------
    model
        A name in `models.MODELS`; `auto` for the one that does best on the kind of signal.
    effort
        1 to 9; higher is slower and better.
    quality
        Of the latent grid: 1 to 100, about as AVIF's.
    lmbda
        Of the latent grid, instead of a quality: the mean squared error (samples from 0 to 1) that
        a bit per pixel is worth; above 0.
    target_psnr, target_bpp, target_size
        Of the latent grid, instead of a quality: reach this PSNR (dB), or these bits per pixel or
        bytes of the whole file; `TargetError` where that cannot be.
    alpha_quality
        Of the latent grid: below 100, alpha has fewer levels.
    time
        Of the latent grid, instead of an effort: refine for this many seconds, counted from the
        start of the encode; above 0.
    steps, learning_rate, tile, width, depth, omega
        Of coordinate networks: override the effort table; `omega` is the factor of all sine
        layers. One that the model does not have is refused.
    activation
        A name in `networks.activations`; its defaults take the place of the effort table's omega
        and learning rate.
    options
        Any other fields of the model's specification, by name.
    stop_psnr
        Stop the fit at this many dB.
    seed
        Of the weights' start; the same seed on the same device gives the same bytes.
    device
        `auto`, `cpu` or `cuda`.
    precision
        How weights are quantized: `fp16`.
    preset
        Of `enrp` on audio signals: P0 to P4 of the paper, 2 to 32 equal segments of width 64 and
        depth 5.
    segments
        Of models with tiles, on audio signals: into how many equal tiles a chunk is cut, instead of a
        tile.
    chunk
        Of audio signals: the longest that is fitted at a time, in seconds.
    strip
        Kinds of metadata to leave out: `icc`, `exif`, `xmp`, `iptc`, `resolution`, `tags`.
    max_memory
        Refuse what would take more bytes of memory, beyond what is loaded; None for half of the
        machine's, or of its control group's.
    max_work
        Refuse what would take more floating-point operations; None for any number: the work of an
        encode follows from effort and steps, which are its caller's.
    """

    model: str = AUTO
    effort: int = DEFAULT_EFFORT
    quality: float | None = None
    lmbda: float | None = None
    target_psnr: float | None = None
    target_bpp: float | None = None
    target_size: int | None = None
    alpha_quality: int | None = None
    time: float | None = None
    steps: int | None = None
    learning_rate: float | None = None
    tile: int | None = None
    width: int | None = None
    depth: int | None = None
    omega: float | None = None
    activation: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    stop_psnr: float | None = None
    seed: int = 0
    device: str = "auto"
    precision: str = "fp16"
    preset: str | None = None
    segments: int | None = None
    chunk: float | None = None
    strip: frozenset[str] = frozenset()
    max_memory: int | None = None
    max_work: float | None = None

    def __post_init__(self) -> None:
        for name in _WHOLE_NUMBERS:
            value = getattr(self, name)
            if value is not None and not isinstance(value, int):
                raise UsageError(f"{name} {value!r}; it must be a whole number")
        object.__setattr__(self, "strip", frozenset(self.strip))
        if self.model != AUTO:
            self._check_family(model_by_name(self.model).family)
        self._check_aims()
        if not 1 <= self.effort <= 9:
            raise UsageError(f"effort {self.effort}; it must be 1 to 9")
        if self.precision not in PRECISIONS:
            raise UsageError(f"no precision {self.precision!r}; there is {', '.join(PRECISIONS)}")
        if unknown := self.strip - set(METADATA_KINDS):
            raise UsageError(f"cannot strip {', '.join(sorted(unknown))}")
        for name in ("max_memory", "max_work"):
            if (limit := getattr(self, name)) is not None and not limit > 0:
                raise UsageError(f"{name} {limit!r}; it must be above 0")
        if not 0 <= self.seed < 1 << 63:
            raise UsageError(f"seed {self.seed}; it must be 0 to 2^63 - 1")

    @property
    def limits(self) -> Limits:
        """What is refused for its size."""
        return Limits.of(self.max_memory, math.inf if self.max_work is None else self.max_work)

    @property
    def alters_network(self) -> bool:
        """Whether any setting says what the network is like."""
        names = ("tile", "width", "depth", "omega", "activation", "preset", "segments")
        return bool(self.options) or any(getattr(self, name) is not None for name in names)

    def resolved(self, kind: str) -> Settings:
        """The settings with a model in place of `auto`, for a kind of signal.

        Raises `UsageError` where other settings do not go with that model.
        """
        if self.model != AUTO:
            return self
        try:
            return replace(self, model=DEFAULT_MODELS[kind])
        except UsageError as error:
            raise UsageError(f"{error}; {PLURALS[kind]} have that model by default") from error

    def _check_family(self, family: str) -> None:
        for other, names in _OF_FAMILY.items():
            given = [name for name in names if getattr(self, name) is not None]
            if other != family and given:
                raise UsageError(f"model {self.model} has no {given[0]}")

    def _check_aims(self) -> None:
        given = [name for name in _AIMS if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"give {given[0]} or {given[1]}, not both")
        for name in (*given, "time", "chunk", "segments"):
            value = getattr(self, name)
            if value is None:
                continue
            if not isinstance(value, int | float) or not 0 < value < math.inf:
                raise UsageError(f"{name} {value!r}; it must be above 0")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError(f"quality {self.quality}; it must be 1 to 100")
        if self.alpha_quality is not None and not 0 <= self.alpha_quality <= 100:
            raise UsageError(f"alpha quality {self.alpha_quality}; it must be 0 to 100")

    def plan(self, domain: Domain) -> Effort:
        """What the effort table and the overrides come to, for a signal.

        Raises `UsageError` or, where the network would be out of all proportion, `LimitError`.
        """
        model = model_by_name(self.model)
        assert issubclass(model, PerceptronSpec)
        row = model.efforts(domain)[self.effort - 1]
        spec = row.spec.with_options(self._options(row.spec, domain))
        if sum(spec.parameters(domain).values()) > _MAX_PARAMETERS:
            raise LimitError(f"the network would have more than {_MAX_PARAMETERS} weights")
        steps = row.steps if self.steps is None else self.steps
        rates = (self.learning_rate, self._own_rate(row.spec), row.learning_rate)
        return Effort(spec, steps, next(rate for rate in rates if rate is not None))

    def encoding_cost(self, info: SignalInfo) -> Cost:
        """What encoding a signal takes, chunk by chunk.

        Raises as `plan` and `resolved`.
        """
        own, count = self.resolved(info.name), info.chunks.count
        # Chunks in the middle are the longest: they overlap two.
        domain = domain_of(info, 1 if count > 2 else 0)
        if model_by_name(own.model).family == "network":
            plan = own.plan(domain)
            cost = plan.spec.encoding_cost(domain, plan.steps)
        else:
            iterations = ITERATIONS[own.effort - 1] if own.time is None else None
            cost = GridSpec().with_options(own.options).encoding_cost(domain, iterations)
        return Cost(cost.memory, count * cost.work)

    def _own_rate(self, table: NetworkSpec) -> float | None:
        """The learning rate that the chosen activation asks for."""
        if self.activation is None:
            return None
        function = activation_by_name(self.activation)
        # Of INCODE, the low rate keeps large networks from diverging; those of tiles are small.
        if function.harmonized and table.frame is Frame.TILE:
            return None
        return function.learning_rate

    def _options(self, table: NetworkSpec, domain: Domain) -> dict[str, Any]:
        """The fields of the specification that differ from the effort table's."""
        options: dict[str, Any] = {}
        if self.activation is not None:
            function = activation_by_name(self.activation)
            # Defaults are for a whole image. Where the table has slower sines, for the few pixels
            # of a tile, all frequencies are as much slower.
            pace = table.fields()["omega"] / SINE.omega
            options |= {"activation": function.number, "scale": function.scale * pace}
            options |= {"omega_0": function.omega_0 * pace, "omega": function.omega * pace}
        named = {name: getattr(self, name) for name in ("tile", "width", "depth", "omega")}
        named = self._segmented(table, domain) | {n: v for n, v in named.items() if v is not None}
        if self.omega is not None:
            named["omega_0"] = self.omega
        return self._paced(options | named, table, domain) | dict(self.options)

    def _segmented(self, table: NetworkSpec, domain: Domain) -> dict[str, Any]:
        """What a preset, or a number of segments, comes to for an audio signal's chunk."""
        chosen: dict[str, Any] = {}
        if self.preset is not None:
            if not isinstance(table, EnrpSpec):
                raise UsageError(f"model {self.model} has no preset")
            if self.preset not in PRESETS:
                raise UsageError(f"no preset {self.preset!r}; there are {', '.join(PRESETS)}")
            chosen = dict(PRESETS[self.preset])
        own = chosen.pop("segments", None)
        count = own if self.segments is None else self.segments
        if count is None:
            return chosen
        if len(domain.shape) != 1 or "tile" not in codes(table):
            raise UsageError("segments are for audio signals, of models with tiles")
        return {**chosen, "tile": math.ceil(domain.shape[0] / count)}

    @staticmethod
    def _paced(options: dict[str, Any], table: NetworkSpec, domain: Domain) -> dict[str, Any]:
        """Options with the first layer's frequencies as many a second as the table has them, where
        an audio signal's tile is another and nothing else is asked for."""
        if len(domain.shape) != 1 or table.frame is not Frame.TILE or "tile" not in options:
            return options
        fields, (longest,) = table.fields(), domain.shape
        pace = min(options["tile"], longest) / min(fields["tile"], longest)
        return {"omega_0": fields["omega_0"] * pace, **options}
