"""`inrcodec add`, `extract` and `remove`; `encode` to an album."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import (
    announce,
    check_target,
    finite,
    first_interrupt,
    open_input,
    progress_bar,
    rates,
    run_each,
    set_threads,
    write_output,
)
from inrcodec.container.names import find_items, read_names, stems
from inrcodec.container.sections import Container
from inrcodec.editing import extract as extracted
from inrcodec.editing import join
from inrcodec.editing import remove as without
from inrcodec.errors import InrError
from inrcodec.limits import Limits
from inrcodec.settings import Settings

if TYPE_CHECKING:
    from inrcodec.album import EncodedAlbum, Read, Watch
    from inrcodec.signals import Source

__all__ = ["add", "encode_album", "extract", "is_album", "remove"]

_SUFFIX = ".inr"
_item = click.option(
    "--item",
    "wanted",
    required=True,
    multiple=True,
    metavar="NAME",
    help="Name of an item, with or without its extension, or its place from 1; repeatable.",
)
_album = click.argument("album", type=click.Path(path_type=Path))


def is_album(inputs: Sequence[Path], output: str | None) -> bool:
    """Whether several inputs are to go to one file."""
    if output is None or len(inputs) < 2:
        return False
    return Path(output).suffix == _SUFFIX and not Path(output).is_dir()


def encode_album(
    inputs: Sequence[Path],
    output: Path,
    settings: Callable[[], Settings],
    force: bool,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Encode several signals to one file."""

    def make(sources: Mapping[str, Read], watch: Watch) -> EncodedAlbum:
        from inrcodec.album import encode_album as encoded_album

        check_target(output, force)
        return encoded_album(sources, settings(), watch)

    def encode_all(_: Path) -> None:
        set_threads(threads)
        album = _encoded(inputs, settings().limits, quiet, make)
        write_output(output, album.data, force)
        _announce(output, album, as_json, quiet)

    run_each([output], encode_all, quiet)


@click.command()
@_album
@options.inputs
@options.encoding
@options.device
@options.threads
@options.limits
@options.as_json
@options.quiet
def add(
    album: Path,
    inputs: tuple[Path, ...],
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **wanted: Any,
) -> None:
    """Add signals to an album, encoded with what it shares; those in it stay as they are.

    \b
      inrcodec add album.inr new.png
    """

    def add_all(_: Path) -> None:
        set_threads(threads)
        from inrcodec.album import add_to_album

        settings = Settings(**wanted)
        with Container(album) as container:
            named = _named(container, album.stem)

            def make(sources: Mapping[str, Read], watch: Watch) -> EncodedAlbum:
                return add_to_album(named, sources, settings, watch)

            added = _encoded(inputs, settings.limits, quiet, make)
        write_output(album, added.data, force=True)
        _announce(album, added, as_json, quiet)

    run_each([album], add_all, quiet)


@click.command()
@_album
@_item
@options.output
@options.force
def extract(album: Path, wanted: tuple[str, ...], output: str | None, force: bool) -> None:
    """Copy an item of an album, with what it shares, to a file of its own.

    \b
      inrcodec extract album.inr --item kodim03 -o one.inr
    """

    def extract_one(_: Path) -> None:
        with Container(album) as container:
            names = read_names(container)
            items = find_items(names, wanted)
            if output is not None and len(items) > 1:
                raise click.UsageError("one output holds one item; leave out -o")
            short = stems(names)
            for item in items:
                name = (short[item] or album.stem) + _SUFFIX
                target = album.with_name(name) if output is None else Path(output)
                if target.exists() and target.samefile(album):
                    raise click.UsageError(f"{album} would be written over itself")
                write_output(target, extracted(container, item), force)

    run_each([album], extract_one)


@click.command()
@_album
@_item
def remove(album: Path, wanted: tuple[str, ...]) -> None:
    """Take items out of an album; the others stay as they are.

    \b
      inrcodec remove album.inr --item kodim03
    """

    def remove_all(_: Path) -> None:
        with Container(album) as container:
            names = read_names(container)
            data = without(container, find_items(names, wanted))
        write_output(album, data, force=True)

    run_each([album], remove_all)


def _named(container: Container, name: str) -> Container:
    """An album; a file of one item that has no name becomes one."""
    names = read_names(container)
    if all(names.values()):
        return container
    (item,) = names
    return Container(join(None, {name: extracted(container, item)}))


def _encoded(
    inputs: Sequence[Path],
    limits: Limits,
    quiet: bool,
    make: Callable[[Mapping[str, Read], Watch], EncodedAlbum],
) -> EncodedAlbum:
    """What is made of signals that are opened when it is their turn, with progress; errors name the
    file."""
    from inrcodec.signal_files import open_signal

    @contextmanager
    def opened(source: Path) -> Iterator[Source]:
        with open_input(source) as stream:
            try:
                with open_signal(stream, limits, source.name) as signal:
                    yield signal
            except InrError as error:
                raise type(error)(f"{source}: {error}") from error

    sources: dict[str, Read] = {}
    for source in inputs:
        if source.name in sources:
            raise click.UsageError(f"two inputs have the name {source.name}")
        sources[source.name] = partial(opened, source)
    with _watching(quiet) as watch:
        return make(sources, watch)


@contextmanager
def _watching(quiet: bool) -> Iterator[Watch]:
    """What gives a progress bar for each item in turn."""
    with first_interrupt() as stop, ExitStack() as bars:

        def watch(name: str) -> Any:
            bars.close()
            return bars.enter_context(progress_bar(name, quiet, stop))

        yield watch


def _announce(target: Path, album: EncodedAlbum, as_json: bool, quiet: bool) -> None:
    fields = {
        "output": str(target),
        "bytes": len(album.data),
        "items": [
            {
                "name": name,
                "model": item.model,
                "steps": item.steps,
                **rates(item),
                "seconds": item.seconds,
            }
            for name, item in album.items.items()
        ],
    }
    means = []
    pictures = [item.psnr_db for item in album.items.values() if item.snr_db is None]
    recordings = [item.snr_db for item in album.items.values() if item.snr_db is not None]
    for measure, found in (("psnr_db", pictures), ("snr_db", recordings)):
        if found:
            fields[measure] = finite(fmean(found))
            means.append(f"mean {measure[:-3].upper()} {fmean(found):.2f} dB")
    line = f"{target}: {len(album.items)} items, {len(album.data)} bytes in all, "
    announce(target, fields, line + ", ".join(means), as_json, quiet)
