"""The work of a worker on a job: read, encode, write. The same in every engine."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from inrcodec.batch.manifest import Record, canonical
from inrcodec.batch.places import Place
from inrcodec.errors import InrError, LimitError
from inrcodec.limits import out_of_memory
from inrcodec.progress import Progress, Report
from inrcodec.settings import Settings
from inrcodec.threads import limit_threads

if TYPE_CHECKING:
    from inrcodec.encoding import Encoded
    from inrcodec.signal import Source

__all__ = ["Advance", "Job", "Order", "Outcome", "Worker", "failure"]

# Bytes that are read at a time.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Order:
    """The order that all jobs of a batch have in common. `threads` are the CPU threads of a
    worker."""

    source: Place
    target: Place
    settings: Settings
    threads: int


@dataclass(frozen=True)
class Job:
    """An image or audio signal to encode.

    Attributes
    ----------
    input, output
        Names in source and target.
    known
        The SHA-256 of an input that the output is already made of, if it is made of any.
    """

    input: str
    output: str
    known: str | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a job; no record where it was done already, warnings in a line each, and the
    exit code of what failed."""

    input: str
    record: Record | None
    warnings: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True)
class Advance:
    """The progress of the encode of some inputs."""

    inputs: tuple[str, ...]
    progress: Progress


@dataclass
class _Task:
    """A job under way: what is known of its record, and its signal."""

    job: Job
    record: Record
    signal: Source
    warnings: tuple[str, ...]


def failure(order: Order, job: Job, error: str) -> Record:
    """The record of a job that came to nothing."""
    return Record(
        input=job.input, output=job.output, settings=canonical(order.settings), error=error
    )


class Worker:
    """Encodes jobs, one or a stack at a time. No job's error is another's."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def perform(self, jobs: Sequence[Job], report: Report | None = None) -> list[Outcome]:
        """Do jobs; those of one shape are fitted together, where the model allows that."""
        outcomes: list[Outcome] = []
        tasks: list[_Task] = []
        with ExitStack() as opened:
            for job in jobs:
                read = self._read(job, opened)
                if isinstance(read, Outcome):
                    outcomes.append(read)
                else:
                    tasks.append(read)
            return outcomes + self._encode(tasks, report)

    def _read(self, job: Job, opened: ExitStack) -> _Task | Outcome:
        """A job's signal, open as long as that is wanted, or what became of it already."""
        record = failure(self._order, job, "")
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", UserWarning)
            try:
                with ExitStack() as own:
                    stream = own.enter_context(self._order.source.open(job.input))
                    digest, size = _digest(stream)
                    if digest == job.known:
                        return Outcome(job.input, None)
                    record = replace(record, sha256=digest, input_bytes=size)
                    signal = self._open(stream, job.input, own)
                    if not _in_memory(signal):
                        opened.enter_context(own.pop_all())
            except Exception as error:
                return _failed(job, record, error, _told(noted))
        told = _told(noted)
        return _Task(job, replace(record, warnings=[*told]), signal, told)

    def _open(self, stream: BinaryIO, name: str, opened: ExitStack) -> Source:
        """The signal that a file holds, if the settings are for its kind."""
        limit_threads(self._order.threads)
        from inrcodec.codecs.registry import resolve
        from inrcodec.media.files import open_signal

        settings = self._order.settings
        signal = opened.enter_context(open_signal(stream, settings.limits, name, settings.bits))
        resolve(settings, signal.info)
        return signal

    def _encode(self, tasks: list[_Task], report: Report | None) -> list[Outcome]:
        if not tasks:
            return []
        from inrcodec.encoding import encode_stack

        signals = [task.signal for task in tasks]
        try:
            encoded = encode_stack(signals, self._order.settings, report)
        except Exception as error:
            if len(tasks) > 1:
                return [one for task in tasks for one in self._encode([task], report)]
            (task,) = tasks
            return [_failed(task.job, task.record, error, task.warnings)]
        return [self._write(*both) for both in zip(tasks, encoded, strict=True)]

    def _write(self, task: _Task, encoded: Encoded) -> Outcome:
        job, record = task.job, task.record
        try:
            self._order.target.write(job.output, encoded.data)
        except Exception as error:
            return _failed(job, record, error, task.warnings)
        record = replace(
            record,
            model=encoded.model,
            device=encoded.device,
            steps=encoded.steps,
            parameters=encoded.parameters,
            bytes=len(encoded.data),
            bits_per_pixel=encoded.bits_per_pixel,
            kbps=encoded.kbps,
            psnr_db=_finite(encoded.psnr_db),
            snr_db=_finite(encoded.snr_db),
            seconds=encoded.seconds,
            error=None,
        )
        return Outcome(job.input, record, task.warnings)


def _told(noted: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings in a line each, every one once."""
    return tuple(dict.fromkeys(" ".join(str(warning.message).split()) for warning in noted))


def _digest(stream: BinaryIO) -> tuple[str, int]:
    """SHA-256, hexadecimal, and bytes of a stream that is at its start; leaves it there."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    stream.seek(0)
    return digest.hexdigest(), size


def _in_memory(signal: Source) -> bool:
    """Tell whether a signal's file is wanted no more. A stack may be of more images than a process
    can have files open."""
    from inrcodec.signal import Signal

    return isinstance(signal, Signal)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _failed(job: Job, record: Record, error: Exception, notes: tuple[str, ...]) -> Outcome:
    code = 1
    if isinstance(error, InrError):
        code = error.exit_code
    elif out_of_memory(error):
        code = LimitError.exit_code
    record = replace(record, error=_cause(error), warnings=[*notes])
    return Outcome(job.input, record, notes, code)


def _cause(error: Exception) -> str:
    """Tell what went wrong, in one line."""
    text = str(error)
    if out_of_memory(error):
        text = "not enough memory"
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif not isinstance(error, InrError):
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())
