"""`inrcodec report`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.bars import progress_bar
from inrcodec.cli.common import SOME_FAILED, STANDARD, cause_of, errors_told, finite
from inrcodec.cli.inputs import Input, encoded_files, is_folder
from inrcodec.cli.outputs import check_target, open_output
from inrcodec.cli.printing import complain, print_json, print_line, printable
from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.progress import told

if TYPE_CHECKING:
    from inrcodec.container.sections import Container
    from inrcodec.report.entries import Entry
    from inrcodec.report.gallery import Gallery
    from inrcodec.report.originals import Originals

__all__ = ["report"]


@click.command()
@click.argument("folder", type=options.input_path)
@click.option(
    "-o",
    "--output",
    type=options.input_path,
    default="report.html",
    show_default=True,
    metavar="HTML",
    help="The page.",
)
@click.option(
    "--original",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Where originals are.  [default: the folder itself]",
)
@options.recursive
@click.option(
    "--worst",
    type=click.IntRange(0, 100),
    default=6,
    show_default=True,
    help="Images, and audio signals, of which the worst parts are shown.",
)
@options.force
@options.limits_of_decoding
@options.as_json
@options.quiet
def report(
    folder: Path,
    output: Path,
    original: Path | None,
    recursive: bool,
    worst: int,
    force: bool,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a page on a folder of .inr files.

    It shows rate, quality and settings of each signal with a thumbnail, histograms, and where the
    worst differ most from their originals: of images regions at 1:1, of audio spectrograms. An
    original has the name of the .inr file, save for its extension. The page is one HTML file that
    loads nothing. What is damaged stands in it, and makes the exit code 6.

    \b
      inrcodec report encoded/ -o report.html
      inrcodec report encoded/ --original photos/ -o report.html --force
      inrcodec report encoded/ --recursive --json --worst 20
    """
    entries: list[Entry] = []
    with errors_told(folder, as_json):
        if not is_folder(folder):
            raise UsageError(f"{folder}: is no folder")
        check_target(output, force)
        from inrcodec.report.gallery import Gallery
        from inrcodec.report.page import page

        limits, sources = Limits.of(max_memory, max_work), encoded_files([folder], recursive)
        known = _originals(original or folder, recursive)
        with Gallery(worst) as gallery:
            with progress_bar(folder.name, quiet) as bar:
                for source in told("reading", sources, bar):
                    for entry in _entries(source, original or folder, known, limits, gallery):
                        _tell(entry, source, output, as_json, quiet)
                        entries.append(entry)
            with open_output(output, force) as stream:
                for part in page(printable(folder.resolve().name), entries, gallery):
                    stream.write(part.encode())
    failed = sum(entry.error is not None for entry in entries)
    if not as_json and not quiet:
        line = f"{output}: {len(entries)} signals" + f", {failed} failed" * bool(failed)
        print_line(line, output == STANDARD)
    if failed:
        sys.exit(SOME_FAILED)


def _originals(folder: Path, recursive: bool) -> Originals:
    from inrcodec.batch.places import Folder
    from inrcodec.batch.planning import encodable
    from inrcodec.report.originals import Originals

    return Originals(encodable(Folder(folder), recursive)[0])


def _entries(
    source: Input, folder: Path, originals: Originals, limits: Limits, gallery: Gallery
) -> Iterator[Entry]:
    """The entries of a file: one for each of its items; one where it cannot be opened."""
    from inrcodec.container.sections import Container
    from inrcodec.information import inform
    from inrcodec.report.entries import Entry

    name = printable(source.inner)
    try:
        held = inform(source.path)
    except Exception as error:
        yield _failed(Entry(name), error, source.path)
        return
    items, kept = held["items"], dict[str, Any]()
    with Container(source.path) as container:
        for item in items:
            label = name if len(items) == 1 else f"{name}: {printable(item['name'])}"
            entry = Entry(label, dict(item))
            if len(items) == 1:
                entry.fields["bytes"] = held["bytes"]
            try:
                found = originals.of(source.inner.as_posix(), item["name"] or "")
                entry.original = None if found is None else printable(found)
                original = None if found is None else folder / found
                _examine(entry, container, kept, original, limits, gallery)
            except Exception as error:
                _failed(entry, error, source.path)
            yield entry


def _examine(
    entry: Entry,
    container: Container,
    kept: dict[str, Any],
    original: Path | None,
    limits: Limits,
    gallery: Gallery,
) -> None:
    """Look at an item of a file, of whose other items something may be kept; warnings are notes."""
    from inrcodec.decoding import Representation
    from inrcodec.report.entries import examine

    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", UserWarning)
        try:
            representation = Representation(container, entry.fields["item"], limits, kept=kept)
            examine(entry, representation, original, limits, gallery)
        finally:
            entry.notes += [printable(warning.message) for warning in noted]


def _failed(entry: Entry, error: Exception, path: Path) -> Entry:
    """Say in an entry what is wrong with it; an error that is not expected goes on."""
    cause = cause_of(error, path)
    if cause is None:
        raise error
    entry.error, entry.exit_code = printable(cause[0]), cause[1]
    return entry


def _tell(entry: Entry, source: Input, output: Path, as_json: bool, quiet: bool) -> None:
    if as_json:
        fields: dict[str, Any] = {"input": str(source.path), **entry.fields}
        fields = {k: finite(v) if isinstance(v, float) else v for k, v in fields.items()}
        fields |= {"original": entry.original, "warnings": entry.notes}
        if entry.error is not None:
            fields |= {"error": entry.error, "exit_code": entry.exit_code}
        print_json(fields, output == STANDARD)
    if entry.error is not None:
        complain(source.path, entry.error)
    for note in () if quiet else entry.notes:
        complain(source.path, note)
