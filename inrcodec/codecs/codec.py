"""The interface of a codec: a signal goes in, sections come out; a container goes in, a renderer
comes out.

    settings, info ──▶ plan ──▶ Plan
    source, plan ────▶ encode ▶ EncodedItem (sections, never a file)
    container ───────▶ open ──▶ Renderer
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from inrcodec.codecs.base import ModelSpec, Scope, domain_of
from inrcodec.codecs.headers import Header
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container, Section
from inrcodec.errors import FormatError, UsageError
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.settings import Options, Settings
from inrcodec.signal import SIGNAL_KINDS, SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import Comparison
from inrcodec.signal.renderer import Renderer

__all__ = ["Codec", "EncodedItem", "OnDamage", "Opening", "Part", "Plan", "Read"]

# Opens a signal, when it is its turn.
Read = Callable[[], AbstractContextManager[Source]]
# Is told of a part of the signal that cannot be read, and why.
OnDamage = Callable[[Region, FormatError], None]


@dataclass(frozen=True)
class Plan:
    """A plan of an encode, made from settings and headers alone.

    Attributes
    ----------
    spec
        The model, as far as it does not depend on samples.
    info
        The signal, with the chunks that it is cut into.
    settings
        As they were given.
    cost
        Of the encode.
    together
        Signals whose plans have the same are encoded faster in one go; None for none.
    """

    spec: ModelSpec
    info: SignalInfo
    settings: Settings
    cost: Cost
    together: Hashable | None = None

    def described(self) -> dict[str, Any]:
        """Return how long and how well it is encoded, fit for JSON."""
        return {}

    @property
    def shares(self) -> bool:
        """Tell whether all items of a file have numbers in common that are fitted to all of
        them."""
        return Scope.SHARED in self.spec.parameters(domain_of(self.info))


@dataclass(frozen=True)
class EncodedItem:
    """A signal as sections.

    Attributes
    ----------
    info
        The signal as its file has it.
    sections
        Of the codec: its header (`NETW`) first. Item 1 is the signal, 0 what it shares.
    steps
        Updates that the fit took.
    comparison
        Of what the sections decode to with the source, if the encode has it anyway.
    module
        The signal as a `torch.nn.Module`, with its numbers before they were quantized, where
        settings ask for that and the codec has one.
    device
        That it was encoded on.
    """

    info: SignalInfo
    sections: Sequence[Section]
    steps: int
    comparison: Comparison | None = None
    module: Any = None
    device: str = "cpu"


@dataclass(frozen=True)
class Opening:
    """The way in which a signal is opened.

    Attributes
    ----------
    device
        A torch device.
    on_damage
        Told of parts that are damaged, which are then silent or gray; None raises instead.
    report
        Told of parts that are read.
    kept
        By name, what a codec keeps from one view of the signal to the next.
    header_of
        Reads the header of another item of the file.
    """

    device: str = "cpu"
    on_damage: OnDamage | None = None
    report: Report | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    header_of: Callable[[int], Header] | None = None


@dataclass(frozen=True)
class Part:
    """A crop, open, that is to become the whole again.

    Attributes
    ----------
    keeps
        Whether its tiles, and what they share, stay as they are.
    """

    container: Container
    header: Header
    keeps: bool


class Codec(ABC):
    """One way for a signal to become sections and back.

    Attributes
    ----------
    options
        The dataclass of the options that only this codec has.
    kinds
        The kinds of signal that it encodes.
    fits_shared
        Whether `fit_shared` may find something for an album's items to share.
    predicts
        Whether `predict` tells what models would make of an image.
    """

    options: ClassVar[type[Options]] = Options
    kinds: ClassVar[tuple[str, ...]] = tuple(kind.kind for kind in SIGNAL_KINDS.values())
    fits_shared: ClassVar[bool] = False
    predicts: ClassVar[bool] = False

    @abstractmethod
    def plan(self, model: type[Any], settings: Settings, info: SignalInfo) -> Any:
        """Decide what to encode a signal to, as one of the codec's models.

        Raises `UsageError` where the settings do not suit the signal, `LimitError` where the model
        would be out of all proportion.
        """

    @abstractmethod
    def encode(
        self,
        source: Source,
        plan: Any,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Encode a signal; with the `SHAR` section of the album that it is for, if it is for one.

        Raises `UsageError` where the fit diverges, `SignalError` where the signal cannot be read,
        `TargetError` where a size or quality cannot be reached.
        """

    def predict(self, source: Source, plan: Any) -> tuple[list[Any], Any]:
        """Tell what models of several sizes would make of a signal: candidates, the smallest first,
        and the one that is likely to reach the plan's target; None where there is none.

        Raises `UsageError` where there is no telling.
        """
        raise UsageError(f"there is no prediction of model {plan.spec.name}, of networks alone")

    def encode_sequence(
        self, reads: Sequence[Read], plan: Any, report: Report | None = None
    ) -> Iterator[EncodedItem]:
        """Encode signals that follow each other, each maybe as what changes from the one before.

        Raises `UsageError` where they are not alike, or the model has no sequences.
        """
        raise UsageError(f"model {plan.spec.name} has no sequences: grid and pixels have")

    @abstractmethod
    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Open what a raster needs of an item; only the tiles that it touches are read.

        Raises `FormatError` where any of it is damaged.
        """

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """The tiles that a region depends on at any scale: a box of each tiling, by chunk.

        Raises `UsageError` where the model has no tiles.
        """
        raise UsageError(
            f"model {header.spec.name} has no tiles to cut it at: it is all or nothing"
        )

    def extend(
        self,
        source: Source,
        plan: Any,
        part: Part,
        report: Report | None = None,
    ) -> EncodedItem:
        """Encode a signal of which a part is encoded already; raises as `encode`."""
        raise UsageError(f"model {plan.spec.name} has no tiles to add to")

    def before_index(self, payload: bytes, header: Header, chunk: int = 0) -> bytes:
        """Return what a chunk's `TIDX` section has before the index of its streams."""
        return b""

    def fit_shared(self, sources: Iterable[Source], plan: Any) -> bytes | None:
        """The `SHAR` section that serves several signals; None where there is none to gain."""
        return None

    def encode_together(
        self, reads: Sequence[Read], plan: Any, report: Report | None = None
    ) -> list[EncodedItem]:
        """Encode several signals in one go: those that `Plan.together` says are alike, or that
        share numbers.

        `plan` is that of the first.
        """
        items = []
        for read in reads:
            with read() as source:
                items.append(self.encode(source, replace(plan, info=source.info), None, report))
        return items

    def module(self, container: Container, header: Header, device: str) -> Any:
        """An item as a `torch.nn.Module`; `UsageError` where it is none."""
        raise UsageError(f"model {header.spec.name} is no coordinate network")

    def settings_to_extend(self, settings: Settings, header: Header) -> Settings:
        """Settings for the whole of which there is a part with this header."""
        return replace(settings, model=header.spec.name, fields=header.spec.fields())

    def settings_beside(self, settings: Settings, header: Header) -> Settings:
        """Settings for an item that joins an album beside one with this header."""
        return replace(settings, model=header.spec.name)
