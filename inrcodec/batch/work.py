"""What a worker does with a job: read, encode, write. The same in every engine."""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inrcodec.batch.manifest import Record, canonical
from inrcodec.batch.places import Place
from inrcodec.errors import InrError
from inrcodec.limits import out_of_memory
from inrcodec.progress import Progress, Report
from inrcodec.settings import Settings

if TYPE_CHECKING:
    from inrcodec.codec import Encoded
    from inrcodec.signals import Signal

__all__ = ["Advance", "Job", "Order", "Outcome", "Worker", "failure"]


@dataclass(frozen=True)
class Order:
    """What all jobs of a batch have in common. `threads` are the CPU threads of a worker."""

    source: Place
    target: Place
    settings: Settings
    threads: int


@dataclass(frozen=True)
class Job:
    """A picture to encode.

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
    """What became of a job; no record where it was done already, and warnings in a line each."""

    input: str
    record: Record | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advance:
    """Where the encode of some inputs stands."""

    inputs: tuple[str, ...]
    progress: Progress


@dataclass
class _Picture:
    """A job under way: what is known of its record, and its signal."""

    job: Job
    record: Record
    signal: Signal
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
        self._ready = False

    def perform(self, jobs: Sequence[Job], report: Report | None = None) -> list[Outcome]:
        """Do jobs; those of one shape are fitted together, where the model allows that."""
        outcomes: list[Outcome] = []
        pictures: list[_Picture] = []
        for job in jobs:
            read = self._read(job)
            if isinstance(read, Outcome):
                outcomes.append(read)
            else:
                pictures.append(read)
        return outcomes + self._encode(pictures, report)

    def _read(self, job: Job) -> _Picture | Outcome:
        """A job's picture, or what became of it already."""
        record = failure(self._order, job, "")
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", UserWarning)
            try:
                with self._order.source.open(job.input) as stream:
                    data = stream.read()
                digest = hashlib.sha256(data).hexdigest()
                if digest == job.known:
                    return Outcome(job.input, None)
                record = replace(record, sha256=digest, input_bytes=len(data))
                self._load()
                from inrcodec.pictures import read_picture

                signal = read_picture(io.BytesIO(data), self._order.settings.max_pixels)
            except Exception as error:
                return Outcome(job.input, replace(record, error=_cause(error)))
        return _Picture(job, record, signal, tuple(str(w.message) for w in noted))

    def _load(self) -> None:
        """Load torch, which takes a second that a job that is done need not wait for."""
        if not self._ready:
            import torch

            torch.set_num_threads(self._order.threads)
            self._ready = True

    def _encode(self, pictures: list[_Picture], report: Report | None) -> list[Outcome]:
        if not pictures:
            return []
        from inrcodec.stacks import encode_stack

        signals = [picture.signal for picture in pictures]
        try:
            encoded = encode_stack(signals, self._order.settings, report)
        except Exception as error:
            if len(pictures) > 1:
                return [one for picture in pictures for one in self._encode([picture], report)]
            (picture,) = pictures
            record = replace(picture.record, error=_cause(error))
            return [Outcome(picture.job.input, record, picture.warnings)]
        return [self._write(*both) for both in zip(pictures, encoded, strict=True)]

    def _write(self, picture: _Picture, encoded: Encoded) -> Outcome:
        job, record = picture.job, picture.record
        try:
            self._order.target.write(job.output, encoded.data)
        except Exception as error:
            record = replace(record, error=_cause(error))
        else:
            record = replace(
                record,
                model=encoded.model,
                device=encoded.device,
                steps=encoded.steps,
                parameters=encoded.parameters,
                bytes=len(encoded.data),
                bits_per_pixel=encoded.bits_per_pixel,
                psnr_db=encoded.psnr_db if math.isfinite(encoded.psnr_db) else None,
                seconds=encoded.seconds,
                error=None,
            )
        return Outcome(job.input, record, picture.warnings)


def _cause(error: Exception) -> str:
    """What went wrong, in one line."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif out_of_memory(error):
        text = "not enough memory"
    elif not isinstance(error, InrError):
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())
