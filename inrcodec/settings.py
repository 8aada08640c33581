"""Settings of every encode; what only one codec has are `Options` of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.signal.source import METADATA_KINDS

__all__ = [
    "AUTO",
    "DEFAULT_EFFORT",
    "Options",
    "Settings",
    "Target",
    "TargetOptions",
    "check_above_zero",
    "check_whole",
]

_O = TypeVar("_O", bound="Options")

AUTO = "auto"
DEFAULT_EFFORT = 3


@dataclass(frozen=True)
class Options:
    """Options that only one codec has: each codec has a dataclass of its own."""

    def given(self) -> dict[str, Any]:
        """The options that are not at their defaults."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}

    @property
    def claims(self) -> bool:
        """Tell whether they ask for a model of their codec, where `auto` is to choose."""
        return False


@dataclass(frozen=True)
class Target:
    """A PSNR or SNR in dB, a SSIMULACRA2, or a number of bytes of the whole file that is not to be
    exceeded."""

    psnr_db: float | None = None
    bytes: int | None = None
    ssimulacra2: float | None = None
    snr_db: float | None = None

    def __str__(self) -> str:
        if self.ssimulacra2 is not None:
            return f"SSIMULACRA2 of {self.ssimulacra2:g}"
        decibels = self.psnr_db if self.snr_db is None else self.snr_db
        return f"{self.bytes} bytes" if decibels is None else f"{decibels:g} dB"


@dataclass(frozen=True)
class TargetOptions(Options):
    """Options that say what an image's file is to come to, of which one is given at most.

    Attributes
    ----------
    quality
        1 to 100, about as AVIF's: what a bit is worth; 100 is lossless where the model is `auto`.
    lmbda
        Likewise, as the mean squared error (samples from 0 to 1) that a bit per pixel is worth;
        above 0.
    target_psnr, target_bpp, target_size
        Reach this PSNR (dB), to 0.1 dB or the next more that steps of weights or latents allow; or
        come close to these bits per pixel or bytes of the whole file, but not above them.
        `TargetError` where the best has a lower PSNR, or the smallest more bytes.
    """

    quality: float | None = None
    lmbda: float | None = None
    target_psnr: float | None = None
    target_bpp: float | None = None
    target_size: int | None = None

    def target(self, pixels: int) -> Target | None:
        """Return the target for an image of so many pixels."""
        if self.target_psnr is not None:
            return Target(psnr_db=self.target_psnr)
        if self.target_size is not None:
            return Target(bytes=self.target_size)
        if self.target_bpp is not None:
            return Target(bytes=max(1, int(self.target_bpp * pixels / 8)))
        return None

    def check_aims(self, *others: str) -> None:
        """Raise `UsageError` where more than one of the targets, and of some other fields, is
        given, or where one is no number above 0."""
        names = (*others, "quality", "lmbda", "target_psnr", "target_bpp", "target_size")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"give {given[0]} or {given[1]}, not both")
        check_whole(self, "target_size")
        check_above_zero(self, *given)
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError(f"quality {self.quality}; it must be 1 to 100")


@dataclass(frozen=True)
class Settings:
    """Settings of an encode that all codecs share.

    Attributes
    ----------
    model
        A name that `inrcodec models` lists; `auto` for the one that does best on the kind of
        signal, or that options ask for.
    effort
        1 to 9; higher is slower and better.
    seed
        Of random numbers, 0 to 2^63 - 1; the same seed on the same device gives the same bytes.
    device
        `auto`, `cpu` or `cuda`.
    strip
        Kinds of metadata to leave out: `icc`, `exif`, `xmp`, `iptc`, `resolution`, `tags`, `cicp`,
        `mdcv`, `clli`.
    bits
        8 for the upper 8 bits alone of the samples of image files that have 16; None for all.
    fields
        Any header fields of the model, by name.
    max_memory
        Refuse what would take more bytes of memory, beyond what is loaded; None for half of the
        machine's, or of its control group's.
    max_work
        Refuse what would take more floating-point operations; None for any number: the work of an
        encode follows from effort and steps, which are its caller's.
    keep_float
        Keep the numbers of a coordinate network as they are before they are quantized: then this
        happens after the fit, and not within it.
    options
        Those of one codec: `GridOptions`, `PixelsOptions`, `AudioGridOptions` or `InrOptions`; or,
        where a name stands for an option of several, what each of them makes of it.

    Raises `UsageError` where a value is out of range.
    """

    model: str = AUTO
    effort: int = DEFAULT_EFFORT
    seed: int = 0
    device: str = "auto"
    strip: frozenset[str] = frozenset()
    bits: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    max_memory: int | None = None
    max_work: float | None = None
    keep_float: bool = False
    options: Options | tuple[Options, ...] | None = None

    def __post_init__(self) -> None:
        if not all(isinstance(options, Options) for options in self.choices):
            raise UsageError("options are of a codec, such as GridOptions; see fields")
        check_whole(self, "effort", "seed", "max_memory")
        object.__setattr__(self, "strip", frozenset(self.strip))
        if not 1 <= self.effort <= 9:
            raise UsageError(f"effort {self.effort}; it must be 1 to 9")
        if unknown := self.strip - set(METADATA_KINDS):
            raise UsageError(f"cannot strip {', '.join(sorted(unknown))}")
        if self.bits not in (None, 8, 16):
            raise UsageError(f"bits {self.bits!r}; 8 and 16 are possible")
        for name in ("max_memory", "max_work"):
            if (limit := getattr(self, name)) is not None and not limit > 0:
                raise UsageError(f"{name} {limit!r}; it must be above 0")
        if not 0 <= self.seed < 1 << 63:
            raise UsageError(f"seed {self.seed}; it must be 0 to 2^63 - 1")

    @property
    def choices(self) -> tuple[Options, ...]:
        """The options, of which an encode takes those of its codec; none where none are given."""
        if isinstance(self.options, tuple):
            return self.options
        return () if self.options is None else (self.options,)

    def options_of(self, kind: type[_O]) -> _O:
        """The options of one codec, at their defaults where none are given."""
        return next((own for own in self.choices if isinstance(own, kind)), kind())

    @property
    def limits(self) -> Limits:
        """The limits of memory and work."""
        return Limits.of(self.max_memory, math.inf if self.max_work is None else self.max_work)


def check_whole(settings: Settings | Options, *names: str) -> None:
    """Raise `UsageError` where one of some fields is given and is no whole number."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not isinstance(value, int):
            raise UsageError(f"{name} {value!r}; it must be a whole number")


def check_above_zero(options: Options, *names: str) -> None:
    """Raise `UsageError` where one of some fields is given and is not a finite number above 0."""
    for name in names:
        value = getattr(options, name)
        if value is None:
            continue
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            raise UsageError(f"{name} {value!r}; it must be above 0")
