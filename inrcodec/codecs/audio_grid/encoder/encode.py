"""Encoding audio: streams at one step, or at the step that a target asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from inrcodec.codecs.audio_grid.encoder.quantizer import encode_stream
from inrcodec.codecs.audio_grid.encoder.recording import Recording
from inrcodec.codecs.audio_grid.planning import AudioGridPlan, step_of_quality
from inrcodec.codecs.audio_grid.pretrained import load_networks
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.audio_grid.steps import step_sizes
from inrcodec.codecs.audio_grid.streams import MOST_STEP
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.encoder.rate_control import Measured, search
from inrcodec.codecs.headers import model_section
from inrcodec.container.items import item_file
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.devices import check_device
from inrcodec.errors import TargetError
from inrcodec.progress import Report, told
from inrcodec.settings import Target
from inrcodec.signal import Source

__all__ = ["encode_item"]

# What a bit is worth, in squared steps, where these follow levels, and where all are the same.
_WEIGHTS = {True: 0.08, False: 0.12}
# Parts of a step that a search tells apart: bits are worth more from one to the next, by as much
# as the rate falls with the step.
_PARTS = 4
_COARSEST, _SLOPE = _PARTS * (MOST_STEP + 1) - 1, -1.2
# A step is so far from that which lengths were chosen for, in eighths of an octave, that they are
# chosen anew.
_FAR = 3
# The best that is worth its bytes.
_BEST_QUALITY = 100.0
_MOST_DB = 200.0


def encode_item(source: Source, plan: AudioGridPlan, report: Report | None = None) -> EncodedItem:
    """Code an audio signal; see `Codec.encode`."""
    check_device(plan.settings.device)
    coder = _Coder(source, plan, report)
    if plan.target is None:
        return coder.coded(_PARTS * plan.spec.step + 1).result
    return _to_target(coder, plan, plan.target)


def _to_target(coder: _Coder, plan: AudioGridPlan, target: Target) -> EncodedItem:
    """Code at the step that reaches a target; of bytes, steps of a short signal may be too far
    apart to come near, and more than it can use are not asked of it."""
    finest = _PARTS * step_of_quality(_BEST_QUALITY, plan.options.is_for_hearing)
    place = _PARTS * plan.spec.step
    for number in range(plan.rounds):
        try:
            place, item = search(target, place, coder.coded, _COARSEST, _SLOPE)
        except TargetError:
            if target.bytes is None:
                raise
            coder.coded(finest)
            if coder.largest_within is None:
                raise
            return coder.largest_within.result
        if number == plan.rounds - 1 or not coder.chooses_anew(place):
            break
    return item


@dataclass
class _Coder:
    """Codes a signal at one step after another, with blocks as they are; `largest_within` is the
    largest that a target of bytes allows."""

    source: Source
    plan: AudioGridPlan
    report: Report | None

    def __post_init__(self) -> None:
        self.largest_within: Measured[EncodedItem] | None = None
        self._chosen_for = self.plan.spec.step
        self._recording = self._recorded(self.plan.spec)

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
        spec = replace(self.plan.spec, step=step)
        weight = _WEIGHTS[spec.masking > 0] * 2 ** ((part + 0.5) / _PARTS - 0.5)
        streams, error, energy = [], 0.0, 0.0
        for number in told("coding", range(self._recording.count), self.report):
            stream, own_error, own_energy = self._stream(spec, number, weight)
            streams.append(stream)
            error, energy = error + own_error, energy + own_energy
        sections = [model_section(spec)]
        if any(streams):
            index = TileIndex.of(streams)
            sections.append(Section(b"TIDX", 1, index.to_bytes()))
            sections.append(Section(b"TILE", 1, b"".join(streams)))
        # Of long signals, this is most of what there is in memory.
        streams.clear()
        item = EncodedItem(self.plan.info, sections, self.plan.rounds * (len(sections) > 1))
        metadata = self.source.metadata.without(self.plan.settings.strip)
        size = len(item_file(self.plan.info, metadata, sections))
        snr_db = 10 * math.log10(energy / error) if error > 0 and energy > 0 else _MOST_DB
        found = Measured(item, size, snr_db=min(snr_db, _MOST_DB))
        most, largest = self.plan.target and self.plan.target.bytes, self.largest_within
        if most and found.bytes <= most and (largest is None or largest.bytes < found.bytes):
            self.largest_within = found
        return found

    def _stream(
        self, spec: AudioGridSpec, number: int, weight: float
    ) -> tuple[bytes, float, float]:
        """Code a stream; return also the energies of what it misses, and of the signal."""
        signal = self._recording.signal(number)
        if signal is None:
            return b"", 0.0, 0.0
        layout = spec.layout(self.plan.info, number)
        data, blocks = encode_stream(load_networks(spec.pretrained), layout, signal, weight)
        decoded = np.concatenate([b.latents * step_sizes(b.exponents) for b in blocks], axis=1)
        error = float(np.square(decoded - signal.coefficients).sum())
        return data, error, float(np.square(signal.coefficients).sum())
