"""The viewer's modules run by node, and its server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import ROOT

from benchmarks.browser import CHROMIUM
from inrcodec.viewer.catalog import Catalog
from inrcodec.viewer.server import ViewerServer

VIEWER = ROOT / "viewer"
MODELS = {
    "grid": ROOT / "formats" / "pretrained" / "grid-4.npz",
    "samples": ROOT / "formats" / "pretrained" / "pixels-1.npz",
}
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

Job = dict[str, Any]
Pixels = npt.NDArray[np.uint8]


@contextmanager
def serving(files: Sequence[Path], original: Path | None = None) -> Iterator[ViewerServer]:
    """A server of files, while it runs."""
    with ViewerServer(Catalog.of({path: path.name for path in files}, original)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def rendered(jobs: list[Job], folder: Path) -> list[Pixels | str]:
    """RGBA (rows, columns, 4) of each job, or the kind of its error; see `render.mjs`."""
    return [
        answer["error"]
        if "error" in answer
        else np.fromfile(folder / f"{number}.rgba", np.uint8).reshape(*answer["size"], 4)
        for number, answer in enumerate(answers(jobs, folder))
    ]


def answers(jobs: list[Job], folder: Path) -> list[dict[str, Any]]:
    """What `render.mjs` says of each job; RGBA of the first is in `0.rgba`, and so on."""
    assert NODE is not None
    named = [
        {**job, "file": str(job["file"]), "out": str(folder / f"{number}.rgba")}
        for number, job in enumerate(jobs)
    ]
    models = {kind: str(path) for kind, path in MODELS.items()}
    asked = {"viewer": str(VIEWER), "models": models, "jobs": named}
    script = Path(__file__).with_name("render.mjs")
    done = subprocess.run(
        [NODE, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_rgba(samples: npt.NDArray[Any]) -> Pixels:
    """Samples (rows, columns, channels) of Python's as a page shows them."""
    peak = np.iinfo(samples.dtype).max
    levels = np.floor(samples / peak * 255 + 0.5).astype(np.uint8)
    count = levels.shape[2]
    colors = levels[..., :3] if count > 2 else levels[..., :1].repeat(3, -1)
    alpha = levels[..., -1:] if count % 2 == 0 else np.full_like(levels[..., :1], 255)
    return np.concatenate([colors, alpha], -1)


def levels_apart(a: Pixels, b: Pixels) -> int:
    """The largest difference of two images."""
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b).max())
