"""The viewer decodes what Python decodes, within a level; run by node, without a browser."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread

import numpy as np
import pytest
from conftest import ROOT, SAMPLES
from PIL import Image
from vectors import VECTORS
from viewing import Job, Pixels, answers, as_rgba, levels_apart, needs_node, rendered, serving

import inrcodec
from inrcodec.errors import InrError, LimitError

pytestmark = needs_node

GRIDS = [
    path
    for kind in ("valid", "unusual")
    for path in sorted((VECTORS / kind).glob("*grid*.inr"))
    if "audio" not in path.name
]
SAMPLED = [
    path
    for kind in ("valid", "unusual")
    for model in ("pixels", "mixed")
    for path in sorted((VECTORS / kind).glob(f"{model}-*.inr"))
]
FAULTY = [
    path
    for kind in ("grid", "album")
    for path in sorted((VECTORS / "faulty").glob(f"{kind}-*.inr"))
]
# Damage that concerns other sections than an image's own.
OTHERS = ["directory-flip", "not-inr", "truncated", "unknown-critical", "version-2"]


@pytest.fixture(scope="module")
def tiered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph in three tiers."""
    with Image.open(SAMPLES / "photo.png") as photo:
        part = np.asarray(photo.convert("RGB"))[:301, :410]
    fields = {"block": 6, "split": 2, "levels": 5}
    encoded = inrcodec.encode(part, effort=1, fields=fields)
    path = tmp_path_factory.mktemp("viewer") / "tiered.inr"
    encoded.save(path)
    return path


def test_every_vector_is_what_python_decodes(tmp_path: Path) -> None:
    assert len(GRIDS) > 20
    found = rendered([{"file": path} for path in GRIDS], tmp_path)
    for path, pixels in zip(GRIDS, found, strict=True):
        assert not isinstance(pixels, str), (path.name, pixels)
        assert levels_apart(pixels, as_rgba(inrcodec.open(path).render())) <= 1, path.name


def test_every_image_of_an_album_is_what_python_decodes(tmp_path: Path) -> None:
    jobs: list[Job] = []
    expected: list[Pixels] = []
    # Frames are what changes from those before.
    for name in ("album-grid", "album-sequence"):
        path = VECTORS / "valid" / f"{name}.inr"
        album = inrcodec.Album(path)
        for place, title in enumerate(album, start=1):
            jobs += [{"file": path, "item": place}, {"file": path, "item": title}]
            expected += [as_rgba(album[place].render())] * 2
    assert len(jobs) > 8
    for job, mine, theirs in zip(jobs, expected, rendered(jobs, tmp_path), strict=True):
        assert not isinstance(theirs, str), (job, theirs)
        assert levels_apart(theirs, mine) <= 1, job


def test_faulty_files_are_refused(tmp_path: Path) -> None:
    paths = [*FAULTY, *(VECTORS / "faulty" / f"{name}.inr" for name in OTHERS)]
    found = rendered([{"file": path} for path in paths], tmp_path)
    accepted = [p.name for p, kind in zip(paths, found, strict=True) if not isinstance(kind, str)]
    assert accepted == []


@pytest.mark.parametrize("paths", [GRIDS, SAMPLED], ids=["grids", "samples"])
def test_damaged_and_forged_files_are_refused_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[Path]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "fuzz"))
    mutated = importlib.import_module("inr_mutations").mutated
    # Of crops, blocks that only one of them looks at may be damaged.
    parts = re.compile("crop|part")
    whole = [path.read_bytes() for path in paths if not parts.search(path.stem)]
    rng = Random(5)
    jobs: list[Job] = []
    expected: list[Pixels | None] = []
    for number in range(200):
        data = mutated(rng, rng.choice(whole), rng.choice(whole))
        try:
            image = inrcodec.open(data, max_memory=1 << 26, max_work=1e9)
            expected.append(as_rgba(image.render()) if image.info.kind == "image" else None)
        except LimitError:
            continue
        except InrError:
            expected.append(None)
        path = tmp_path / f"{number}.inr"
        path.write_bytes(data)
        jobs.append({"file": path})
    for job, mine, theirs in zip(jobs, expected, rendered(jobs, tmp_path), strict=True):
        if mine is None:
            assert theirs in ("FormatError", "UnsupportedError"), job["file"]
        elif not isinstance(theirs, str):
            assert levels_apart(theirs, mine) <= 1, job["file"]
        else:
            assert theirs == "UnsupportedError", job["file"]


def test_networks_and_audio_are_left_to_others(tmp_path: Path) -> None:
    names = ("siren-gray-1x1", "audio-grid-mono", "enrp-crop")
    jobs: list[Job] = [{"file": VECTORS / "valid" / f"{name}.inr"} for name in names]
    assert rendered(jobs, tmp_path) == ["UnsupportedError"] * 3


def test_views_are_pythons(tiered: Path, tmp_path: Path) -> None:
    filtered, alpha = (VECTORS / "valid" / f"grid-{name}.inr" for name in ("own", "rgba"))
    # Region and size (width, height): as it is, smaller, larger with and without interpolation.
    views = [
        (tiered, (0, 0, 410, 301), (410, 301)),
        (tiered, (100, 60, 128, 128), (128, 128)),
        (tiered, (0, 0, 410, 301), (102, 75)),
        (tiered, (33, 21, 250, 190), (61, 47)),
        (tiered, (370, 280, 40, 21), (400, 210)),
        (filtered, (0, 0, 200, 160), (50, 40)),
        (filtered, (40, 30, 40, 30), (80, 60)),
        (filtered, (40, 30, 40, 30), (160, 120)),
        (filtered, (12, 8, 30, 20), (41, 33)),
        (alpha, (0, 0, 37, 24), (9, 6)),
        (alpha, (5, 3, 30, 20), (15, 10)),
        (alpha, (5, 3, 20, 10), (80, 40)),
    ]
    jobs: list[Job] = [
        {"file": path, "region": region, "size": size[::-1]} for path, region, size in views
    ]
    for (path, region, size), pixels in zip(views, rendered(jobs, tmp_path), strict=True):
        assert not isinstance(pixels, str), pixels
        expected = as_rgba(inrcodec.open(path).render(region=region, size=size))
        assert levels_apart(pixels, expected) <= 1, (path.name, region, size)


def test_tiles_are_parts_of_the_image(tiered: Path, tmp_path: Path) -> None:
    whole = as_rgba(inrcodec.open(tiered).render())
    jobs: list[Job] = [{"file": tiered, "tile": tile} for tile in ((0, 1, 1), (-1, 1, 2))]
    corner, enlarged = rendered(jobs, tmp_path)
    assert levels_apart(np.asarray(corner), whole[256:, 256:]) <= 1
    region = (256, 128, 128, 128)
    expected = as_rgba(inrcodec.open(tiered).render(region=region, size=(256, 256)))
    assert levels_apart(np.asarray(enlarged), expected) <= 1


def test_a_preview_is_the_whole_image_from_its_first_bytes(tiered: Path, tmp_path: Path) -> None:
    (preview,) = rendered([{"file": tiered, "preview": True}], tmp_path)
    assert isinstance(preview, np.ndarray)
    assert preview.shape == (76, 103, 4)
    whole = as_rgba(inrcodec.open(tiered).render(size=(103, 76)))
    assert np.abs(preview.astype(int) - whole).mean() < 25


def test_a_view_reads_its_part_of_a_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    fields = {"block": 6, "split": 3}
    path = tmp_path / "noise.inr"
    inrcodec.encode(noise, quality=90, effort=1, fields=fields).save(path)
    view = {"region": (0, 0, 64, 64), "size": (64, 64)}
    with serving([path]) as server, without_ranges(tmp_path) as plain:
        jobs: list[Job] = [
            {"file": f"{server.url}files/0", **view},
            {"file": f"{plain}noise.inr", **view},
            {"file": f"{server.url}files/1", **view},
        ]
        part, whole, missing = answers(jobs, tmp_path)
    assert 1 << 13 < part["read"] < 0.6 * path.stat().st_size
    # Blocks side by side are one request.
    assert part["requests"] <= 12
    assert (whole["read"], whole["requests"]) == (path.stat().st_size, 1)
    assert (tmp_path / "0.rgba").read_bytes() == (tmp_path / "1.rgba").read_bytes()
    assert "404" in missing["message"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Tests are not told of requests."""


@contextmanager
def without_ranges(folder: Path) -> Iterator[str]:
    """The address of a server of files that knows no ranges."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
