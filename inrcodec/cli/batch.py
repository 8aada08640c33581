"""`inrcodec batch`."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from inrcodec.batch.backlog import Engine, Event
from inrcodec.batch.local import LocalEngine, local_workers
from inrcodec.batch.manifest import Manifest
from inrcodec.batch.places import Folder, open_place
from inrcodec.batch.planning import encodable
from inrcodec.batch.running import Batch, run
from inrcodec.batch.work import Order, Outcome
from inrcodec.cli import model_options, options
from inrcodec.cli.batch_display import Bar, Tally, by_extension, tell, tell_ignored
from inrcodec.cli.common import SOME_FAILED, errors_told
from inrcodec.cli.printing import print_line
from inrcodec.codecs.registry import make_settings
from inrcodec.errors import UsageError
from inrcodec.machine import cpu_cores

__all__ = ["batch"]


@click.command(cls=model_options.SectionedCommand)
@click.argument("source", metavar="FOLDER")
@click.option(
    "-o", "--output", required=True, metavar="FOLDER", help="Where files go; made if need be."
)
@options.recursive
@click.option(
    "--manifest",
    "manifest_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What is done, a JSON line per file.  [default: manifest.jsonl in the output folder]",
)
@options.force
@click.option("--workers", type=click.IntRange(1), help="Files, or stacks, at a time.")
@click.option(
    "--stack",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Images of one shape that siren and enrp fit together.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Processes of this machine, or actors of a Ray cluster.",
)
@click.option("--address", metavar="URL", help="Of the Ray cluster: ray://host:10001.")
@model_options.encoding
@options.device
@click.option("--threads", type=click.IntRange(1, 1024), help="CPU threads of a worker.")
@options.limits_of_encoding
@options.as_json
@options.quiet
def batch(
    source: str,
    output: str,
    recursive: bool,
    manifest_path: Path | None,
    force: bool,
    workers: int | None,
    stack: int,
    engine: str,
    address: str | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **wanted: Any,
) -> None:
    """Encode a folder of images and audio files.

    Each becomes an .inr file of its own.
    What is done with the same settings is skipped when run again; what has changed, failed or was
    interrupted is done. Files that differ in their extension only keep it: a.png.inr, a.jpg.inr.
    Files of other kinds are ignored: the summary counts them, the manifest and --json list them.
    Folders can be URLs that fsspec knows, such as s3://bucket/photos.

    \b
      inrcodec batch photos/ -o encoded/
      inrcodec batch photos/ -o encoded/ --recursive --workers 4 -q 40
      inrcodec batch crops/ -o fits/ --model enrp --stack 16
      inrcodec batch s3://in -o s3://out --manifest m.jsonl --engine ray --address ray://host:10001
    """
    with errors_told(source, as_json):
        settings = make_settings(**wanted)
        source_place, target = open_place(source), open_place(output)
        inputs, ignored = encodable(source_place, recursive)
        if not inputs:
            where = f"{source}: nothing to encode in it" + " or its folders" * recursive
            raise UsageError(where + f"; ignored: {by_extension(ignored)}" * bool(ignored))
        tasks = math.ceil(len(inputs) / stack)
        worker, threads = _engine(engine, address, workers, threads, tasks, settings.device)
        order = Order(source_place, target, settings, threads)
        manifest = Manifest(_manifest_path(output, manifest_path))
        failed = _run(Batch(order, inputs, force, stack, ignored), worker, manifest, as_json, quiet)
    if failed:
        sys.exit(SOME_FAILED)


def _manifest_path(output: str, wanted: Path | None) -> Path:
    """Return where the manifest is; make the output folder that it is in."""
    if wanted is not None:
        return wanted
    folder = open_place(output)
    if not isinstance(folder, Folder):
        raise UsageError(f"{output} is no local folder; say where the manifest goes: --manifest")
    folder.root.mkdir(parents=True, exist_ok=True)
    return folder.root / "manifest.jsonl"


def _engine(
    name: str,
    address: str | None,
    workers: int | None,
    threads: int | None,
    tasks: int,
    device: str,
) -> tuple[Engine, int]:
    """The engine, and the CPU threads of each of its workers."""
    if name == "ray":
        from inrcodec.batch.cluster import RayEngine

        return RayEngine(workers, address), threads or 1
    if address is not None:
        raise UsageError("the local engine has no address; see --engine ray")
    workers = min(workers or local_workers(device, threads), tasks)
    return LocalEngine(workers), threads or max(1, cpu_cores() // workers)


def _run(batch: Batch, engine: Engine, manifest: Manifest, as_json: bool, quiet: bool) -> int:
    """Run a batch and tell of it; returns how many files failed."""
    tally, began = Tally(ignored=batch.ignored), time.monotonic()
    where = str(batch.order.target).rstrip("/")
    try:
        with (
            manifest.writing(),
            Bar(len(batch.inputs), quiet) as bar,
            closing(run(batch, engine, manifest)) as events,
        ):
            for count, event in enumerate(_outcomes(events, bar), 1):
                record = manifest.records[event.input]
                tally.add(event, record)
                bar.done(count, event.input)
                tell(event, record, where, as_json, quiet)
            if as_json:
                tell_ignored(manifest.records[name] for name in batch.ignored)
    finally:
        if not as_json and not quiet:
            for line in tally.summary(time.monotonic() - began):
                print_line(line)
    return tally.failed


def _outcomes(events: Iterator[Event], bar: Bar) -> Iterator[Outcome]:
    """The outcomes among events; progress goes to the bar."""
    for event in events:
        if isinstance(event, Outcome):
            yield event
        else:
            bar.advance(event)
