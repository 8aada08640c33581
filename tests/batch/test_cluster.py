"""Ray on this machine: the local engine's bytes, whichever actor dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from batches import QUICK, Inline, batch, check_intact, outputs, records, save_images

from inrcodec import InrError, UsageError
from inrcodec.batch import Batch, Manifest, Order, open_place, run
from inrcodec.batch.cluster import RayEngine
from inrcodec.codecs.registry import make_settings
from inrcodec.settings import Settings

ray: Any = pytest.importorskip("ray", reason="Ray is not installed: pip install '.[cluster]'")
pytestmark = pytest.mark.slow
NAMES = [f"p{k}.png" for k in range(8)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray of this machine with room for two actors."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def order(folder: Path, out: str, settings: Settings) -> Order:
    """An order whose places are URLs."""
    save_images(folder / "in", NAMES, side=64)
    (folder / out).mkdir()
    source, target = (open_place(f"file://{folder / name}") for name in ("in", out))
    return Order(source, target, settings, 1)


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("stack", [1, 3])
def test_an_actor_killed_mid_run_costs_nothing(tmp_path: Path, stack: int) -> None:
    settings = make_settings(model="enrp", tile=32, width=6, depth=1, steps=300, device="cpu")
    engines = {"ray": RayEngine(workers=2), "here": Inline()}
    killed: set[int] = set()
    for out, engine in engines.items():
        manifest = Manifest(tmp_path / f"{out}.jsonl")
        job = Batch(order(tmp_path, out, settings), NAMES, stack=stack if out == "ray" else 1)
        with manifest.writing(), closing(run(job, engine, manifest)) as events:
            for _ in events:
                if out == "ray" and not killed:
                    # Both are at work on the next images.
                    victim = _worker_processes()[0]
                    os.kill(victim, signal.SIGKILL)
                    killed.add(victim)
    assert killed
    assert len(outputs(tmp_path / "ray")) == len(NAMES)
    if stack == 1:
        assert outputs(tmp_path / "ray") == outputs(tmp_path / "here")
    check_intact(tmp_path / "ray")
    assert not any(record.error for record in Manifest(tmp_path / "ray.jsonl").records.values())


def _worker_processes() -> list[int]:
    """The actors' processes, by the name that Ray gives them."""
    found = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if status.read_bytes().startswith(b"ray::_Actor"):
                found.append(int(status.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.usefixtures("cluster")
def test_no_more_actors_than_there_is_room_for(tmp_path: Path) -> None:
    job = Batch(order(tmp_path, "out", make_settings()), NAMES)
    manifest = Manifest(tmp_path / "m.jsonl")
    with manifest.writing(), pytest.raises(UsageError, match="room for 2"):
        list(run(job, RayEngine(workers=3), manifest))


def test_the_command_starts_a_ray_of_its_own(tmp_path: Path) -> None:
    ray.shutdown()
    save_images(tmp_path / "in", NAMES[:3])
    (tmp_path / "in/bad.png").write_text("x")
    began = time.monotonic()
    result = batch(tmp_path / "in", "-o", tmp_path / "out", "--engine", "ray", *QUICK)
    assert result.exit_code == 6, result.output
    assert result.stderr == "inrcodec: bad.png: neither an image nor an audio signal\n"
    assert len(outputs(tmp_path / "out")) == 3
    assert records(tmp_path / "out")["p0.png"]["seconds"] < time.monotonic() - began
    assert not ray.is_initialized()


@pytest.mark.parametrize("address", ["nonsense", "ray://"])
def test_a_cluster_that_is_not_there_is_an_error(tmp_path: Path, address: str) -> None:
    ray.shutdown()
    job = Batch(order(tmp_path, "out", make_settings()), NAMES)
    manifest = Manifest(tmp_path / "m.jsonl")
    with manifest.writing(), pytest.raises(InrError, match=address):
        list(run(job, RayEngine(address=address), manifest))
