"""The `pixels` codec: the samples of an image, coded one by one in tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Part, Read
from inrcodec.codecs.headers import Header
from inrcodec.codecs.pixels.options import PixelsOptions
from inrcodec.codecs.pixels.planning import PixelsPlan, plan_pixels
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

__all__ = ["PixelsCodec"]


class PixelsCodec(Codec):
    """Codes images, on the CPU. What decodes and encodes is loaded on first use."""

    options = PixelsOptions
    kinds = (ImageInfo.kind,)

    def plan(self, model: type[PixelsSpec], settings: Settings, info: SignalInfo) -> PixelsPlan:
        """Implement `Codec`."""
        return plan_pixels(model, settings, info)

    def encode(
        self,
        source: Source,
        plan: PixelsPlan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.pixels.encode import encode_item

        return encode_item(source, plan, report)

    def encode_sequence(
        self, reads: Sequence[Read], plan: PixelsPlan, report: Report | None = None
    ) -> Iterator[EncodedItem]:
        """Encode signals that follow each other, each on its own."""
        for read in reads:
            with read() as source:
                plan.info.check_alike(source.info)
                yield self.encode(source, plan, None, report)

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Implement `Codec`."""
        from inrcodec.codecs.pixels.opening import open_pixels

        return open_pixels(container, header, raster, opening)

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """Return those of the image's own resolution, and any finer one: at coarser ones pixels at
        the border of a part are of what it has alone."""
        from inrcodec.codecs.pixels.opening import needed_tiles

        return {0: needed_tiles(header, region)}

    def settings_to_extend(self, settings: Settings, header: Header) -> Settings:
        """Those fields that a user may set; what may be lost follows from the part."""
        own = super().settings_to_extend(settings, header)
        lost = ("step", "max_error", "magnification", "levels")
        fields = {name: value for name, value in own.fields.items() if name not in lost}
        return replace(own, fields=fields)

    def extend(
        self, source: Source, plan: PixelsPlan, part: Part, report: Report | None = None
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.pixels.encode import extend_item

        return extend_item(source, plan, part, report)
