"""`inrcodec add`, `extract` and `remove`; `encode` to an album."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inrcodec.album.changing import as_album, change
from inrcodec.album.editing import extract as extracted
from inrcodec.cli import model_options, options
from inrcodec.cli.common import (
    STANDARD,
    Result,
    finite,
    open_named,
    rates,
    run_each,
    set_threads,
    watching,
)
from inrcodec.cli.outputs import check_target, output_name, write_output
from inrcodec.cli.printing import complain
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import join
from inrcodec.container.editing import remove as without
from inrcodec.container.names import find_items, read_names, stems
from inrcodec.container.portable import portable
from inrcodec.container.sections import Container
from inrcodec.errors import UsageError
from inrcodec.settings import Settings

if TYPE_CHECKING:
    from inrcodec.album.encoding import EncodedAlbum, Watch
    from inrcodec.codecs.codec import Read
    from inrcodec.encoding import Encoded
    from inrcodec.signal import Source

__all__ = ["add", "encode_album", "extract", "is_album", "remove"]

_SUFFIX = ".inr"
_Made = TypeVar("_Made")
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
    """Tell whether several inputs are to go to one file."""
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
        from inrcodec.album.encoding import encode_album as encoded_album

        check_target(output, force)
        return encoded_album(sources, settings(), watch)

    sources = _Sources(inputs)

    def encode_all(_: Path) -> Iterator[Result]:
        set_threads(threads)
        album = sources.encoded(settings(), quiet, make)
        write_output(output, album.data, force)
        yield _result({"output": str(output)}, output, album)

    def failed(_: Path) -> Result:
        return Result({"input": str(sources.last or output), "output": str(output)})

    run_each([output], encode_all, as_json, quiet, failed)


@click.command(cls=model_options.SectionedCommand)
@_album
@options.inputs
@model_options.encoding
@options.device
@options.threads
@options.limits_of_encoding
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
    """Add signals to an album.

    They are encoded with what it shares; those in it stay as they are.

    \b
      inrcodec add album.inr new.png
    """

    sources = _Sources(inputs)

    def add_all(_: Path) -> Iterator[Result]:
        set_threads(threads)
        from inrcodec.album.encoding import EncodedAlbum, addition_to, encode_items

        settings = make_settings(**wanted)
        with Container(album) as container:
            named = as_album(container, album.stem)
            suited = addition_to(named, [source.name for source in inputs], settings)
        check_target(album, force=True)

        def make(sources: Mapping[str, Read], watch: Watch) -> dict[str, Encoded]:
            return encode_items(sources, suited, watch)

        items = sources.encoded(settings, quiet, make)
        new = {name: item.data for name, item in items.items()}
        # The album may be another by now, and that is the one that they are added to.
        data = _change(album, lambda container: join(as_album(container, album.stem), new))
        target = {"input": str(album), "output": str(album)}
        yield _result(target, album, EncodedAlbum(data, items))

    def failed(_: Path) -> Result:
        return Result({"input": str(sources.last or album), "output": str(album)})

    run_each([album], add_all, as_json, quiet, failed)


@click.command()
@_album
@_item
@options.output
@options.force
@options.as_json
@options.quiet
def extract(
    album: Path,
    wanted: tuple[str, ...],
    output: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Copy items of an album to files.

    With each goes what the album shares.

    \b
      inrcodec extract album.inr --item kodim03 -o one.inr
    """

    def extract_all(_: Path) -> Iterator[Result]:
        with Container(album) as container:
            names = read_names(container)
            items = find_items(names, wanted)
            if output is not None and len(items) > 1:
                raise UsageError("one output holds one item; leave out -o")
            short = stems(names)
            for item in items:
                name = portable((short[item] or album.stem) + _SUFFIX)
                target = album.with_name(name) if output is None else Path(output)
                if target.exists() and target.samefile(album):
                    raise UsageError("it would be written over itself")
                check_target(target, force)
                data = extracted(container, item)
                write_output(target, data, force)
                fields = {"input": str(album), "item": names[item], "output": str(target)}
                line = f"{output_name(target)}: {len(data)} bytes"
                yield Result({**fields, "bytes": len(data)}, (line,), target == STANDARD)

    def failed(album: Path) -> Result:
        return Result({"input": str(album)}, to_stderr=output == str(STANDARD))

    run_each([album], extract_all, as_json, quiet, failed)


@click.command()
@_album
@_item
@options.as_json
@options.quiet
def remove(album: Path, wanted: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Take items out of an album.

    The others stay as they are.

    \b
      inrcodec remove album.inr --item kodim03
    """

    def remove_all(_: Path) -> Iterator[Result]:
        gone: list[str] = []
        left: list[str] = []

        def remove_some(container: Container) -> bytes:
            names = read_names(container)
            items = {*find_items(names, wanted)}
            gone[:] = [names[item] for item in sorted(items)]
            left[:] = [name for item, name in names.items() if item not in items]
            return without(container, items)

        check_target(album, force=True)
        data = _change(album, remove_some)
        fields = {"input": str(album), "output": str(album), "bytes": len(data)}
        line = f"{album}: {len(left)} items, {len(data)} bytes in all"
        yield Result({**fields, "removed": gone, "items": left}, (line,))

    run_each([album], remove_all, as_json, quiet)


def _change(album: Path, to: Callable[[Container], bytes]) -> bytes:
    """Change an album; the user is told where another process is at it."""

    def waiting() -> None:
        complain(album, "waiting for another process to change it")

    return change(album, to, waiting)


class _Sources:
    """Signals that are opened when it is their turn; errors name the file. `last` is what was
    opened last."""

    def __init__(self, inputs: Sequence[Path]) -> None:
        self._inputs = inputs
        self.last: Path | None = None

    def encoded(
        self,
        settings: Settings,
        quiet: bool,
        make: Callable[[Mapping[str, Read], Watch], _Made],
    ) -> _Made:
        """Make something of them, with progress."""
        sources: dict[str, Read] = {}
        for source in self._inputs:
            if source.name in sources:
                raise UsageError(f"two inputs have the name {source.name}")
            sources[source.name] = partial(self._opened, source, settings)
        with watching(quiet) as watch:
            made = make(sources, watch)
        self.last = None
        return made

    def _opened(self, source: Path, settings: Settings) -> AbstractContextManager[Source]:
        self.last = source
        return open_named(source, settings.limits, settings.bits)


def _result(named: dict[str, Any], target: Path, album: EncodedAlbum) -> Result:
    """An album, or what was added to it."""
    fields = {
        **named,
        "bytes": len(album.data),
        "items": [
            {
                "name": name,
                "model": item.model,
                "device": item.device,
                "steps": item.steps,
                "parameters": item.parameters,
                **rates(item),
                "seconds": item.seconds,
            }
            for name, item in album.items.items()
        ],
    }
    means = []
    for measure in ("psnr_db", "snr_db"):
        # The first measure of an item is the one that counts.
        found = [
            item.quality[measure]
            for item in album.items.values()
            if next(iter(item.quality)) == measure
        ]
        if found:
            fields[measure] = finite(fmean(found))
            means.append(f"mean {measure[:-3].upper()} {fmean(found):.2f} dB")
    line = f"{target}: {len(album.items)} items, {len(album.data)} bytes in all, "
    return Result(fields, (line + ", ".join(means),))
