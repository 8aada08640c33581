"""Locks: one process at a time, no trace of them, none that outlives its process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inrcodec.errors import BusyError
from inrcodec.locks import alone

# Holds a lock until its input ends.
HOLDER = """
import sys
from pathlib import Path
from inrcodec.locks import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

# Counts up a file that is read, changed and replaced.
COUNTER = """
import sys
from pathlib import Path
from inrcodec.files import write_whole
from inrcodec.locks import alone
path = Path(sys.argv[1])
for _ in range(10):
    with alone(path, wait=lambda: None):
        write_whole(path, b"%d" % (int(path.read_bytes()) + 1), force=True)
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has the lock."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_another_process_is_refused_or_waited_for(tmp_path: Path) -> None:
    path, told = tmp_path / "a", []
    with held(path) as process:
        with pytest.raises(BusyError, match=f"changing {path}"), alone(path):
            pass

        def end() -> None:
            assert process.stdin is not None
            process.stdin.close()
            told.append(time.monotonic())

        began = time.monotonic()
        with alone(path, wait=end):
            pass
        assert len(told) == 1
        assert told[0] - began > 0.9
    assert [*tmp_path.iterdir()] == []


def test_a_wait_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrcodec.locks._TELL_AFTER", 0.05)
    monkeypatch.setattr("inrcodec.locks._PATIENCE", 0.1)
    with held(tmp_path / "a"), pytest.raises(BusyError), alone(tmp_path / "a", lambda: None):
        pass


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    with held(tmp_path / "a") as process:
        process.kill()
        process.wait()
        assert [path.name for path in tmp_path.iterdir()] == [".a.lock"]
        with alone(tmp_path / "a"):
            pass
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_lost_though_lock_files_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_bytes(b"0")
    command = [sys.executable, "-c", COUNTER, str(path)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert path.read_bytes() == b"40"
    assert [*tmp_path.iterdir()] == [path]


def test_threads_exclude_each_other_too(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "a", [], []

    def enter() -> None:
        for _ in range(5):
            with alone(path, wait=lambda: None):
                inside.append(None)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, "caf\udce9"])
def test_any_name_can_have_a_lock(tmp_path: Path, name: str) -> None:
    with alone(tmp_path / name):
        assert len([*tmp_path.iterdir()]) == 1
    assert [*tmp_path.iterdir()] == []


def test_links_share_the_lock_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    with held(tmp_path / "a"), pytest.raises(BusyError), alone(tmp_path / "link"):
        pass


def test_a_missing_folder_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"), alone(tmp_path / "none" / "a"):
        pass
    assert [*tmp_path.iterdir()] == []
