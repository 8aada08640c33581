"""The locks of the image and of release builds: hashes for all, the tested versions, no torch."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    """The version of each package that a file pins."""
    found = re.findall(r"^([\w.-]+)==([^\s;\\]+)", path.read_text(), re.M)
    return {normal(name): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_the_tested_versions(lock: Path) -> None:
    tested = pins(ROOT / "constraints.txt")
    locked = pins(lock)
    assert locked
    assert {name: tested.get(name, version) for name, version in locked.items()} == locked, (
        "make locks"
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_package_of_a_lock_has_hashes(lock: Path) -> None:
    for package in re.split(r"^(?=[\w.-]+==)", lock.read_text(), flags=re.M)[1:]:
        assert "--hash=sha256:" in package, package


def test_the_image_has_what_the_package_depends_on_and_no_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {normal(re.split(r"[<>=\[]", text)[0]) for text in project["dependencies"]}
    locked = pins(ROOT / "requirements" / "runtime.txt")
    assert wanted <= set(locked), "make locks"
    assert "torch" not in locked
