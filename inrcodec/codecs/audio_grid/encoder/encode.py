"""Encoding audio: streams at one step, or at the step that a target asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np

from inrcodec.codecs.audio_grid.encoder.quantizer import MOST_LATENT, encode_stream
from inrcodec.codecs.audio_grid.encoder.recording import LOUDEST, Recording
from inrcodec.codecs.audio_grid.planning import AudioGridPlan
from inrcodec.codecs.audio_grid.pretrained import load_networks
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.audio_grid.steps import EXPONENT_OF_1, step_sizes
from inrcodec.codecs.audio_grid.streams import MOST_STEP
from inrcodec.codecs.codec import EncodedItem, Part
from inrcodec.codecs.headers import model_section, open_streams
from inrcodec.codecs.rate_control import Measured, search
from inrcodec.container.items import item_size
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.devices import check_device
from inrcodec.errors import TargetError
from inrcodec.progress import Report, told
from inrcodec.settings import Target
from inrcodec.signal import Source
from inrcodec.signal.geometry import Region

__all__ = ["encode_item", "extend_item"]

# What a bit is worth, in squared steps, where these follow levels, and where all are the same.
_WEIGHTS = {True: 0.08, False: 0.12}
# Parts of a step that a search tells apart: bits are worth more from one to the next, by as much
# as the rate falls with the step.
_PARTS = 4
_COARSEST, _SLOPE = _PARTS * (MOST_STEP + 1) - 1, -1.2
# A step is so far from that which lengths were chosen for, in eighths of an octave, that they are
# chosen anew.
_FAR = 3
_READ_AT_ONCE = 1 << 20
_MOST_DB = 200.0


def encode_item(source: Source, plan: AudioGridPlan, report: Report | None = None) -> EncodedItem:
    """Code an audio signal; see `Codec.encode`."""
    check_device(plan.settings.device)
    coder = _Coder(source, plan, report)
    if plan.target is None:
        return coder.coded(_PARTS * plan.spec.step + 1).result
    return _to_target(coder, plan, plan.target)


def extend_item(
    source: Source, plan: AudioGridPlan, part: Part, report: Report | None = None
) -> EncodedItem:
    """Code an audio signal of which there is a part at one step; see `Codec.extend`."""
    check_device(plan.settings.device)
    header, streams = part.header, dict[int, bytes]()
    assert isinstance(header.spec, AudioGridSpec)
    kept = header.kept()
    if part.keeps and header.sounding and kept is not None:
        known = open_streams(part.container, header, part.container.read(b"TIDX", header.item))
        streams = {number: known[number] for number in kept.tolist()}
    plan = replace(plan, spec=header.spec)
    return _Coder(source, plan, report, streams).coded(_PARTS * header.spec.step + 1).result


def _to_target(coder: _Coder, plan: AudioGridPlan, target: Target) -> EncodedItem:
    """Code at the step that reaches a target, with lengths of blocks that are chosen for it."""
    place, item = search(target, _PARTS * plan.spec.step, coder.coded, _COARSEST, _SLOPE)
    for _ in range(plan.rounds - 1):
        if not coder.chooses_anew(place):
            break
        with suppress(TargetError):
            place, item = search(target, place, coder.coded, _COARSEST, _SLOPE)
    return item


def _least_step(source: Source, plan: AudioGridPlan) -> int:
    """Return the finest step at which no latent is too large to be held, where all are the same."""
    if plan.spec.masking:
        return 0
    loudest = 1.0
    for start in range(0, plan.info.frames * plan.info.sample_type.is_float, _READ_AT_ONCE):
        part = Region((start,), (min(_READ_AT_ONCE, plan.info.frames - start),))
        loudest = max(loudest, float(np.abs(np.nan_to_num(source.read(part))).max()))
    largest = min(loudest, LOUDEST) * math.sqrt(2 << plan.spec.frame)
    return min(math.ceil(8 * math.log2(largest / MOST_LATENT)) + EXPONENT_OF_1, MOST_STEP)


@dataclass
class _Coder:
    """Codes a signal at one step after another, with blocks as they are."""

    source: Source
    plan: AudioGridPlan
    report: Report | None
    # Streams that stay as they are, by their numbers.
    known: Mapping[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._least_step = _least_step(self.source, self.plan)
        self._chosen_for = self.plan.spec.step
        self._recording = self._recorded(self.plan.spec)

    @property
    def _rounding(self) -> float:
        """The energy of what samples are rounded by."""
        info = self.plan.info
        if info.sample_type.is_float:
            return 0.0
        level = 2.0 ** (1 - min(info.sample_type.bits, 24))
        return info.frames * info.channels * level**2 / 12

    def chooses_anew(self, place: int) -> bool:
        """Choose the lengths of blocks for another step, if it is far from theirs."""
        step = place // _PARTS
        if abs(step - self._chosen_for) < _FAR:
            return False
        self._chosen_for = step
        spec = replace(self.plan.spec, step=step)
        self._recording = self._recorded(spec)
        return True

    def _recorded(self, spec: AudioGridSpec) -> Recording:
        keeps = self.plan.target is not None
        return Recording(self.source, self.plan.info, spec, keeps)

    def coded(self, place: int) -> Measured[EncodedItem]:
        """Code the signal at a step, in parts of it."""
        step, part = divmod(place, _PARTS)
        spec = replace(self.plan.spec, step=max(step, self._least_step))
        weight = _WEIGHTS[spec.masking > 0] * 2 ** ((part + 0.5) / _PARTS - 0.5)
        # Of long signals, streams are most of what there is in memory: they are not kept apart.
        tiles, places, error, energy = bytearray(), list[tuple[int, int]](), 0.0, 0.0
        for number in told("coding", range(self._recording.count), self.report):
            stream, own_error, own_energy = self._stream(spec, number, weight)
            tiles += stream
            places.append((len(stream), crc32(stream)))
            error, energy = error + own_error, energy + own_energy
        sections = [model_section(spec)]
        if tiles:
            lengths, crcs = np.array(places, np.int64).T
            index = TileIndex(lengths, crcs.astype(np.uint32))
            sections.append(Section(b"TIDX", 1, index.to_bytes()))
            sections.append(Section(b"TILE", 1, bytes(tiles)))
        del tiles
        item = EncodedItem(self.plan.info, sections, self.plan.rounds * (len(sections) > 1))
        metadata = self.source.metadata.without(self.plan.settings.strip)
        size = item_size(self.plan.info, metadata, sections)
        error += self._rounding
        snr_db = 10 * math.log10(energy / error) if error > 0 and energy > 0 else _MOST_DB
        return Measured(item, size, snr_db=min(snr_db, _MOST_DB))

    def _stream(
        self, spec: AudioGridSpec, number: int, weight: float
    ) -> tuple[bytes, float, float]:
        """Code a stream; return also the energies of what it misses, and of the signal."""
        if number in self.known:
            return self.known[number], 0.0, 0.0
        signal = self._recording.signal(number)
        if signal is None:
            return b"", 0.0, 0.0
        layout = spec.layout(self.plan.info, number)
        data, blocks = encode_stream(load_networks(spec.pretrained), layout, signal, weight)
        decoded = np.concatenate([b.latents * step_sizes(b.exponents) for b in blocks], axis=1)
        error = float(np.square(decoded - signal.coefficients).sum())
        return data, error, float(np.square(signal.coefficients).sum())
