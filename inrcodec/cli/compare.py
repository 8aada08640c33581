"""`inrcodec compare`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from inrcodec.cli import options
from inrcodec.cli.common import STANDARD, Result, finite, in_rate, open_input, run_each
from inrcodec.cli.outputs import check_plot, write_output
from inrcodec.cli.printing import printable
from inrcodec.limits import Limits

if TYPE_CHECKING:
    from inrcodec.signal import SignalInfo, Source

__all__ = ["compare"]


@click.command()
@click.argument("a", type=options.input_path)
@click.argument("b", type=options.input_path)
@options.plot("Draw both, their difference, and where images differ most, as a PNG.")
@options.force
@options.limits_of_decoding
@options.as_json
def compare(
    a: Path,
    b: Path,
    plot: Path | None,
    force: bool,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
) -> None:
    """Measure how alike two signals are.

    The first is the original. Each is an image, an audio file, or an .inr file, which is decoded.
    Images have a PSNR in dB, SSIM and, with the extra `rivals`, SSIMULACRA2; audio SNR, PSNR with a
    peak of 1, and log-spectral distance, all in dB. With each file are its bytes and its rate.

    A plot shows images side by side, their difference, and at 1:1 the regions in which they differ
    most; of audio, the spectrograms of both and of their difference.

    \b
      inrcodec compare photo.png photo.inr
      inrcodec compare photo.png photo.decoded.png --plot compared.png
      inrcodec compare song.wav song.inr --plot spectrograms.png
    """
    limits, signals = Limits.of(max_memory, max_work), ExitStack()
    opened: list[Source] = []
    sizes: dict[str, int] = {}

    def open_one(path: Path) -> Iterator[Result]:
        from inrcodec.comparing import open_source

        if plot is not None:
            check_plot(plot, force)
        stream = signals.enter_context(open_input(path))
        sizes["b" if sizes else "a"] = _size(stream)
        opened.append(signals.enter_context(open_source(stream, limits, path.name)))
        yield from ()

    def compare_with(path: Path) -> Iterator[Result]:
        yield from open_one(path)
        from inrcodec.comparing import measure

        original, other = opened
        measures = measure(original, other, limits)
        rate, extent = original.info.extent
        fields = {
            "a": str(a),
            "b": str(b),
            **{name: finite(value) for name, value in measures.items()},
            "bytes": sizes,
            rate: {name: 8 * size / extent for name, size in sizes.items()},
            **({} if plot is None else {"output": str(plot)}),
        }
        words = [_shown(name, value) for name, value in measures.items()]
        words += ["lossless: no sample differs"] * (math.inf in measures.values())
        files = [*zip((a, b), sizes.values(), strict=True)]
        if plot is not None:
            from inrcodec.plots.panels import png
            from inrcodec.plots.sheets import compared

            # Names alone: folders would be wider than images.
            titles = [_line(printable(path.name), size, original.info) for path, size in files]
            sheet = compared(original, other, titles, [", ".join(words)])
            write_output(plot, png(sheet), force)
        lines = [_line(path, size, original.info) for path, size in files]
        yield Result(fields, [*words, *lines], plot == STANDARD)

    def failed(path: Path) -> Result:
        fields = {"input": str(path), "a": str(a), "b": str(b)}
        return Result(fields, to_stderr=plot == STANDARD)

    with signals:
        run_each([a], open_one, as_json, failed=failed)
        run_each([b], compare_with, as_json, failed=failed)


def _size(stream: BinaryIO) -> int:
    """Bytes of a seekable stream, which stays at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def _shown(name: str, value: float | None) -> str:
    """A measure in words: `psnr 40.12 dB`, `ssim 0.9876`."""
    if value is None:
        return f"{name} undefined"
    if name == "psnr" or name.endswith("_db"):
        measure = name.removesuffix("_db").replace("_", " ")
        return f"{measure} infinite" if value == math.inf else f"{measure} {value:.2f} dB"
    return f"{name} {value:.2f}" if name == "ssimulacra2" else f"{name} {value:.4f}"


def _line(name: object, size: int, info: SignalInfo) -> str:
    """A file's name, its bytes, and its rate."""
    rate, extent = info.extent
    return f"{name}: {size} bytes, {in_rate(rate, 8 * size / extent)}"
