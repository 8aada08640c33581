"""The `grid` codec: latents of a wavelet, coded by pretrained context networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Part, Read
from inrcodec.codecs.grid.options import GridOptions
from inrcodec.codecs.grid.planning import GridPlan, plan_grid
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import Header
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

__all__ = ["GridCodec"]


class GridCodec(Codec):
    """Codes images, on the CPU. What decodes and encodes is loaded on first use."""

    options = GridOptions
    kinds = (ImageInfo.kind,)
    fits_shared = True

    def plan(self, model: type[GridSpec], settings: Settings, info: SignalInfo) -> GridPlan:
        """Implement `Codec`."""
        return plan_grid(model, settings, info)

    def encode(
        self,
        source: Source,
        plan: GridPlan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.encoder.encode import encode_item

        return encode_item(source, plan, shared, report)

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.opening import open_grid

        return open_grid(container, header, raster, opening)

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.opening import needed_tiles

        return {0: needed_tiles(container, header, region)}

    def encode_sequence(
        self, reads: Sequence[Read], plan: GridPlan, report: Report | None = None
    ) -> Iterator[EncodedItem]:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.encoder.sequence import encode_sequence

        return encode_sequence(reads, plan, report)

    def extend(
        self, source: Source, plan: GridPlan, part: Part, report: Report | None = None
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.encoder.extension import extend_item

        return extend_item(source, plan, part, report)

    def settings_to_extend(self, settings: Settings, header: Header) -> Settings:
        """Those fields that a user may set; flags follow from the part."""
        own = super().settings_to_extend(settings, header)
        fields = {name: value for name, value in own.fields.items() if name != "flags"}
        return replace(own, fields=fields)

    def fit_shared(self, sources: Iterable[Source], plan: GridPlan) -> bytes | None:
        """Fit the weight deltas that serve all images of an album."""
        from inrcodec.codecs.grid.encoder.encode import fit_shared

        return fit_shared(sources, plan)
