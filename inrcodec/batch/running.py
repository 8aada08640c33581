"""A whole batch: what is left of it, done by an engine and noted in the manifest."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from inrcodec.batch.backlog import Engine, Event
from inrcodec.batch.manifest import Manifest, Record, canonical
from inrcodec.batch.planning import output_names, stacks
from inrcodec.batch.work import Job, Order, Outcome, failure
from inrcodec.errors import UsageError

__all__ = ["Batch", "run"]


@dataclass(frozen=True)
class Batch:
    """An order, and which of its outputs are to be made.

    Attributes
    ----------
    inputs
        Names in the order's source.
    force
        Overwrite files that no run of a batch has made.
    stack
        How many images of one shape to fit together, at most.
    ignored
        Names in the source that are not tried.
    """

    order: Order
    inputs: Sequence[str]
    force: bool = False
    stack: int = 1
    ignored: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.stack < 1:
            raise UsageError(f"stacks of {self.stack}; 1 is the least")


def run(batch: Batch, engine: Engine, manifest: Manifest) -> Generator[Event, None, None]:
    """Do what is not done yet; yields an outcome for each input, and progress between.

    An outcome is in the manifest, which must be open for writing, before it is yielded. Closing
    the generator ends the workers; what is in flight is lost.
    """
    order = batch.order
    order.target.clean()
    settings = canonical(order.settings)
    manifest.note_ignored(
        Record(input=name, output=None, settings=settings, ignored=True) for name in batch.ignored
    )
    todo, refused = _jobs(batch, manifest)
    jobs = {job.input: job for job in todo}
    for job, why in refused:
        yield _refuse(order, job, why, manifest)

    def tasks() -> Iterator[list[Job]]:
        for names in stacks(order.source, jobs, batch.stack):
            task = [jobs[name] for name in names]
            for job in task:
                _claim(order, job, manifest)
            yield task

    try:
        with closing(engine.run(order, tasks())) as events:
            for event in events:
                if isinstance(event, Outcome) and event.record is not None:
                    manifest.append(event.record)
                yield event
    finally:
        # Workers that were ended in the middle of writing.
        order.target.clean()


def _jobs(batch: Batch, manifest: Manifest) -> tuple[list[Job], list[tuple[Job, str]]]:
    """Jobs to do; and those whose output cannot be, or is a file that no batch has made, and
    why."""
    todo: list[Job] = []
    refused: list[tuple[Job, str]] = []
    settings = canonical(batch.order.settings)
    for name, output in output_names(batch.inputs).items():
        try:
            size = batch.order.target.size(output)
        except OSError as error:
            refused.append((Job(name, output), f"{output}: {error.strerror or error}"))
            continue
        record = manifest.records.get(name)
        if record is not None and record.output == output:
            same = size is not None and (record.bytes, record.settings) == (size, settings)
            todo.append(Job(name, output, record.sha256 if same else None))
        elif size is None or batch.force:
            todo.append(Job(name, output))
        else:
            why = f"{output} exists and no batch made it; use --force to overwrite it"
            refused.append((Job(name, output), why))
    return todo, refused


def _refuse(order: Order, job: Job, why: str, manifest: Manifest) -> Outcome:
    record = replace(failure(order, job, why), output=None)
    manifest.append(record)
    return Outcome(job.input, record, exit_code=1)


def _claim(order: Order, job: Job, manifest: Manifest) -> None:
    """Note that an output is ours before it may be there: a run that is killed right after writing
    it must not take it for somebody else's."""
    record = manifest.records.get(job.input)
    if record is None or record.output != job.output:
        manifest.append(failure(order, job, "not finished"))
