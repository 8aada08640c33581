"""Trials: a signal, the codecs that take it at their best, and what they are measured by."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from inrcodec.errors import UsageError
from inrcodec.extras import load_extra
from inrcodec.limits import Cost, Limits
from inrcodec.plots.differences import shown
from inrcodec.rivals.audio import CODECS, KBPS, AudioCodec, mean_opinion
from inrcodec.rivals.curves import NAME, Coder, Metric, Original, Own
from inrcodec.rivals.images import LOSSLESS, PSNR, VISUAL, ImageCodec, tuned_for
from inrcodec.signal import Color, Signal, Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison, psnr
from inrcodec.signal.ssimulacra2 import has_ssimulacra2, ssimulacra2, ssimulacra2_cost

__all__ = ["Trial", "prepare", "prepare_lossless"]

SNR, OPINION = "snr_db", "opinion"
# Of audio as all codecs have it, and of the search for their delay.
_BYTES_PER_SAMPLE = 128


@dataclass(frozen=True)
class Trial:
    """A signal that codecs are to encode.

    Attributes
    ----------
    original
        The signal as they are given it.
    metric, label
        The measure by its field's name, and in words.
    measure
        Measures samples beside the original's.
    rate
        What rates are in, in words.
    coders
        By name, this codec first.
    absent
        Why others are not among them, by name.
    """

    original: Original
    metric: str
    label: str
    measure: Metric
    rate: str
    coders: dict[str, Coder]
    absent: dict[str, str] = field(default_factory=dict)


def prepare(
    source: Source, metric: str | None, options: Mapping[str, Any], limits: Limits
) -> Trial:
    """Prepare a trial of a signal; `options` are this codec's.

    The metric is `psnr` (the default) or `ssimulacra2` of an image, `opinion` (the default) or
    `snr` of audio. Warns where codecs are given less than there is.

    Raises `UsageError` where the signal has no such measure, or a package that it needs is not
    installed, `LimitError` where it takes too much memory.
    """
    trials = _TRIALS[source.info.kind]
    chosen = metric or next(iter(trials))
    if chosen not in trials:
        possible = " and ".join(trials)
        raise UsageError(f"{source.info.plural} have no {chosen}; {possible} are possible")
    return trials[chosen](source, options, limits)


def prepare_lossless(source: Source, options: Mapping[str, Any]) -> Trial:
    """Prepare a trial of an image that all codecs keep as it is, each at one setting.

    Raises `UsageError` where it is no image.
    """
    if source.info.kind != "image":
        raise UsageError(f"{source.info.plural} are not encoded without loss")
    image = _shown(source)
    own = Own({**options, "lossless": True}, "effort", [options["effort"]])
    rivals, absent = _loaded(LOSSLESS)
    coders: dict[str, Coder] = {NAME: own, **rivals}
    original = Original.of_image(image)
    return Trial(original, PSNR, "PSNR in dB", psnr, "bits per pixel", coders, absent)


def _shown(source: Source) -> Image.Image:
    """The image as all codecs get it."""
    info = source.info
    if info.sample_bits != 8 or info.channels not in (Color.RGB, Color.GRAY):
        warnings.warn("all codecs get it as 8-bit RGB, without alpha", stacklevel=3)
    return shown(Signal(source.read(Region.whole(info.shape)), info))


def _loaded(codecs: Mapping[str, ImageCodec]) -> tuple[dict[str, Coder], dict[str, str]]:
    """Return the codecs that there are, and why others are not."""
    there: dict[str, Coder] = {}
    absent: dict[str, str] = {}
    for name, codec in codecs.items():
        try:
            codec.load()
        except UsageError as error:
            absent[name] = str(error)
        else:
            there[name] = codec
    return there, absent


def _images(metric: str, source: Source, options: Mapping[str, Any], limits: Limits) -> Trial:
    info = source.info
    if metric == VISUAL:
        if not has_ssimulacra2(info.shape, 3, 8):
            hint = "a side of 8 pixels, and its package: pip install 'inrcodec[rivals]'"
            raise UsageError(f"SSIMULACRA2 needs {hint}")
        limits.check(ssimulacra2_cost(info.shape), "SSIMULACRA2")
    image = _shown(source)
    tune = {"tune": "psnr" if metric == PSNR else "visual"}
    rivals, absent = _loaded(tuned_for(metric))
    coders: dict[str, Coder] = {NAME: Own({**options, **tune}), **rivals}
    label, measure = ("PSNR in dB", psnr) if metric == PSNR else ("SSIMULACRA2", ssimulacra2)
    original = Original.of_image(image)
    return Trial(original, metric, label, measure, "bits per pixel", coders, absent)


def _audio(metric: str, source: Source, options: Mapping[str, Any], limits: Limits) -> Trial:
    info = source.info
    if info.channels not in KBPS:
        raise UsageError(f"it has {info.channels} channels; others encode one or two here")
    load_extra("av", "video", "a bench of audio")
    samples = float(info.shape[0] * info.channels)
    limits.check(Cost(_BYTES_PER_SAMPLE * samples), "a bench of it")
    signal = Signal(source.read(Region.whole(info.shape)), info)
    rates = KBPS[info.channels]
    tune = {"tune": "snr" if metric == SNR else "hearing"}
    coders: dict[str, Coder] = {NAME: Own({**options, **tune}, "kbps", rates)}
    coders |= {name: AudioCodec(name, rates) for name in CODECS}
    label, measure = "SNR in dB", _snr
    if metric == OPINION:
        load_extra("zimtohrli", "rivals", "an opinion")
        label = "mean opinion, 1 to 5, by Zimtohrli"
        measure = partial(mean_opinion, rate=int(info.fields()["rate"]))
    return Trial(Original.of_audio(signal), metric, label, measure, "kbit/s", coders)


def _snr(original: Any, decoded: Any) -> float:
    comparison = Comparison()
    comparison.add(original, decoded)
    return comparison.snr_db


# By the kind of signal and the metric, the default first.
_TRIALS: dict[str, dict[str, Callable[[Source, Mapping[str, Any], Limits], Trial]]] = {
    "image": {"psnr": partial(_images, PSNR), "ssimulacra2": partial(_images, VISUAL)},
    "audio": {"opinion": partial(_audio, OPINION), "snr": partial(_audio, SNR)},
}
