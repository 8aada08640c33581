"""Extending a latent grid: an image of which some blocks are coded already."""

from __future__ import annotations

import time
from dataclasses import replace

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import EncodedItem, Part
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.encoder.coding import Base
from inrcodec.codecs.grid.encoder.encode import Finisher, kept_alpha
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.opening import read_model
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import open_streams
from inrcodec.container.sections import Section
from inrcodec.devices import check_device
from inrcodec.progress import Lasting, Report
from inrcodec.signal import Source
from inrcodec.signal.geometry import Region

__all__ = ["extend_item"]


def extend_item(
    source: Source, plan: GridPlan, part: Part, report: Report | None = None
) -> EncodedItem:
    """Code an image at the step, and with the networks, of a part; see `Codec.extend`.

    Blocks that stay are decoded, and those beside and below them coded given what they are.
    """
    began, spec, info = time.monotonic(), part.header.spec, plan.info
    assert isinstance(spec, GridSpec)
    check_device(plan.settings.device)
    container, item = part.container, part.header.item
    shared = container.read(b"SHAR", 0) if spec.adapted[Scope.SHARED] else None
    samples, channels = source.read(Region.whole(info.shape)), color_channels(info.channels)
    report = report and Lasting(report)
    image = ImageCoder(
        samples[..., :channels],
        info,
        spec,
        report=report,
        tune=plan.options.counts_by,
        base=Base(read_model(container, part.header), _known(part)),
    )
    alpha = kept_alpha(samples[..., channels:], plan.options)
    refinement = Refinement(image, Budget(plan.iterations, plan.seconds, began), report)
    best = refinement.at(spec.step)
    encoded = Finisher(source, plan, image, samples, alpha, shared).item(
        best, refinement.iterations
    )
    if not spec.adapted[Scope.ITEM]:
        return encoded
    own = Section(b"ITEM", 1, container.read(b"ITEM", item))
    return replace(encoded, sections=[*encoded.sections, own])


def _known(part: Part) -> dict[int, bytes]:
    """Return the streams that stay as they are."""
    kept = part.header.kept()
    if not part.keeps or kept is None:
        return {}
    payload = part.container.read(b"TIDX", part.header.item)
    streams = open_streams(part.container, part.header, payload)
    return {number: streams[number] for number in kept.tolist()}
