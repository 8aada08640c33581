"""The viewer: what it reads of a large image before it shows something, and how smoothly it zooms.

    python -m benchmarks.product.viewer [--effort 1]

The image is a mosaic of Kodak's, 6144 × 4096, in a headless Chromium of 1920 × 1080 without a GPU.
Zooming goes from the whole image to 8 pixels for one within 4 s, while tiles arrive; "again" is the
same once more. Frames are those that the page is asked to draw.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import inrcodec
from benchmarks.browser import CHROMIUM, Tab, open_tab
from benchmarks.common import Row, load, save
from benchmarks.product.views import mosaic
from inrcodec.viewer.catalog import Catalog
from inrcodec.viewer.server import ViewerServer

IMAGE = "document.querySelector('inr-image')"
WATCH = f"""
    window.told = {{}};
    for (const name of ["open", "paint", "settle"])
        {IMAGE}.addEventListener(name, () => {{
            told[name] ??= {{ time: performance.now() - begun, bytes: {IMAGE}.fetched }};
        }});
    0
"""
ZOOM = f"""new Promise((done) => {{
    const [image, times, begun] = [{IMAGE}, [], performance.now()];
    const {{ fitting, image: {{ width, height }} }} = image.view;
    const frame = () => {{
        times.push(performance.now());
        const part = (times.at(-1) - begun) / 4000;
        if (part >= 1) return done(times);
        const [x, y] = [width * (0.5 - 0.13 * part), height * (0.5 - 0.09 * part)];
        image.show(x, y, fitting * (8 / fitting) ** part);
        requestAnimationFrame(frame);
    }};
    requestAnimationFrame(frame);
}})"""


def first_views(tab: Tab, url: str, size: int) -> list[Row]:
    """What is read, and how long it takes, until something is shown and until all is."""
    tab.go(url)
    tab.wait("document.querySelector('h1').textContent")
    tab.run("window.begun = performance.now(); location.hash = '0'; 0")
    tab.wait(IMAGE)
    tab.run(WATCH)
    tab.wait("told.settle", 120)
    told: dict[str, Any] = tab.run("told")
    names = {"paint": "first paint", "settle": "whole image at 1080p"}
    return [
        {
            "what": names[name],
            "seconds": round(told[name]["time"] / 1000, 2),
            "bytes": told[name]["bytes"],
            "percent": round(100 * told[name]["bytes"] / size, 2),
        }
        for name in names
    ]


def zooming(tab: Tab, what: str) -> Row:
    """Zoom in, and count frames."""
    tab.run(f"{IMAGE}.fit(); 0")
    times: list[float] = tab.run(ZOOM)
    gaps = sorted(b - a for a, b in pairwise(times))
    return {
        "what": what,
        "frames_per_second": round(1000 * len(gaps) / sum(gaps), 1),
        "slowest_of_100_ms": round(gaps[-1 - len(gaps) // 100]),
    }


def main() -> None:
    """Encode the mosaic, and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=1)
    effort = parser.parse_args().effort
    if CHROMIUM is None:
        sys.exit("skipped: no chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        files = [Path(name, "mosaic.inr"), Path(name, "other.inr")]
        inrcodec.encode(mosaic(), effort=effort).save(files[0])
        inrcodec.encode(mosaic()[:64, :64], effort=1).save(files[1])
        busy = load()
        with ViewerServer(Catalog.of({path: path.name for path in files})) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            with open_tab(Path(name, "profile")) as tab:
                tab.resize(1920, 1080)
                rows = first_views(tab, server.url, files[0].stat().st_size)
                rows += [zooming(tab, "zoom in"), zooming(tab, "zoom in again")]
            server.shutdown()
    save("viewer", f"python -m benchmarks.product.viewer --effort {effort}", rows, [busy])


if __name__ == "__main__":
    main()
