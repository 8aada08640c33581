"""Workers as actors of a Ray cluster (`pip install 'inrcodec[cluster]'`)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from inrcodec.batch.backlog import Backlog, Event, Task
from inrcodec.batch.work import Job, Order, Outcome, Worker
from inrcodec.errors import InrError, UsageError

__all__ = ["RayEngine"]

# As the command line does: set in an actor's environment, it is there before torch is loaded.
_ENVIRONMENT = {"GOMP_SPINCOUNT": "1000"}


class _Actor(Worker):
    """A worker that can be asked whether it is there."""

    def ready(self) -> list[Outcome]:
        """Answers once the cluster has found room for it."""
        return []


@dataclass(frozen=True)
class RayEngine:
    """Actors that live as long as the batch, of `threads` CPUs each or a share of a GPU.

    An actor that dies is restarted by Ray (`max_restarts`), its task is done again as the local
    engine does, not by Ray (`max_task_retries` is 0), since Ray would repeat a stack whole and
    would fail all of it for the one image that is to blame.

    Attributes
    ----------
    workers
        How many actors; None: as many as the cluster has room for.
    address
        Of the cluster: `ray://host:10001`, `auto`; None: that of the environment's `RAY_ADDRESS`,
        else a Ray of this machine that ends with the batch.
    """

    workers: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"{self.workers} workers; 1 is the least")
        _ray()

    def run(self, order: Order, tasks: Iterator[list[Job]]) -> Generator[Event, None, None]:
        """Implement `Engine.run`. Tells of no progress within a fit."""
        ray = _ray()
        ours = not ray.is_initialized()
        if ours:
            _connect(self.address)
        actors: list[Any] = []
        try:
            count, share = _shares(ray.cluster_resources(), self.workers, order)
            made = ray.remote(_Actor).options(
                **share, max_restarts=-1, max_task_retries=0, runtime_env={"env_vars": _ENVIRONMENT}
            )
            actors = [made.remote(order) for _ in range(count)]
            yield from _keep_busy(actors, Backlog(order, tasks))
        finally:
            for actor in actors:
                ray.kill(actor)
            if ours:
                ray.shutdown()


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise UsageError("engine ray needs Ray: pip install 'inrcodec[cluster]'") from error
    return ray


def _connect(address: str | None) -> None:
    ray = _ray()
    known = (ConnectionError, ImportError, RuntimeError, ValueError, ray.exceptions.RayError)
    try:
        ray.init(
            address=address, log_to_driver=False, logging_level="error", include_dashboard=False
        )
    except known as error:
        where = address or "a Ray of this machine"
        raise InrError(f"{where}: {' '.join(str(error).split())}") from error


def _shares(
    resources: dict[str, float], workers: int | None, order: Order
) -> tuple[int, dict[str, float]]:
    """Return how many actors there are, and what each takes: all of its CPU threads, and of GPUs an
    equal share.

    Raises `UsageError` where there is no room for so many.
    """
    room = int(resources.get("CPU", 1)) // order.threads
    gpus = 0.0 if order.settings.device == "cpu" else resources.get("GPU", 0.0)
    count = workers or max(1, min(room, int(gpus)) if gpus else room)
    if count > room:
        raise UsageError(
            f"{count} workers of {order.threads} CPUs, where the cluster has room for {room}"
        )
    share = {"num_cpus": float(order.threads)}
    if gpus:
        # Ray gives a fraction of one GPU, or whole ones.
        share["num_gpus"] = gpus / count if gpus < count else float(int(gpus) // count)
    return count, share


def _keep_busy(actors: list[Any], backlog: Backlog) -> Iterator[Outcome]:
    """Have each actor do a task, as soon as the cluster has made it, until none is left.

    Raises `InrError` where an actor cannot be made.
    """
    ray = _ray()
    # What each call is for; an actor that waits for room, or restarts, has no task meanwhile.
    calls: dict[Any, tuple[Any, Task | None]] = {_ready(actor): (actor, None) for actor in actors}
    idle: list[Any] = []
    while calls:
        (done,), _ = ray.wait(list(calls), num_returns=1)
        actor, task = calls.pop(done)
        try:
            yield from ray.get(done)
            idle.append(actor)
        except ray.exceptions.RayActorError as error:
            if task is None:
                raise InrError(f"no worker starts: {' '.join(str(error).split())}") from error
            yield from backlog.died(task, type(error).__name__)
            calls[_ready(actor)] = actor, None
        while idle and (following := backlog.take()) is not None:
            actor = idle.pop()
            calls[actor.perform.remote(following.jobs)] = actor, following
        if idle and all(task is None for _, task in calls.values()):
            return


def _ready(actor: Any) -> Any:
    """A call that is answered once the actor is there; Ray repeats it while it restarts."""
    return actor.ready.options(max_task_retries=-1).remote()
