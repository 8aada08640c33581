"""The `inr` codec: coordinate networks, whose quantized weights are the file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Part, Read
from inrcodec.codecs.headers import Header, precision_name
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.options import InrOptions
from inrcodec.codecs.inr.planning import FitPlan, check_predictable, plan_fit
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.errors import UsageError
from inrcodec.extras import need_torch
from inrcodec.progress import Report
from inrcodec.schema import Reader
from inrcodec.settings import Settings
from inrcodec.signal import SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

if TYPE_CHECKING:
    from inrcodec.codecs.inr.module import NetworkModule
    from inrcodec.codecs.inr.prediction.candidates import Candidate

__all__ = ["InrCodec"]

_FITTING = "fitting a coordinate network"
_OF_ONE_IMAGE = "a target is of one image alone, and the model shares weights; try a quality"


class InrCodec(Codec):
    """Fits coordinate networks. torch is loaded when the first is fitted or opened."""

    options = InrOptions
    predicts = True

    def plan(self, model: type[NetworkSpec], settings: Settings, info: SignalInfo) -> FitPlan:
        """Implement `Codec`."""
        return plan_fit(model, settings, info)

    def encode(
        self,
        source: Source,
        plan: FitPlan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Implement `Codec`."""
        need_torch(_FITTING)
        if plan.is_searched and shared is None:
            from inrcodec.codecs.inr.targets import encode_at_its_width

            return encode_at_its_width(source, plan, report)
        if plan.target is not None:
            raise UsageError(_OF_ONE_IMAGE)
        from inrcodec.codecs.inr.encode import encode_item

        return encode_item(source, plan, shared, report)

    def predict(self, source: Source, plan: FitPlan) -> tuple[list[Candidate], Candidate | None]:
        """Implement `Codec`."""
        from inrcodec.codecs.inr.prediction.candidates import Outlook
        from inrcodec.codecs.inr.prediction.choice import Choice
        from inrcodec.codecs.inr.prediction.predictor import load_predictor

        check_predictable(type(plan.spec), plan.options, plan.info)
        candidates = Outlook(source, plan, load_predictor()).candidates()
        choice, step = Choice(candidates, plan.options.confidence), plan.options.step
        if step is not None:
            return candidates, choice.worthwhile(step, math.prod(plan.info.shape))
        return candidates, None if plan.target is None else choice.likely(plan.target)

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Implement `Codec`."""
        from inrcodec.codecs.inr.opening import open_network

        return open_network(container, header, raster, opening)

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """Implement `Codec`."""
        from inrcodec.codecs.inr.opening import needed_tiles

        if not _has_tiles(header):
            return super().needed_tiles(container, header, region)
        return needed_tiles(header, region)

    def extend(
        self, source: Source, plan: FitPlan, part: Part, report: Report | None = None
    ) -> EncodedItem:
        """Implement `Codec`."""
        if not _has_tiles(part.header):
            return super().extend(source, plan, part, report)
        need_torch(_FITTING)
        from inrcodec.codecs.inr.extension import extend_item

        return extend_item(source, plan, part, report)

    def before_index(self, payload: bytes, header: Header, chunk: int = 0) -> bytes:
        """Implement `Codec`: tables."""
        from inrcodec.codecs.inr.weights import read_tables

        assert isinstance(header.spec, NetworkSpec)
        reader = Reader(payload)
        read_tables(reader, header.spec, header.domain(chunk), header.precision)
        return payload[: reader.position]

    def module(self, container: Container, header: Header, device: str) -> NetworkModule:
        """Implement `Codec`; `UsageError` where the signal has several chunks, each with a
        network."""
        need_torch("a network as a torch module")
        from inrcodec.codecs.inr.opening import open_module

        return open_module(container, header, device)

    def encode_together(
        self, reads: Sequence[Read], plan: FitPlan, report: Report | None = None
    ) -> list[EncodedItem]:
        """Implement `Codec`."""
        need_torch(_FITTING)
        from inrcodec.codecs.inr.together import encode_jointly, encode_stacked

        if plan.target is not None:
            raise UsageError(_OF_ONE_IMAGE)
        encode = encode_jointly if plan.shares else encode_stacked
        return encode(reads, plan, report)

    def settings_beside(self, settings: Settings, header: Header) -> Settings:
        """The album's architecture, unless it is the item's own affair and settings say another."""
        own = super().settings_beside(settings, header)
        altered = settings.options_of(InrOptions).alters_network
        shares = Scope.SHARED in header.spec.parameters(header.domain())
        if shares or not (altered or settings.fields):
            own = replace(own, fields=header.spec.fields())
        if shares:
            options = replace(own.options_of(InrOptions), precision=precision_name(header))
            own = replace(own, options=options)
        return own


def _has_tiles(header: Header) -> bool:
    """Tell whether a network is cut into tiles."""
    return Scope.TILE in header.spec.parameters(header.domain())
