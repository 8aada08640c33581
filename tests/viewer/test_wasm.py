"""The kernels as WebAssembly."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest
from conftest import ROOT
from viewing import VIEWER


def test_the_module_is_small_and_imports_nothing() -> None:
    module = (VIEWER / "kernels.wasm").read_bytes()
    assert len(module) < 50_000
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
def test_the_module_is_what_its_sources_compile_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "building"))
    built = importlib.import_module("wasm").build_wasm(tmp_path)
    assert built.read_bytes() == (VIEWER / "kernels.wasm").read_bytes(), "make wasm"
