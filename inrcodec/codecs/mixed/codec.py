"""The `mixed` codec, and what `auto` is of images: a grid, samples, or of each part one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Read
from inrcodec.codecs.grid.options import GridOptions
from inrcodec.codecs.headers import Header
from inrcodec.codecs.mixed.planning import MixedPlan, plan_mixed
from inrcodec.codecs.mixed.spec import MixedSpec
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.errors import UsageError
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

__all__ = ["MixedCodec"]


class MixedCodec(Codec):
    """Codes images, on the CPU, to the model that suits them: an item is of the model `grid`,
    `pixels` or `mixed`. Items of an album that share weights, and sequences, are grids."""

    options = GridOptions
    kinds = (ImageInfo.kind,)
    fits_shared = True

    def plan(self, model: type[MixedSpec], settings: Settings, info: SignalInfo) -> MixedPlan:
        """Implement `Codec`."""
        return plan_mixed(settings, info)

    def encode(
        self,
        source: Source,
        plan: MixedPlan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.mixed.encoder.encode import encode_item

        return encode_item(source, plan, shared, report)

    def encode_sequence(
        self, reads: Sequence[Read], plan: MixedPlan, report: Report | None = None
    ) -> Iterator[EncodedItem]:
        """Implement `Codec`."""
        from inrcodec.codecs.grid.encoder.sequence import encode_sequence

        return encode_sequence(reads, plan.of_grid, report)

    def fit_shared(self, sources: Iterable[Source], plan: MixedPlan) -> bytes | None:
        """Fit the weight deltas that serve all grids of an album."""
        from inrcodec.codecs.grid.encoder.encode import fit_shared

        return fit_shared(sources, plan.of_grid)

    def settings_to_extend(self, settings: Settings, header: Header) -> Settings:
        """Refuse to."""
        raise UsageError("a part of an image of model mixed cannot be extended")

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Implement `Codec`."""
        from inrcodec.codecs.mixed.opening import open_mixed

        return open_mixed(container, header, raster, opening)

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """Implement `Codec`."""
        from inrcodec.codecs.mixed.opening import needed_tiles

        return {0: needed_tiles(container, header, region)}
