"""CPU cores and memory that a process may use, with control groups made up in a directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inrcodec import machine
from inrcodec.batch.local import local_workers
from inrcodec.machine import cpu_cores, memory_bytes

MIB = 1 << 20
UNLIMITED_1 = "9223372036854771712"


def system(root: Path, membership: str, **files: str) -> Path:
    """A directory that looks like `/`: what /proc/self/cgroup says, and files of /sys/fs/cgroup by
    their path, `__` for `/`."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(membership)
    for name, content in files.items():
        *folders, last = name.split("__")
        path = root.joinpath("sys/fs/cgroup", *folders)
        path.mkdir(parents=True, exist_ok=True)
        (path / last.replace("_", ".", 1)).write_text(content + "\n")
    return root


@pytest.fixture(autouse=True)
def large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 16 cores and 64 GiB."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(machine, "_physical_memory", lambda: 65536 * MIB)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000", 16),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("1000 100000", 1),
        ("6400000 100000", 16),
        ("", 16),
        ("broken", 16),
        ("100000 0", 16),
    ],
)
def test_quota_of_version_2_rounds_up_and_leaves_one_core(
    tmp_path: Path, quota: str, expected: int
) -> None:
    assert cpu_cores(system(tmp_path, "0::/\n", cpu_max=quota)) == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", 16), ("250000", 3), ("20000", 1)])
def test_quota_of_version_1(tmp_path: Path, quota: str, expected: int) -> None:
    root = system(
        tmp_path,
        "5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n",
        **{
            "cpu,cpuacct__box__cpu_cfs_quota_us": quota,
            "cpu,cpuacct__box__cpu_cfs_period_us": "100000",
        },
    )
    assert cpu_cores(root) == expected


def test_quota_of_a_group_around_ours_binds_too(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        "0::/outer/middle/inner\n",
        outer__cpu_max="300000 100000",
        outer__middle__cpu_max="max 100000",
        outer__middle__inner__cpu_max="800000 100000",
    )
    assert cpu_cores(root) == 3


def test_affinity_binds_below_a_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert cpu_cores(system(tmp_path, "0::/\n", cpu_max="400000 100000")) == 2


def test_machine_without_control_groups_is_taken_whole(tmp_path: Path) -> None:
    assert (cpu_cores(tmp_path), memory_bytes(tmp_path)) == (16, 65536 * MIB)


def test_container_whose_path_is_that_of_its_host_sees_its_group_as_the_root(
    tmp_path: Path,
) -> None:
    root = system(
        tmp_path,
        "4:memory:/docker/0123\n3:cpu:/docker/0123\n",
        memory__memory_limit_in_bytes=str(512 * MIB),
        cpu__cpu_cfs_quota_us="100000",
        cpu__cpu_cfs_period_us="50000",
    )
    assert (cpu_cores(root), memory_bytes(root)) == (2, 512 * MIB)


@pytest.mark.parametrize(
    ("limit", "expected"), [("max", 65536 * MIB), (str(100 * MIB), 100 * MIB), ("0", 0)]
)
def test_memory_of_version_2(tmp_path: Path, limit: str, expected: int) -> None:
    assert memory_bytes(system(tmp_path, "0::/../..\n", memory_max=limit)) == expected


def test_tightest_memory_limit_of_all_groups_binds(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        "4:memory:/outer/inner\n0::/\n",
        memory__memory_limit_in_bytes=UNLIMITED_1,
        memory__outer__memory_limit_in_bytes=str(300 * MIB),
        memory__outer__inner__memory_limit_in_bytes=str(900 * MIB),
        unified__memory_max="max",
    )
    assert memory_bytes(root) == 300 * MIB


def test_workers_are_as_many_as_the_quota_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrcodec.batch.local.cpu_cores", lambda: 3)
    assert (local_workers("cpu", None), local_workers("cpu", 2)) == (3, 1)
