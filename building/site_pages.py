"""The pages of the documentation's site, as a hook of MkDocs.

MkDocs takes pages from one folder only. Here that folder keeps its name in the site, and what lies
beside it in the repository is added at its own place, so that links between pages, such as
`../formats/inr-v1.md`, hold in both. Notebooks become pages.
"""

from __future__ import annotations

from pathlib import Path

import notebooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

__all__ = ["on_files", "on_page_markdown"]

ROOT = Path(__file__).parent.parent
BESIDE = ("*.md", "formats/*.md", "viewer/*.md", "benchmarks/results/*/*.png")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """All files of the site at their places in the repository."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
        if file.abs_src_path is not None:
            files.append(_file(Path(file.abs_src_path), config))
    for pattern in BESIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(_file(path, config))
    return files


def _file(path: Path, config: MkDocsConfig) -> File:
    uri = path.relative_to(ROOT).as_posix()
    if path.suffix == ".ipynb":
        return File.generated(
            config, uri.removesuffix(".ipynb") + ".md", content=notebooks.to_markdown(path)
        )
    return File.generated(config, uri, abs_src_path=str(path))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to notebooks lead to their pages."""
    return markdown.replace(".ipynb)", ".md)")
