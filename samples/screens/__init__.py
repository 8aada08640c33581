"""Images as screens show them: windows, charts, a terminal, a map, a comic, pages with a photo.

All are drawn by Pillow, one plot by matplotlib, with fonts of their packages: with the same
versions every run gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image

from samples.screens.charts import lines, scatter
from samples.screens.comics import comic
from samples.screens.editor import editor
from samples.screens.gradients import controls
from samples.screens.icons import sheet
from samples.screens.maps import map
from samples.screens.photographs import caption, page
from samples.screens.scans import scan
from samples.screens.sprites import game
from samples.screens.terminal import terminal
from samples.screens.windows import dialog, mail

__all__ = ["SCREENS", "WITH_PHOTOGRAPH", "screens"]

# All are RGB, save for `scan`, which is gray, and `icons`, which has alpha.
SCREENS: dict[str, Callable[[], Image.Image]] = {
    "ui": dialog,
    "mail": mail,
    "editor": editor,
    "chart": lines,
    "scatter": scatter,
    "terminal": terminal,
    "map": map,
    "comic": comic,
    "page": page,
    "scan": scan,
    "caption": caption,
    "pixelart": game,
    "gradient-ui": controls,
    "icons": sheet,
}
# Those that show a photograph: the sample, or another that they are given.
WITH_PHOTOGRAPH: dict[str, Callable[[Image.Image], Image.Image]] = {
    "page": page,
    "caption": caption,
}


def screens(photo: Image.Image | None = None) -> Iterator[tuple[str, Image.Image]]:
    """Draw all, each with its name; a photograph, if given, stands in those that show one."""
    for name, drawn in SCREENS.items():
        if photo is not None and name in WITH_PHOTOGRAPH:
            yield name, WITH_PHOTOGRAPH[name](photo)
        else:
            yield name, drawn()
