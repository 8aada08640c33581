"""Notebooks: run cell by cell as Python, with the outputs that Jupyter would show, and as Markdown.

    python building/notebooks.py

That runs all of `docs/notebooks` and writes their outputs. Cells are plain Python that prints, or
ends in a value: text, or an image of Pillow. So neither a kernel nor Jupyter, of some 50 packages,
is needed to test or to show them.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["NOTEBOOKS", "run", "to_markdown", "write"]

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

Notebook = dict[str, Any]


def run(path: Path) -> Notebook:
    """Run a notebook in its folder; it is returned with the outputs of its cells."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(path.parent):
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for number, cell in enumerate(cells, 1):
            cell |= {"execution_count": number}
            cell["outputs"] = _outputs("".join(cell["source"]), names, number)
    return notebook


def _outputs(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """What a cell prints, and the value that it ends in."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), f"cell {number}", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        outputs.append({"name": "stdout", "output_type": "stream", "text": text})
    if value is not None:
        result = {"data": _shown(value), "execution_count": number, "metadata": {}}
        outputs.append({**result, "output_type": "execute_result"})
    return outputs


def _shown(value: Any) -> dict[str, Any]:
    """A value as Jupyter stores it, by the type of its content."""
    if hasattr(value, "_repr_png_"):
        png = base64.b64encode(value._repr_png_()).decode()
        return {"image/png": png, "text/plain": [f"<{type(value).__name__}>"]}
    return {"text/plain": repr(value).splitlines(keepends=True)}


def write(path: Path, notebook: Notebook) -> None:
    """Write a notebook as Jupyter does."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def to_markdown(path: Path) -> str:
    """A notebook as a page, with the outputs that are stored in it."""
    parts: list[str] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        else:
            parts.append(f"```python\n{source}\n```")
            parts += [_page_of(output) for output in cell["outputs"]]
    return "\n\n".join(parts) + "\n"


def _page_of(output: dict[str, Any]) -> str:
    """An output as Markdown."""
    data = output.get("data", {"text/plain": output.get("text")})
    if "image/png" in data:
        return f"![Output](data:image/png;base64,{data['image/png']})"
    return f"```text\n{''.join(data['text/plain']).rstrip()}\n```"


if __name__ == "__main__":
    for notebook in map(Path, sys.argv[1:] or NOTEBOOKS):
        write(notebook, run(notebook))
