"""What a user can ask of an encode, and the plan that follows from it. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import MAX_PIXELS
from inrcodec.networks import Domain, Effort, NetworkSpec, model_by_name
from inrcodec.networks.activations import SINE, activation_by_name
from inrcodec.quantization import PRECISIONS

__all__ = ["DEFAULT_EFFORT", "DEFAULT_MODEL", "METADATA_KINDS", "Settings"]

DEFAULT_MODEL = "enrp"
DEFAULT_EFFORT = 3
METADATA_KINDS = ("icc", "exif", "xmp")
_MAX_PARAMETERS = 1 << 28


@dataclass(frozen=True)
class Settings:
    """Options of an encode. None leaves a value to the effort table of the model.

    Attributes
    ----------
    model
        An architecture's name; see `networks.MODELS`.
    effort
        1 to 9; higher is slower and better.
    steps, learning_rate, tile, width, depth, omega
        Override the effort table; `omega` is the factor of all sine layers. One that the model
        does not have is refused.
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
    strip
        Kinds of metadata to leave out: `icc`, `exif`, `xmp`.
    max_pixels
        Refuse pictures of more pixels.
    """

    model: str = DEFAULT_MODEL
    effort: int = DEFAULT_EFFORT
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
    strip: frozenset[str] = frozenset()
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        for name in ("effort", "steps", "tile", "width", "depth", "seed", "max_pixels"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, int):
                raise UsageError(f"{name} {value!r}; it must be a whole number")
        object.__setattr__(self, "strip", frozenset(self.strip))
        model_by_name(self.model)
        if not 1 <= self.effort <= 9:
            raise UsageError(f"effort {self.effort}; it must be 1 to 9")
        if self.precision not in PRECISIONS:
            raise UsageError(f"no precision {self.precision!r}; there is {', '.join(PRECISIONS)}")
        if unknown := self.strip - set(METADATA_KINDS):
            raise UsageError(f"cannot strip {', '.join(sorted(unknown))}")
        if not 0 <= self.seed < 1 << 63:
            raise UsageError(f"seed {self.seed}; it must be 0 to 2^63 - 1")

    def plan(self, domain: Domain) -> Effort:
        """What the effort table and the overrides come to, for a signal.

        Raises `UsageError` or, where the network would be out of all proportion, `LimitError`.
        """
        row = model_by_name(self.model).efforts()[self.effort - 1]
        spec = row.spec.with_options(self._options(row.spec))
        if sum(spec.parameters(domain).values()) > _MAX_PARAMETERS:
            raise LimitError(f"the network would have more than {_MAX_PARAMETERS} weights")
        steps = row.steps if self.steps is None else self.steps
        own = activation_by_name(self.activation).learning_rate if self.activation else None
        rates = (self.learning_rate, own, row.learning_rate)
        return Effort(spec, steps, next(rate for rate in rates if rate is not None))

    def _options(self, table: NetworkSpec) -> dict[str, Any]:
        """The fields of the specification that differ from the effort table's."""
        options: dict[str, Any] = {}
        if self.activation is not None:
            function = activation_by_name(self.activation)
            # Defaults are for a whole picture. Where the table has slower sines, for the few pixels
            # of a tile, all frequencies are as much slower.
            pace = table.fields()["omega"] / SINE.omega
            options |= {"activation": function.number, "scale": function.scale * pace}
            options |= {"omega_0": function.omega_0 * pace, "omega": function.omega * pace}
        named = {name: getattr(self, name) for name in ("tile", "width", "depth", "omega")}
        named["omega_0"] = self.omega
        options |= {name: value for name, value in named.items() if value is not None}
        return options | dict(self.options)
