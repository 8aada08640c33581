"""The viewer as a package: its modules of kernels, and what npm publishes."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
from pathlib import Path

import pytest
from conftest import ROOT
from viewing import MODELS, VIEWER

import inrcodec


@pytest.mark.parametrize(("name", "most"), [("kernels", 50_000), ("samples", 40_000)])
def test_modules_are_small_and_import_nothing(name: str, most: int) -> None:
    module = (VIEWER / f"{name}.wasm").read_bytes()
    assert len(module) < most
    sections, at = set(), 8
    while at < len(module):
        kind, length, shift = module[at], 0, 0
        at += 1
        while True:
            byte = module[at]
            length |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        sections.add(kind)
        at += length
    # Of WebAssembly's sections, 2 has imports, 7 exports.
    assert 2 not in sections
    assert 7 in sections


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="zig is not installed")
def test_modules_are_what_their_sources_compile_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "building"))
    for built in importlib.import_module("wasm").build_wasm(tmp_path):
        assert built.read_bytes() == (VIEWER / built.name).read_bytes(), "make wasm"


def test_the_package_for_npm_is_of_this_version() -> None:
    package = json.loads((VIEWER / "package.json").read_text())
    assert package["version"] == inrcodec.__version__
    assert (VIEWER / package["exports"]).is_file()
    models = {path.name for path in MODELS.values()}
    for module in VIEWER.glob("*.js"):
        for name in re.findall(
            r'(?:from|import|import\(|URL\() ?"\./([\w.-]+)"', module.read_text()
        ):
            is_there = (VIEWER / name).is_file() or name in models
            assert is_there, f"{module.name}: {name}"
