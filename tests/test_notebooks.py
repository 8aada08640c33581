"""Notebooks run, and what they have stored is of the kind that they give.

`make notebooks` writes their outputs anew. They are in git because they are what a reader comes
for, on GitHub as in the site, and because the site is then built without a fit.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "building"))

import notebooks


def kinds(notebook: dict[str, Any]) -> list[list[list[str]]]:
    """Of each cell the types of each output: numbers differ between machines, these do not."""
    return [
        [sorted(output.get("data", {"text": ""})) for output in cell.get("outputs", [])]
        for cell in notebook["cells"]
    ]


@pytest.mark.parametrize("path", notebooks.NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_and_have_their_outputs(path: Path) -> None:
    before = {*path.parent.iterdir()}
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert kinds(notebooks.run(path)) == kinds(stored), "make notebooks writes them anew"
    assert {*path.parent.iterdir()} == before, "it leaves files behind"


def test_notebooks_are_small() -> None:
    assert len(notebooks.NOTEBOOKS) == 3
    for path in notebooks.NOTEBOOKS:
        assert path.stat().st_size < 100_000, path.name


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook of a text, a cell that prints and gives a value, and one that gives nothing."""
    code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": []}
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {**code, "source": ["from PIL import Image\n", "print('told')\n", "40 + 2"]},
        {**code, "source": ["Image.new('L', (1, 1))"]},
        {**code, "source": ["x = 1"]},
    ]
    path = tmp_path / "some.ipynb"
    notebooks.write(path, {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return path


def test_a_run_gives_what_is_printed_and_the_last_value(notebook: Path) -> None:
    first, image, none = (cell["outputs"] for cell in notebooks.run(notebook)["cells"][1:])
    assert first[0]["text"] == ["told\n"]
    assert first[1]["data"] == {"text/plain": ["42"]}
    assert image[0]["data"]["image/png"].startswith("iVBOR")
    assert none == []


def test_a_page_has_texts_code_and_outputs(notebook: Path) -> None:
    notebooks.write(notebook, notebooks.run(notebook))
    page = notebooks.to_markdown(notebook)
    assert page.startswith("# Title\n\n```python\nfrom PIL import Image\n")
    assert "```text\ntold\n```\n\n```text\n42\n```" in page
    assert "![Output](data:image/png;base64,iVBOR" in page
    assert page.endswith("```python\nx = 1\n```\n")


def test_a_cell_that_fails_fails_the_run(notebook: Path) -> None:
    stored = json.loads(notebook.read_text())
    stored["cells"][3]["source"] = ["1 / 0"]
    notebooks.write(notebook, stored)
    with pytest.raises(ZeroDivisionError):
        notebooks.run(notebook)
