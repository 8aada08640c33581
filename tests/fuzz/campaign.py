"""Run many cases in processes of their own, and tell what came of them.

    python tests/fuzz/campaign.py [--cases N] [--seed S] [--processes P] [--save]

Cases are the same for the same seed. What is done is kept in `build/fuzz/`, block by block: run
again, it goes on where it was ended, as long as neither the package nor the harness has changed.
The bytes of cases that failed are kept there, too. With `--save` the table goes to
`benchmarks/results/`. Exits with 1 where a case failed.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from pathlib import Path

# Before torch is loaded: each process has one core.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from watch import FAILED, Result, make_watched  # noqa: E402

__all__ = ["main", "rows", "run"]

WORK = ROOT / "build" / "fuzz"
BLOCK = 250
# No case may keep a busy machine longer than this; then its process is ended.
PATIENCE = 120.0
SHOWN = 12

Task = Callable[[int, int], Result]  # what makes a result of a seed and a number


def _serve(pipe: Connection, seed: int, task: Task) -> None:
    """Run the cases that are asked for, and send what came of each."""
    faulthandler.enable()
    # What libraries print about damaged files is of no interest.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    while (number := pipe.recv()) is not None:
        pipe.send(task(seed, number))


class _Worker:
    """A process that runs one case after another, and another in its place where it ends."""

    def __init__(self, seed: int, task: Task) -> None:
        self._orders = seed, task
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, *self._orders), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, number: int) -> None:
        self.number, self.deadline = number, time.monotonic() + PATIENCE
        self.pipe.send(number)

    def result(self) -> Result | None:
        """What came of the case; None while it runs."""
        if self.pipe.poll():
            try:
                found: Result = self.pipe.recv()
                return found
            except EOFError:
                self._process.join()
                return self._lost(f"the process ended with {self._process.exitcode}")
        if time.monotonic() < self.deadline:
            return None
        self._process.kill()
        return self._lost(f"no end after {PATIENCE:.0f} s")

    def _lost(self, what: str) -> Result:
        self.end()
        self._start()
        return Result(self.number, "lost", "", FAILED, PATIENCE, 0, what)

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


def run(
    seed: int, numbers: Iterable[int], processes: int, task: Task = make_watched
) -> Iterator[Result]:
    """What comes of the cases of a seed, in the order in which they end."""
    waiting = iter(numbers)
    workers = [_Worker(seed, task) for _ in range(processes)]
    busy: list[_Worker] = []

    def feed(worker: _Worker) -> None:
        number = next(waiting, None)
        if number is not None:
            worker.begin(number)
            busy.append(worker)

    try:
        for worker in workers:
            feed(worker)
        while busy:
            wait([worker.pipe for worker in busy], timeout=1)
            for worker in list(busy):
                if (result := worker.result()) is not None:
                    busy.remove(worker)
                    yield result
                    feed(worker)
    finally:
        for worker in workers:
            worker.end()


def _sources() -> str:
    """A digest of the package and of the harness: results hold for these alone."""
    digest = hashlib.sha256()
    for folder in ("inrcodec", "tests/fuzz", "formats"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _resumed(folder: Path, seed: int, cases: int, processes: int) -> Iterator[list[Result]]:
    """Results block by block, those of earlier runs first."""
    blocks = {start: folder / f"{start:08}.json" for start in range(0, cases, BLOCK)}
    for path in blocks.values():
        if path.exists():
            yield [Result(**fields) for fields in json.loads(path.read_text())]
    missing = [start for start, path in blocks.items() if not path.exists()]
    numbers = (n for start in missing for n in range(start, min(start + BLOCK, cases)))
    open_blocks: dict[int, list[Result]] = {start: [] for start in missing}
    for result in run(seed, numbers, processes):
        start = result.number - result.number % BLOCK
        found = open_blocks[start]
        found.append(result)
        if len(found) == min(BLOCK, cases - start):
            part = blocks[start].with_suffix(".part")
            part.write_text(json.dumps([asdict(r) for r in found]))
            if len(found) == BLOCK:
                part.rename(blocks[start])
            yield found


def rows(results: Iterable[Result]) -> list[dict[str, object]]:
    """Of each family of cases and each outcome: how many, the slowest and the largest."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.family, result.outcome), []).append(result)
    table: list[dict[str, object]] = []
    for (family, outcome), group in sorted(groups.items()):
        slowest = max(group, key=lambda r: r.seconds)
        largest = max(group, key=lambda r: r.growth)
        table.append(
            {
                "family": family,
                "outcome": outcome,
                "cases": len(group),
                "slowest_seconds": slowest.seconds,
                "slowest_case": f"{slowest.number} {slowest.name}",
                "largest_growth_mib": largest.growth / 2**20,
                "largest_case": f"{largest.number} {largest.name}",
            }
        )
    return table


def _summary(results: list[Result]) -> list[str]:
    refused: dict[str, int] = {}
    for result in results:
        refused[result.outcome] = refused.get(result.outcome, 0) + 1
    slowest, largest = max(r.seconds for r in results), max(r.growth for r in results)
    counts = ", ".join(f"{n} {name}" for name, n in sorted(refused.items(), key=lambda c: -c[1]))
    return [
        f"{len(results)} cases: {counts}",
        f"slowest {slowest:.2f} s, largest growth {largest / 2**20:.0f} MiB, "
        f"{sum(r.seconds for r in results) / 60:.1f} minutes of CPU time in all",
    ]


def _keep(folder: Path, seed: int, failures: list[Result]) -> None:
    """Write the bytes of cases that failed, and how they did."""
    from cases import make_case

    for result in failures:
        case = make_case(seed, result.number)
        path = folder / f"{result.number}-{case.name}"
        path.write_bytes(case.data)
        path.with_name(f"{path.name}.txt").write_text(result.what)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run cases of the fuzz campaign.")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", action="store_true", help="write the table to the results")
    arguments = parser.parse_args()
    seed, cases = arguments.seed, arguments.cases
    folder = WORK / f"{seed}-{_sources()}"
    folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for block in _resumed(folder, seed, cases, arguments.processes):
        results += block
        failed = sum(r.outcome == FAILED for r in results)
        print(f"{len(results)} of {cases} cases, {failed} failed", flush=True)
    failures = [result for result in results if result.outcome == FAILED]
    _keep(folder, seed, failures)
    for result in sorted(failures, key=lambda r: r.number)[:SHOWN]:
        last = result.what.strip().splitlines()[-1]
        print(f"case {result.number}, {result.family} {result.name}: {last}")
    summary = _summary(results)
    print("\n".join(summary))
    if failures:
        print(f"{len(failures)} failed; see {folder}")
    if arguments.save:
        _save(arguments, rows(results), summary)
    return 1 if failures else 0


def _save(
    arguments: argparse.Namespace, table: list[dict[str, object]], summary: list[str]
) -> None:
    sys.path.insert(0, str(ROOT))
    from benchmarks.common import save

    command = f"python tests/fuzz/campaign.py --cases {arguments.cases} --seed {arguments.seed}"
    save("fuzz", command, table, summary)


if __name__ == "__main__":
    sys.exit(main())
