"""Options of models and rates, in sections: of commands that encode or predict."""

from __future__ import annotations

from typing import Any

import click

from inrcodec.cli.options import Decorator, bits, effort, size, together
from inrcodec.codecs.audio_grid.options import TUNES as AUDIO_TUNES
from inrcodec.codecs.grid.options import DEFAULT_QUALITY, TUNES
from inrcodec.codecs.headers import PRECISIONS
from inrcodec.codecs.inr.networks.activations import ACTIVATIONS
from inrcodec.codecs.inr.networks.enrp import PRESETS
from inrcodec.codecs.inr.options import INITS
from inrcodec.codecs.pixels.options import MOST_ERROR
from inrcodec.codecs.registry import codec_of, model_names, models
from inrcodec.settings import AUTO
from inrcodec.signal.source import METADATA_KINDS

__all__ = ["SectionedCommand", "encoding", "prediction"]


def _strip(_: click.Context, __: click.Parameter, value: str) -> frozenset[str]:
    kinds = frozenset(kind for kind in value.split(",") if kind)
    if unknown := kinds - set(METADATA_KINDS):
        raise click.BadParameter(f"no kind {', '.join(sorted(unknown))}")
    return kinds


def _assignments(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.BadParameter(f"{wrong[0]!r} is not of the form FIELD=VALUE")
    return {name: value for name, _, value in pairs}


_TARGETS = "Quality and targets (images; audio with model grid: quality, size)"
_GRID = "Latent grid (model grid)"
_PIXELS = "Lossless (images, model pixels)"
_AUDIO_GRID = "Audio (model grid)"
_NETWORKS = "Coordinate networks (all other models)"
_AUDIO = "Audio, of coordinate networks"


class SectionedCommand(click.Command):
    """A command whose help lists options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each section, those without one first."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            # Arguments stand in the usage line.
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


class _SectionedOption(click.Option):
    """An option of a section of the help."""

    def __init__(self, *args: Any, section: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.section = section


def _option(section: str, *names: str, **attributes: Any) -> Decorator:
    return click.option(*names, cls=_SectionedOption, section=section, **attributes)


_TARGET_OPTIONS: tuple[Decorator, ...] = (
    _option(
        _TARGETS,
        "--target-psnr",
        type=float,
        metavar="DB",
        help="Reach this PSNR, or the next more.",
    ),
    _option(
        _TARGETS,
        "--target-bpp",
        type=float,
        metavar="BPP",
        help="Come close to these bits per pixel, but not above.",
    ),
    _option(
        _TARGETS,
        "--target-size",
        callback=size,
        metavar="SIZE",
        help="Come close to this file size, but not above: 20kB, 1MB, 5000.",
    ),
    _option(
        _TARGETS,
        "--confidence",
        type=click.FloatRange(0.5, 0.999),
        help="Of networks with a target PSNR: how likely the first that is fitted is to reach it.  "
        "[default: 0.95]",
    ),
)
_STEPS = _option(
    _NETWORKS, "--steps", type=click.IntRange(0), help="Fitting steps, instead of the effort's."
)
_TILE = _option(
    _NETWORKS, "--tile", type=click.IntRange(1), help="Side of a tile in pixels or samples."
)
_DEPTH = _option(_NETWORKS, "--depth", type=click.IntRange(0), help="Hidden-to-hidden layers.")
_OMEGA = _option(_NETWORKS, "--omega", type=float, help="Frequency factor of the sine layers.")

_ENCODING: tuple[Decorator, ...] = (
    click.option(
        "--model",
        type=click.Choice([AUTO, *model_names()]),
        default=AUTO,
        show_default=True,
        help="See `inrcodec models`; auto is mixed, or pixels for --lossless.",
    ),
    effort,
    click.option(
        "--set",
        "fields",
        multiple=True,
        callback=_assignments,
        metavar="FIELD=VALUE",
        help="Any field of the model; see `inrcodec models`.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Same seed, same device: same bytes.",
    ),
    click.option(
        "--strip",
        callback=_strip,
        default="",
        metavar="KINDS",
        help=f"Metadata to leave out: {','.join(METADATA_KINDS)}.",
    ),
    bits("Of an image file with 16 bits per sample: 8 takes the upper 8 alone."),
    _option(
        _TARGETS,
        "-q",
        "--quality",
        type=click.FloatRange(1, 100),
        help="About as AVIF's, of images, and 100 lossless; of audio as model grid has it.  "
        f"[default: {DEFAULT_QUALITY:g}, of model grid]",
    ),
    _option(_TARGETS, "--lmbda", type=float, help="Squared error that a bit per pixel is worth."),
    *_TARGET_OPTIONS,
    _option(
        _PIXELS,
        "--lossless",
        is_flag=True,
        help="Every sample as it is; so does -q 100.",
    ),
    _option(
        _PIXELS,
        "--near-lossless",
        type=click.IntRange(1, MOST_ERROR),
        metavar="N",
        help="No sample off by more than N levels.",
    ),
    _option(
        _AUDIO_GRID,
        "--kbps",
        type=float,
        metavar="KBPS",
        help="Reach so many thousands of bits a second.",
    ),
    _option(
        _AUDIO_GRID,
        "--target-snr",
        type=float,
        metavar="DB",
        help="Reach this SNR; sets --tune snr.",
    ),
    _option(
        _GRID,
        "--target-ssimulacra2",
        type=float,
        metavar="SCORE",
        help="Reach this SSIMULACRA2: 70 is high quality, 90 what no eye tells from the image.",
    ),
    _option(
        _GRID,
        "--alpha-quality",
        type=click.IntRange(0, 100),
        help="Below 100: fewer levels of alpha.  [default: 100]",
    ),
    _option(
        _GRID,
        "--tune",
        type=click.Choice([*TUNES, *AUDIO_TUNES]),
        help="What errors count by; visual: SSIMULACRA2, and finest details least; hearing and snr "
        "are of audio.  [default: psnr; hearing]",
    ),
    _option(
        _GRID,
        "--time",
        type=float,
        metavar="SECONDS",
        help="Refine for so long, instead of an effort.",
    ),
    _STEPS,
    _TILE,
    _option(_NETWORKS, "--width", type=click.IntRange(1), help="Features of a hidden layer."),
    _DEPTH,
    _OMEGA,
    _option(
        _NETWORKS,
        "--activation",
        type=click.Choice([a.name for a in ACTIVATIONS.values()]),
        help="Non-linearity, with its own omega and learning rate.",
    ),
    _option(_NETWORKS, "--lr", "learning_rate", type=float, help="Learning rate at the start."),
    _option(_NETWORKS, "--stop-psnr", type=float, metavar="DB", help="Stop the fit at this PSNR."),
    _option(
        _NETWORKS,
        "--init",
        type=click.Choice(list(INITS)),
        help="Start from weights that were learnt on photographs, where there are some for the "
        "network, or from --seed.  [default: prior]",
    ),
    _option(
        _NETWORKS,
        "--precision",
        type=click.Choice(list(PRECISIONS)),
        help="Of the stored weights; auto: as bits are worth it.  [default: auto]",
    ),
    _option(_AUDIO, "--segments", type=click.IntRange(1), help="Equal tiles of a chunk."),
    _option(
        _AUDIO,
        "--preset",
        type=click.Choice(list(PRESETS)),
        help="Of enrp: 2, 4, 8, 16 or 32 segments of width 64 and depth 5.",
    ),
    _option(
        _AUDIO,
        "--chunk",
        type=float,
        metavar="SECONDS",
        help="The longest that is fitted at a time; damage stays within it.",
    ),
)


_PREDICTION: tuple[Decorator, ...] = (
    click.option(
        "--model",
        type=click.Choice([m.name for m in models() if codec_of(m).predicts]),
        default="siren",
        show_default=True,
        help="See `inrcodec models`.",
    ),
    effort,
    *_TARGET_OPTIONS,
    *(_STEPS, _TILE, _DEPTH, _OMEGA),
)


# The options of networks that are predicted.
prediction = together(_PREDICTION)
# Those of models and rates: the fields of `Settings` and of all codecs' options, save device and
# limits.
encoding = together(_ENCODING)
