"""Plans of encodes to a latent grid of audio."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from inrcodec.codecs.audio_grid.costs import encoding_cost
from inrcodec.codecs.audio_grid.frames import default_frame
from inrcodec.codecs.audio_grid.options import DEFAULT_QUALITY, AudioGridOptions
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.codecs.codec import Plan
from inrcodec.errors import UsageError
from inrcodec.settings import Settings, Target
from inrcodec.signal import AudioInfo, SignalInfo
from inrcodec.signal.audio import SHORTEST_CHUNK

__all__ = ["AudioGridPlan", "plan_audio_grid", "step_of_quality"]

# Of a tune for hearing: how steps follow levels, and what noise makes up for.
_HEARING = {"masking": 12, "tilt": 4, "noise": 7}
# Below a rate in Hz, that of speech, high frequencies count less.
_SPEECH_RATE, _SPEECH = 20000, {"tilt": 8}
# Of each tune the step of a quality of 0, and by how much it falls for each of quality.
_STEPS = {True: (162.0, 0.9), False: (252.0, 0.8)}


@dataclass(frozen=True, kw_only=True)
class AudioGridPlan(Plan):
    """A plan of a latent grid of audio.

    Attributes
    ----------
    rounds
        How often the lengths of blocks are chosen.
    """

    spec: AudioGridSpec
    info: AudioInfo
    options: AudioGridOptions
    rounds: int

    @property
    def target(self) -> Target | None:
        """The target of the encode."""
        return self.options.target(self.info.seconds)

    def described(self) -> dict[str, Any]:
        """Rounds as steps, and the quality."""
        quality = self.options.quality
        return {
            "steps": self.rounds,
            "quality": DEFAULT_QUALITY if quality is None else quality,
        }


def step_of_quality(quality: float, is_for_hearing: bool) -> int:
    """Return the step for a quality of 1 to 100."""
    first, fall = _STEPS[is_for_hearing]
    return round(first - fall * quality)


def plan_audio_grid(
    model: type[AudioGridSpec], settings: Settings, info: SignalInfo
) -> AudioGridPlan:
    """Plan the encode of an audio signal; see `Codec.plan`."""
    if not isinstance(info, AudioInfo):
        raise UsageError(f"model {model.name} with such options is for audio")
    options = settings.options_of(AudioGridOptions)
    quality = DEFAULT_QUALITY if options.quality is None else options.quality
    fields: dict[str, Any] = {
        "frame": default_frame(info.rate),
        "step": step_of_quality(quality, options.is_for_hearing),
    }
    if options.is_for_hearing and str(settings.fields.get("masking")) != "0":
        fields |= _HEARING | (_SPEECH if info.rate < _SPEECH_RATE else {})
        # Noise is no part of an SNR.
        fields["noise"] *= options.target_snr is None
    spec = model().with_options(fields | dict(settings.fields))
    return AudioGridPlan(
        spec=spec,
        info=replace(info, chunk=max(info.frames, SHORTEST_CHUNK), overlap=0),
        settings=settings,
        cost=encoding_cost(info.frames, spec.stream, info.channels),
        options=options,
        rounds=1 if settings.effort == 1 else 2,
    )
