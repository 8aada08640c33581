"""The backlog: what is left to hand out to workers, task by task, and what comes again."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from inrcodec.batch.work import Advance, Job, Order, Outcome, failure

__all__ = ["Backlog", "Engine", "Event", "Task"]

Event = Outcome | Advance


class Engine(Protocol):
    """Something that keeps several workers busy."""

    def run(self, order: Order, tasks: Iterator[list[Job]]) -> Generator[Event, None, None]:
        """Do all tasks; a task is taken from the iterator when a worker is free for it.

        An outcome comes for each job, in any order. Closing the generator ends the workers.
        """


@dataclass(frozen=True)
class Task:
    """Jobs for one worker at a time, and whether a worker has died of them."""

    jobs: tuple[Job, ...]
    again: bool = False


class Backlog:
    """Tasks in order. A task whose worker dies comes again, each job alone, and fails the second
    time: of several jobs, only the one that is to blame."""

    def __init__(self, order: Order, tasks: Iterator[list[Job]]) -> None:
        self._order = order
        self._tasks = tasks
        self._again: deque[Task] = deque()

    def take(self) -> Task | None:
        """The next task, None if there is none for now."""
        if self._again:
            return self._again.popleft()
        jobs = next(self._tasks, None)
        return None if jobs is None else Task(tuple(jobs))

    def died(self, task: Task, how: str) -> list[Outcome]:
        """Take back the task of a worker that died: it comes again, or fails."""
        if not task.again:
            self._again.extend(Task((job,), again=True) for job in task.jobs)
            return []
        error = f"its worker died twice ({how})"
        failures = ((job, failure(self._order, job, error)) for job in task.jobs)
        return [Outcome(job.input, record, exit_code=1) for job, record in failures]
