"""Files from anywhere: refused with one typed line, or decoded, in bounded time and memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from anatomy import assemble, dissect, find_tiles
from campaign import rows, run
from cases import Case, make_case, valid_files
from conftest import ROOT
from replay import replay
from watch import FAILED, MOST_GROWTH, MOST_SECONDS, Result, watched

CASES = 600
# Another than `make fuzz` has, so that the two do not do the same.
SEED = 20
FOLDER = ROOT / "tests" / "corpus"
FOUND = ROOT / "tests" / "fuzz" / "corpus"
CORPUS = sorted(path for path in FOLDER.iterdir() if path.name != "README.md")


@pytest.mark.timeout(900)
def test_files_from_anywhere_are_refused_or_decode() -> None:
    """600 cases: damaged and forged .inr files, hostile inputs to encode, hostile metadata, the
    package beside the reference decoder. `make fuzz` runs 100,000."""
    results = list(run(SEED, range(CASES), processes=1))
    failed = [r for r in results if r.outcome == FAILED]
    told = "\n".join(f"case {r.number}, {r.name}: {r.what}" for r in failed[:5])
    assert not failed, f"{len(failed)} of {CASES} cases of seed {SEED} failed\n{told}"
    assert len(results) == CASES
    assert {r.family for r in results} == {"damaged", "repaired", "generated", "input", "metadata"}
    # Neither is everything refused, nor everything taken.
    outcomes = {row["outcome"] for row in rows(results) if row["family"] == "repaired"}
    assert {"accepted", "MalformedError", "TruncatedError", "MissingSectionError"} <= outcomes


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    for number in range(40):
        first, again = (make_case(7, number) for _ in range(2))
        assert (first.family, first.name, first.data) == (again.family, again.name, again.data)
    assert len({make_case(seed, 3).data for seed in range(5)}) > 1


def test_files_are_taken_apart_and_put_together_again() -> None:
    for name, data in valid_files().items():
        assert assemble(dissect(data)) == data, name


def test_every_tile_is_found() -> None:
    for name, data in valid_files().items():
        parts = {(part.tag, part.item): part.payload for part in dissect(data)}
        for tag, item in parts:
            if tag == b"TIDX":
                assert find_tiles(parts[tag, item], parts[b"TILE", item]), name


def _watch_a_case_that(action: str) -> Result:
    def run_it() -> str:
        exec(action, {})
        return "accepted"

    return watched(0, Case("made", "made", b"", run_it))


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("raise RuntimeError('untyped')", "RuntimeError: untyped"),
        ("raise BaseException('panic')", "BaseException: panic"),
        ("import numpy; numpy.float32(1e38) * 1e10", "overflow"),
        (
            "import time; t = time.process_time()\nwhile time.process_time() < t + 2.1: pass",
            "2.1 s",
        ),
        ("bytearray(300 << 20)", "MiB"),
    ],
    ids=["untyped", "panic", "warning", "slow", "large"],
)
def test_what_must_not_be_is_a_failure(action: str, told: str) -> None:
    result = _watch_a_case_that(action)
    assert result.outcome == FAILED
    assert told in result.what


def test_what_may_be_is_none() -> None:
    result = _watch_a_case_that("import warnings; warnings.warn('something was left out')")
    assert result.outcome == "accepted"
    assert result.seconds < MOST_SECONDS
    assert result.growth < MOST_GROWTH


def ends_at_2(seed: int, number: int) -> Result:
    """A case that takes its process with it."""
    if number == 2:
        os._exit(7)
    return Result(number, "ends", "", "accepted", 0.0, 0)


def test_a_process_that_ends_is_a_failure_and_the_others_go_on() -> None:
    results = {r.number: r for r in run(0, range(4), processes=1, task=ends_at_2)}
    assert sorted(results) == [0, 1, 2, 3]
    assert "the process ended with 7" in results[2].what
    assert [r.number for r in results.values() if r.outcome == FAILED] == [2]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_was_mended_stays_mended(path: Path) -> None:
    for action in replay(path):
        result = watched(0, Case("corpus", path.name, b"", action))
        assert result.outcome != FAILED, result.what


def test_files_that_a_search_found_are_taken_or_refused() -> None:
    """Those that `coverage_guided.py` begins with; between them they reach what vectors do not."""
    found = sorted(FOUND.iterdir())
    assert len(found) > 20
    for path in found:
        for action in replay(path):
            result = watched(0, Case("found", path.name, b"", action))
            assert result.outcome != FAILED, f"{path.name}: {result.what}"


def test_the_corpus_is_described() -> None:
    """Each file has a line in the README that says what it was."""
    lines = (FOLDER / "README.md").read_text().splitlines()
    told = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert told == [path.name for path in CORPUS]
