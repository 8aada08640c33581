"""The `grid` codec of audio: lapped coefficients, coded by pretrained context networks."""

from __future__ import annotations

from inrcodec.codecs.audio_grid.options import AudioGridOptions
from inrcodec.codecs.audio_grid.planning import AudioGridPlan, plan_audio_grid
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.codec import Codec, EncodedItem, Opening, Part
from inrcodec.codecs.headers import Header
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import AudioInfo, SignalInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

__all__ = ["AudioGridCodec"]


class AudioGridCodec(Codec):
    """Codes audio, on the CPU. What decodes and encodes is loaded on first use."""

    options = AudioGridOptions
    kinds = (AudioInfo.kind,)

    def plan(
        self, model: type[AudioGridSpec], settings: Settings, info: SignalInfo
    ) -> AudioGridPlan:
        """Implement `Codec`."""
        return plan_audio_grid(model, settings, info)

    def encode(
        self,
        source: Source,
        plan: AudioGridPlan,
        shared: bytes | None = None,
        report: Report | None = None,
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.audio_grid.encoder.encode import encode_item

        return encode_item(source, plan, report)

    def open(
        self, container: Container, header: Header, raster: Raster, opening: Opening
    ) -> Renderer:
        """Implement `Codec`."""
        from inrcodec.codecs.audio_grid.opening import open_audio_grid

        return open_audio_grid(container, header, opening)

    def extend(
        self, source: Source, plan: AudioGridPlan, part: Part, report: Report | None = None
    ) -> EncodedItem:
        """Implement `Codec`."""
        from inrcodec.codecs.audio_grid.encoder.encode import extend_item

        return extend_item(source, plan, part, report)

    def needed_tiles(
        self, container: Container, header: Header, region: Region
    ) -> dict[int, tuple[TileBox, ...]]:
        """Implement `Codec`."""
        from inrcodec.codecs.audio_grid.opening import needed_streams

        assert isinstance(header.spec, AudioGridSpec)
        assert isinstance(header.info, AudioInfo)
        streams = needed_streams(header.spec, header.info, region)
        return dict.fromkeys(header.sounding, ((streams,),))
