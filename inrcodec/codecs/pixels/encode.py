"""An image to the sections of coded samples, as a plan has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inrcodec.codecs.codec import EncodedItem, Part
from inrcodec.codecs.headers import model_section, open_streams
from inrcodec.codecs.pixels.colors import MERGINGS
from inrcodec.codecs.pixels.content import look_at, strips
from inrcodec.codecs.pixels.magnification import square_side
from inrcodec.codecs.pixels.planning import PixelsPlan, fitting_spec
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.codecs.pixels.tile_coder import CodedTiles, TileCoder, loss_at
from inrcodec.codecs.rate_control import (
    MOST_DB,
    Measured,
    search,
    step_of_lmbda,
    step_of_quality,
)
from inrcodec.container.items import item_size
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.devices import check_device
from inrcodec.errors import InrError, UsageError
from inrcodec.native.scan import ScanLoss
from inrcodec.progress import Report
from inrcodec.signal import Source

__all__ = ["FIRST_STEP", "encode_item", "extend_item", "lossy_tiles"]

# Where a search for a target begins; so much is a bit worth that errors are as good as none.
FIRST_STEP, _BITS_ALONE = 448, 1e6


def encode_item(source: Source, plan: PixelsPlan, report: Report | None = None) -> EncodedItem:
    """Code an image; see `Codec.encode`."""
    check_device(plan.settings.device)
    content, spec = look_at(source, plan.settings.effort), plan.spec
    if not plan.has_tiles:
        spec = fitting_spec(plan.info, content, plan.settings.limits, spec)
    else:
        side = content.magnification
        if spec.tile_height % side or spec.tile_width % side:
            content = look_at(source, plan.settings.effort, 1)
        spec = replace(spec, magnification=content.magnification)
    coder = TileCoder(source, spec, content, report)
    if not plan.options.is_lossy:
        # What was drawn is told by colors, which numbers of levels would take apart.
        if spec.max_error == 0 and not (content.is_drawn and plan.info.bits_per_sample == 8):
            coder = coder.with_levels()
        return _item(_within(coder, spec.max_error, spec.step), plan)
    return _lossy(coder, plan)


def extend_item(
    source: Source, plan: PixelsPlan, part: Part, report: Report | None = None
) -> EncodedItem:
    """Code the tiles of an image that a part of it lacks; see `Codec.extend`."""
    check_device(plan.settings.device)
    known: Mapping[int, bytes] = {}
    kept = part.header.kept()
    if part.keeps and kept is not None:
        payload = part.container.read(b"TIDX", part.header.item)
        streams = open_streams(part.container, part.header, payload)
        known = {number: streams[number] for number in kept.tolist()}
    spec = part.header.spec
    assert isinstance(spec, PixelsSpec)
    content = look_at(source, plan.settings.effort, spec.magnification)
    if spec.magnification > 1 and square_side(strips(source)) % spec.magnification:
        side = spec.magnification
        raise UsageError(f"the part is of squares of {side} pixels, which the image is not made of")
    coder = TileCoder(source, spec, content, report, known)
    return _item(_within(coder, spec.max_error, spec.step), plan)


def _within(coder: TileCoder, most: int, step: int) -> CodedTiles:
    """Code tiles whose samples are off by so many levels at most; raise `InrError` where one is
    not."""
    coded = coder.coded(ScanLoss(most, _BITS_ALONE if most else 0.0), step)
    error = coded.spec.max_error
    if error > most:
        raise InrError(f"internal error: a sample is off by {error} levels, not {most} at most")
    return coded


def _lossy(coder: TileCoder, plan: PixelsPlan) -> EncodedItem:
    """Code tiles by rate and distortion, at a quality or as a target has it."""
    options, info = plan.options, plan.info
    metadata = coder.source.metadata.without(plan.settings.strip)

    def measured(step: int) -> Measured[EncodedItem]:
        item = _item(lossy_tiles(coder, step), plan)
        assert item.comparison is not None
        psnr_db = min(item.comparison.psnr_db(info.peak), MOST_DB)
        return Measured(item, item_size(info, metadata, item.sections), psnr_db)

    target = options.target(info.height * info.width)
    if target is not None:
        return search(target, FIRST_STEP, measured)[1]
    if options.lmbda is not None:
        return measured(step_of_lmbda(options.lmbda)).result
    assert options.quality is not None
    return measured(step_of_quality(options.quality)).result


def lossy_tiles(coder: TileCoder, step: int) -> CodedTiles:
    """Code tiles at a step of rate control: by coarser samples, or by fewer colors."""
    quantization, loss = loss_at(step, coder.info, coder.spec.magnification)
    tries = [coder.coded(loss, quantization)]
    if coder.content.is_drawn:
        tries += [coder.coded(loss, 1, merging) for merging in MERGINGS]
    return min(tries, key=lambda coded: coded.cost(loss.lmbda))


def _item(coded: CodedTiles, plan: PixelsPlan) -> EncodedItem:
    """Return the sections of coded tiles."""
    index = Section(b"TIDX", 1, TileIndex.of(coded.streams).to_bytes())
    tiles = Section(b"TILE", 1, b"".join(coded.streams))
    return EncodedItem(plan.info, [model_section(coded.spec), index, tiles], 0, coded.comparison)
