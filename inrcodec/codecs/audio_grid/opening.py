"""A file's latent grid of audio, ready to be rendered: streams are read when they are needed."""

from __future__ import annotations

import numpy as np

from inrcodec.codecs.audio_grid.blocks import read_stream
from inrcodec.codecs.audio_grid.pretrained import load_networks
from inrcodec.codecs.audio_grid.renderer import AudioGridRenderer, Placed, needed_frames
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.audio_grid.synthesis import coefficients_of
from inrcodec.codecs.codec import Opening
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.container.sections import Container
from inrcodec.errors import FormatError
from inrcodec.signal import AudioInfo
from inrcodec.signal.geometry import Region

__all__ = ["needed_streams", "open_audio_grid"]


def open_audio_grid(container: Container, header: Header, opening: Opening) -> AudioGridRenderer:
    """Open the streams of an item.

    A stream that is damaged raises `FormatError` when it is needed; if `opening.on_damage` is
    given, it is told instead, and the stream is silent.
    """
    spec, info = header.spec, header.info
    assert isinstance(spec, AudioGridSpec)
    assert isinstance(info, AudioInfo)
    networks = load_networks(spec.pretrained)
    if not header.sounding:
        return AudioGridRenderer(info, spec, lambda number: _silence(spec, info, number))
    streams = open_streams(container, header, container.read(b"TIDX", header.item))
    told, kept = set[int](), header.kept()

    def read(number: int) -> list[Placed]:
        layout, origin = spec.layout(info, number), number * spec.stream
        if kept is not None and number not in kept:
            return _silence(spec, info, number)
        try:
            data = streams[number]
            blocks = read_stream(networks, layout, data) if data else []
        except FormatError as error:
            if opening.on_damage is None:
                raise
            if number not in told:
                told.add(number)
                end = min(origin + spec.stream, info.frames)
                opening.on_damage(Region((origin,), (end - origin,)), error)
            blocks = []
        if not blocks:
            return _silence(spec, info, number)
        return [
            Placed(origin + b.start, coefficients_of(b, info.rate, spec.noise, origin))
            for b in blocks
        ]

    return AudioGridRenderer(info, spec, read)


def needed_streams(spec: AudioGridSpec, info: AudioInfo, region: Region) -> range:
    """Return the streams that a region depends on, at any rate."""
    start, stop = region.start[0], region.start[0] + region.length[0]
    # What lies between samples at its end is evaluated one sample on.
    frames = needed_frames(start, stop + 1, 1 << spec.frame, info.frames)
    return range(frames.start >> spec.span, ((frames.stop - 1) >> spec.span) + 1)


def _silence(spec: AudioGridSpec, info: AudioInfo, number: int) -> list[Placed]:
    """Return a stream of nothing, in blocks of whole frames."""
    layout, origin = spec.layout(info, number), number * spec.stream
    nothing = np.broadcast_to(np.float64(0), (info.channels, layout.frame))
    return [Placed(origin + k * layout.frame, nothing) for k in range(layout.frames)]
