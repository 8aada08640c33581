"""Encoding images that follow each other: a frame is what changes from the one before.

    frame ──▶ coefficients ──▶ less latents of the frame before ──▶ RDO quantizer ──▶ streams
                                        ▲                              │
                                        └────────── added up ──────────┘

Frames have step, color angles and networks in common. Each block is coded as changes or by itself,
whichever costs less; every so often a frame is by itself, so that none is far from one that can be
decoded alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import EncodedItem, Read
from inrcodec.codecs.grid.alpha import write_alpha
from inrcodec.codecs.grid.blocks import Block, KeptLatents, Latents, code_blocks, write_blocks
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.coding import Base, Coded
from inrcodec.codecs.grid.encoder.encode import first_step, kept_alpha
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.quantizer import encode_block
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.following import added
from inrcodec.codecs.grid.planning import GridPlan
from inrcodec.codecs.grid.pretrained import load_pretrained
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import as_floats
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.rate_control import BIT_WEIGHT
from inrcodec.container.predictions import Prediction
from inrcodec.container.sections import Section
from inrcodec.errors import UsageError
from inrcodec.progress import Report
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison

__all__ = ["encode_sequence"]

Samples = npt.NDArray[np.unsignedinteger]

# Frames from one that is by itself to the next.
_APART = 48


def encode_sequence(
    reads: Sequence[Read], plan: GridPlan, report: Report | None = None
) -> Iterator[EncodedItem]:
    """Code images of one size one after another; see `Codec.encode_sequence`."""
    if plan.options.target(1) is not None:
        raise UsageError("frames have a quality or a lambda in common, not a target")
    coder = _FrameCoder(plan, report)
    for number, read in enumerate(reads):
        with read() as source:
            if source.info != plan.info:
                raise UsageError(
                    f"it is {source.info.details()}; the first is {plan.info.details()}"
                )
            yield coder.item(source.read(Region.whole(plan.info.shape)), number % _APART > 0)


# Of the bytes of the last frame by itself; one that takes more may be better off by itself, too.
_MOVING = 0.5


class _FollowingCoder(ImageCoder):
    """An image that may follow another."""

    def following(self, step: int, before: Latents) -> tuple[Coded, npt.NDArray[np.bool_]]:
        """Code the image at a step as one that follows another, of which there are latents; return
        also which blocks are changes from these.

        Each block is what costs less: changes, or coefficients by themselves.
        """
        spec, geometry = self.spec_at(step), self._geometry
        network = ContextNetwork(self._model, spec.step, spec.offsets)
        wanted = self._wanted(spec, None)
        # Where nothing moves, filters add what they added before.
        still = self._wanted(spec, as_floats(before)) if spec.filtered else wanted
        kept = KeptLatents(geometry.whole, self._samples.shape[2])
        blocks = np.zeros(geometry.count, bool)

        def write(block: Block) -> bytes:
            exact, known, base = (block.part_of(some, geometry) for some in (wanted, still, before))
            changes = known.map(np.array)
            for band, other in zip(changes, base, strict=True):
                band -= other
            alone = replace(block, latents=block.latents.map(np.zeros_like))
            changed, stream = _coded(network, block, changes)
            by_itself, other_stream = _coded(network, alone, exact)
            blocks[block.stream] = changed <= by_itself
            if changed <= by_itself:
                return stream
            for band, other in zip(block.latents, alone.latents, strict=True):
                band[...] = other
            return other_stream

        streams = [stream for _, stream in code_blocks(kept, network, write)]
        latents = added(kept.latents, before, blocks, geometry.whole)
        coded = [self._rendered(spec, latents, streams)]
        if spec.filtered:
            coded.append(self._rendered(spec.without_filters(), latents, streams))
        return min(coded, key=lambda one: one.error), blocks


def _coded(
    network: ContextNetwork, block: Block, exact: Subbands[npt.NDArray[np.float32]]
) -> tuple[float, bytes]:
    """Code a block of real latents; return its squared error and what its bits are worth, in
    squared steps, and the stream."""
    stream = encode_block(network, block.latents, exact, BIT_WEIGHT, block.coarser)
    pairs = zip(exact, block.latents, strict=True)
    error = sum(float(np.square(a - b).sum(dtype=np.float64)) for a, b in pairs)
    return error + BIT_WEIGHT * 8 * len(stream), stream


class _FrameCoder:
    """Codes frames one after another."""

    def __init__(self, plan: GridPlan, report: Report | None) -> None:
        self._plan, self._report = plan, report
        self._channels = color_channels(plan.info.channels)
        self._spec: GridSpec | None = None
        self._alone = 0
        self._before: Coded | None = None

    def item(self, samples: Samples, follows: bool) -> EncodedItem:
        """Code a frame, maybe as one that follows the last."""
        began, info, plan = time.monotonic(), self._plan.info, self._plan
        colors = samples[..., : self._channels]
        step = first_step(plan.options)
        if self._spec is None:
            self._spec = replace(ImageCoder(colors, info, plan.spec).spec, step=step)
        base = Base(load_pretrained(self._spec.pretrained), {}, chooses=True)
        tune = plan.options.counts_by
        image = _FollowingCoder(colors, info, self._spec, None, self._report, tune, base)
        coded, prediction, iterations = None, None, 0
        if follows and self._before is not None:
            coded, blocks = image.following(step, self._before.latents)
            prediction = Prediction(1, blocks)
        if coded is None or _size(coded) > _MOVING * self._alone:
            budget = Budget(plan.iterations, plan.seconds, began)
            refinement = Refinement(image, budget, self._report)
            alone = refinement.at(step)
            if coded is None or image.cost(alone) < image.cost(coded):
                coded, prediction, iterations = alone, None, refinement.iterations
                self._alone = _size(alone)
        self._before = coded
        alpha = kept_alpha(samples[..., self._channels :], plan.options)
        return self._sections(coded, prediction, alpha, samples, iterations)

    def _sections(
        self,
        coded: Coded,
        prediction: Prediction | None,
        alpha: Samples,
        samples: Samples,
        iterations: int,
    ) -> EncodedItem:
        sections, decoded = [model_section(coded.spec)], coded.samples
        if prediction is not None:
            sections.append(Section(b"PRED", 1, prediction.to_bytes()))
        if alpha.size:
            sections.append(Section(b"ALPH", 1, write_alpha(alpha[..., 0])))
            decoded = np.concatenate([decoded, alpha], -1)
        comparison = Comparison()
        comparison.add(samples, decoded)
        sections += write_blocks(coded.streams)
        return EncodedItem(self._plan.info, sections, iterations, comparison)


def _size(coded: Coded) -> int:
    """Count the bytes of all streams."""
    return sum(map(len, coded.streams))
