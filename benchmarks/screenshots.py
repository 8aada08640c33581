"""Real screens for benchmarks: Chromium's pictures of the documentation's site, of the viewer and
of a report, as PNG in a folder.

    make docs
    python -m benchmarks.screenshots FOLDER

Each is 1280 × 800; "dark" ones have the site's dark colors. The letters are of this machine's
fonts, so sizes of files differ between machines. The images in `docs/images` are not among them:
they are lossy already.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Thread

import inrcodec
from benchmarks.browser import CHROMIUM, Tab, open_tab
from benchmarks.common import ROOT
from inrcodec.viewer.catalog import Catalog
from inrcodec.viewer.server import ViewerServer

__all__ = ["SIZE", "screenshots"]

SITE = ROOT.parent / "build" / "site"
SAMPLES = ROOT.parent / "samples"
SIZE = (1280, 800)
# Page of the site, how far it is scrolled, and its colors.
PAGES: dict[str, tuple[str, int, str]] = {
    "docs-start": ("", 0, "default"),
    "docs-usage": ("docs/usage", 700, "default"),
    "docs-numbers": ("docs/numbers", 600, "default"),
    "docs-commands-dark": ("docs/commands", 900, "slate"),
    "docs-grid": ("docs/grid", 300, "default"),
    "docs-format-dark": ("formats/inr-v1", 1500, "slate"),
    "docs-comparison": ("docs/notebooks/comparison", 900, "default"),
}
OF_IMAGE = "document.querySelector('inr-image')"


def screenshots(folder: Path) -> list[Path]:
    """Write all; exits where there is no Chromium, or the site has not been built."""
    if CHROMIUM is None:
        sys.exit("skipped: no chromium")
    if not (SITE / "index.html").is_file():
        sys.exit("skipped: no build/site; `make docs` builds it")
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        encoded = _encoded(Path(name, "files"))
        with open_tab(Path(name, "profile")) as tab:
            tab.resize(*SIZE)
            # Each opens a page when it is asked for the name of the next.
            pages = chain(_of_site(tab), _of_report(tab, encoded), _of_viewer(tab, encoded))
            for page in pages:
                paths.append(folder / f"{page}.png")
                tab.screenshot(paths[-1])
    return paths


def _of_site(tab: Tab) -> Iterator[str]:
    """Open pages of the site, each in turn."""
    for name, (page, down, scheme) in PAGES.items():
        tab.go((SITE / page / "index.html").as_uri())
        tab.run(f"document.body.setAttribute('data-md-color-scheme', '{scheme}')")
        tab.run(f"window.scrollTo({{top: {down}, behavior: 'instant'}})")
        _settle(tab)
        yield name


def _of_report(tab: Tab, encoded: Path) -> Iterator[str]:
    """Open a report, and go to its end."""
    html = encoded / "report.html"
    command = [sys.executable, "-m", "inrcodec", "report", encoded, "-o", html, "--quiet"]
    subprocess.run([*map(str, command), "--original", str(SAMPLES)], check=True)
    tab.go(html.as_uri())
    for name, down in (("report", 0), ("report-end", 10**6)):
        tab.run(f"window.scrollTo({{top: {down}, behavior: 'instant'}})")
        _settle(tab)
        yield name


def _of_viewer(tab: Tab, encoded: Path) -> Iterator[str]:
    """Open the viewer's list, and an image in it."""
    with _serving(sorted(encoded.glob("*.inr"))) as url:
        tab.go(url)
        tab.wait("document.querySelector('h1').textContent")
        _settle(tab)
        yield "viewer"
        tab.run("location.hash = '1'; 0")
        tab.wait(f"{OF_IMAGE}?.view")
        _settle(tab, 4.0)
        yield "viewer-image"


def _settle(tab: Tab, seconds: float = 0.5) -> None:
    """Wait until letters are there, and what moves has come to rest."""
    milliseconds = round(1000 * seconds)
    tab.run("document.fonts.ready.then(() => 0)")
    tab.run(f"new Promise((done) => setTimeout(() => done(0), {milliseconds}))")


def _encoded(folder: Path) -> Path:
    """The samples, encoded."""
    folder.mkdir()
    for name in ("gray", "photo", "rgba"):
        inrcodec.encode(SAMPLES / f"{name}.png", effort=1).save(folder / f"{name}.inr")
    return folder


@contextmanager
def _serving(files: list[Path]) -> Iterator[str]:
    """Serve files, and give the viewer's address."""
    with ViewerServer(Catalog.of({path: path.name for path in files})) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.url
        finally:
            server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for path in screenshots(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
