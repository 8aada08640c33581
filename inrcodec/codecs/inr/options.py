"""Options of coordinate networks."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.headers import PRECISIONS
from inrcodec.codecs.rate_control import step_of_lmbda, step_of_quality
from inrcodec.errors import UsageError
from inrcodec.settings import TargetOptions, check_above_zero, check_whole

__all__ = ["INITS", "InrOptions"]

# Where fits start, by name: from weights that were learnt on photographs, or not.
INITS = {"prior": True, "random": False}

# What says how a network is made.
_OF_NETWORK = ("tile", "width", "depth", "omega", "activation", "preset", "segments")


@dataclass(frozen=True)
class InrOptions(TargetOptions):
    """Options of coordinate networks: targets, of images, and those that only they have. None
    leaves a value to the effort table, or to the target.

    Attributes
    ----------
    steps, learning_rate, tile, width, depth, omega
        Override the effort table; `omega` is the factor of all sine layers. One that the model
        does not have is refused.
    activation
        A name in `networks.activations`; its defaults take the place of the effort table's omega
        and learning rate.
    preset
        Of `enrp` on audio: P0 to P4 of the paper, 2 to 32 equal segments of width 64 and depth 5.
    segments
        Of models with tiles, on audio: into how many equal tiles a chunk is cut, instead of a
        tile.
    chunk
        Of audio: the longest that is fitted at a time, in seconds.
    stop_psnr
        Stop the fit at this many dB.
    init
        Where a fit starts: `prior`, from weights that were learnt on photographs, where there are
        some for the network, of SIRENs on color images, to which the file's are differences; or
        `random`, from the seed.
    precision
        How weights are stored: `auto`, as whole numbers of steps that follow from what bits are
        worth, or `fp16`.
    confidence
        With a target PSNR: how likely the first network that is fitted is to reach it, 0.5 to
        0.999.

    Raises `UsageError` where a value is out of range.
    """

    steps: int | None = None
    learning_rate: float | None = None
    tile: int | None = None
    width: int | None = None
    depth: int | None = None
    omega: float | None = None
    activation: str | None = None
    preset: str | None = None
    segments: int | None = None
    chunk: float | None = None
    stop_psnr: float | None = None
    init: str = "prior"
    precision: str = "auto"
    confidence: float = 0.95

    def __post_init__(self) -> None:
        check_whole(self, "steps", "tile", "width", "depth", "segments")
        check_above_zero(self, "chunk", "segments")
        self.check_aims()
        if not 0.5 <= self.confidence <= 0.999:
            raise UsageError(f"confidence {self.confidence}; it must be 0.5 to 0.999")
        if self.init not in INITS:
            raise UsageError(f"no init {self.init!r}; there is {', '.join(INITS)}")
        if self.precision not in PRECISIONS:
            raise UsageError(f"no precision {self.precision!r}; there is {', '.join(PRECISIONS)}")

    @property
    def has_target(self) -> bool:
        """Tell whether there is a target, which the width follows from."""
        return self.target(1) is not None

    @property
    def step(self) -> int | None:
        """The step of `rate_control` that a quality or a λ stands for; None for neither."""
        if self.lmbda is not None:
            return step_of_lmbda(self.lmbda)
        return None if self.quality is None else step_of_quality(self.quality)

    @property
    def alters_network(self) -> bool:
        """Tell whether any option says what the network is like."""
        return any(getattr(self, name) is not None for name in _OF_NETWORK)
