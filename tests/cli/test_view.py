"""`inrcodec view`."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from commands import encoded, folder, refused, run

__all__ = ["encoded", "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_it_serves_until_it_is_interrupted(encoded: Path) -> None:
    command = [sys.executable, "-m", "inrcodec", "view", str(encoded), "--no-browser"]
    # A shell's background has Ctrl-C ignored, which children inherit.
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.match(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line
        with urllib.request.urlopen(f"{address[0]}files/0") as answer:
            assert answer.read() == encoded.read_bytes()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")


def test_it_opens_a_browser(encoded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("inrcodec.viewer.server.ViewerServer.serve_forever", lambda _: None)
    result = run("view", encoded)
    assert result.exit_code == 0, result.output
    assert re.match(r"http://127\.0\.0\.1:\d+/", result.stdout)
    assert len(opened) == 1
    assert opened[0] in result.stdout


def test_what_cannot_be_served_is_told(encoded: Path) -> None:
    refused(run("view", "no.inr"), 2, "no.inr")
    Path("empty").mkdir()
    refused(run("view", "empty"), 2, "empty", "no .inr file")
    refused(run("view", encoded, "--original", "no.png"), 2, "no.png")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(run("view", encoded, "--port", port, "--no-browser"), 1, f"port {port}")
    shutil.copy(encoded, "other.inr")
    refused(run("view", encoded, "other.inr", "--original", "photo.png"), 2, "of 2 signals")


def test_files_that_are_damaged_are_named_and_the_others_shown(
    encoded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inrcodec.viewer.server.ViewerServer.serve_forever", lambda _: None)
    Path("broken.inr").write_bytes(encoded.read_bytes()[:40])
    result = run("view", "broken.inr", encoded, "--no-browser")
    assert result.exit_code == 0
    assert "broken.inr" in result.stderr
    refused(run("view", "broken.inr", "--no-browser"), 3, "broken.inr")
