"""Workers as processes of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from inrcodec.batch.backlog import Backlog, Event, Task
from inrcodec.batch.work import Advance, Job, Order, Worker
from inrcodec.errors import UsageError
from inrcodec.machine import cpu_cores
from inrcodec.progress import Progress

__all__ = ["LocalEngine", "local_workers"]

# Seconds between what a worker tells of its progress, and for it to end by itself.
_TELL_EVERY = 0.2
_PATIENCE = 2.0

# A forked process would inherit torch's threads as locks that nobody holds.
_SPAWN = get_context("spawn")


def local_workers(device: str, threads: int | None) -> int:
    """Count the workers that this machine has room for: one per CPU core, or `threads` cores; one
    where there is a GPU. Raises `UsageError` where the device is absent."""
    # The tool that comes with the driver spares loading torch where there is no GPU.
    if device == "cuda" or (device == "auto" and shutil.which("nvidia-smi")):
        from inrcodec.devices import resolve_device

        if resolve_device(device) == "cuda":
            return 1
    return max(1, cpu_cores() // (threads or 1))


@dataclass
class _Hand:
    """A worker's process, the way to it, and what it is at."""

    process: SpawnProcess
    connection: Connection
    task: Task | None = None


@dataclass(frozen=True)
class LocalEngine:
    """Worker processes, each with its own CPU threads.

    One that dies is replaced. Raises `UsageError` for less than one worker.
    """

    workers: int

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UsageError(f"{self.workers} workers; 1 is the least")

    def run(self, order: Order, tasks: Iterator[list[Job]]) -> Generator[Event, None, None]:
        """Implement `Engine.run`."""
        backlog = Backlog(order, tasks)
        hands: list[_Hand] = []
        try:
            while True:
                self._hand_out(order, backlog, hands)
                busy = {hand.connection: hand for hand in hands if hand.task is not None}
                if not busy:
                    break
                for ready in wait(list(busy)):
                    assert isinstance(ready, Connection)
                    yield from _listen(busy[ready], backlog, hands)
            _dismiss(hands, _PATIENCE)
        finally:
            _dismiss(hands, 0)

    def _hand_out(self, order: Order, backlog: Backlog, hands: list[_Hand]) -> None:
        """Give every idle worker a task; start workers while there are tasks for them."""
        while True:
            idle = next((hand for hand in hands if hand.task is None), None)
            if idle is None and len(hands) == self.workers:
                return
            task = backlog.take()
            if task is None:
                return
            if idle is None:
                idle = _start(order)
                hands.append(idle)
            idle.task = task
            # If it died while idle, the wait for its answer will find that out.
            with suppress(OSError):
                idle.connection.send(task.jobs)


def _start(order: Order) -> _Hand:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(theirs, order), daemon=True)
    with _undisturbed():
        process.start()
    # The last open end being the worker's own, its death ends the connection.
    theirs.close()
    return _Hand(process, ours)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Have signals that end this process wait: half a worker would be nobody's to end.

    What is started meanwhile has them wait, too, and never lets Ctrl-C through: that reaches all
    processes of a terminal, and we end our workers ourselves.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # multiprocessing's own helper, which comes with the first worker, would let signals through.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *_ending()})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ending() -> set[signal.Signals]:
    return {signal.SIGTERM, signal.SIGHUP}


def _listen(hand: _Hand, backlog: Backlog, hands: list[_Hand]) -> Iterator[Event]:
    """Receive what a worker has to say; one that says no more has died and is removed."""
    assert hand.task is not None
    try:
        said = hand.connection.recv()
    except (EOFError, OSError):
        hands.remove(hand)
        _dismiss([hand], _PATIENCE)
        yield from backlog.died(hand.task, _end_of(hand.process))
        return
    if isinstance(said, Advance):
        yield said
    else:
        hand.task = None
        yield from said


def _end_of(process: SpawnProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}" + ", out of memory?" * (code == -9)
    return f"exit code {code}"


def _dismiss(hands: list[_Hand], patience: float) -> None:
    """End workers: by themselves within some seconds, or by force."""
    for hand in hands:
        hand.connection.close()
    until = time.monotonic() + patience
    for hand in hands:
        hand.process.join(max(0.0, until - time.monotonic()))
        if hand.process.is_alive():
            hand.process.kill()
            hand.process.join()


def _serve(connection: Connection, order: Order) -> None:
    """A worker's life: a task, its outcomes, and so on until the other end closes."""
    # See `_undisturbed`, which not all systems have.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ending())
    # As the command line does, and before torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    worker = Worker(order)
    try:
        while True:
            jobs = connection.recv()
            teller = _Teller(connection, tuple(job.input for job in jobs))
            connection.send(worker.perform(jobs, teller))
    except (EOFError, OSError):
        return


@dataclass
class _Teller:
    """Passes progress on, now and then."""

    connection: Connection
    inputs: tuple[str, ...]
    told: float = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self.told >= _TELL_EVERY:
            self.told = now
            self.connection.send(Advance(self.inputs, progress))
