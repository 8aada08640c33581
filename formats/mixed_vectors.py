"""Vectors of grids and samples in one image, for `make_vectors.py`."""

from __future__ import annotations

import math

import numpy as np
from grid_vectors import sections_of
from vector_sources import Samples, sample

import inrcodec
from inrcodec.codecs.grid.encoder.refinement import Budget
from inrcodec.codecs.mixed.cells import Cells
from inrcodec.codecs.mixed.encoder.modes import MixedMode
from inrcodec.codecs.mixed.spec import CELLS
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.rate_control import step_of_quality
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.container.items import item_file
from inrcodec.container.sections import Section, build
from inrcodec.media.images import from_array


def page() -> Samples:
    """A photograph in a page of bars, 72 × 56."""
    samples = np.full((56, 72, 3), 255, np.uint8)
    samples[:8] = (20, 60, 90)
    samples[3:5, 6:60:3] = 255
    samples[50:53, 10:66:2] = (108, 117, 125)
    samples[12:44, 14:62] = sample("photo.png", (500, 330, 548, 362))
    return samples


def valid() -> dict[str, tuple[bytes, str]]:
    samples = page()
    gray = samples[..., :1]
    deep = samples.astype(np.uint16) * np.uint16(257)
    return {
        "mixed-rgb": (mixed(samples), "a grid and samples"),
        "mixed-gray": (mixed(gray), "a grid and samples, one channel"),
        "mixed-rgb-16-bit": (mixed(deep), "a grid and samples of 16 bits"),
        "mixed-part": (
            inrcodec.crop(mixed(samples), region=(20, 24, 40, 28)),
            "a crop of a grid and samples",
        ),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    return {}


def faulty() -> dict[str, tuple[bytes, str, str]]:
    sections = sections_of(mixed(page()))
    lost = [section for tag, section in sections.items() if tag != CELLS]
    sections[CELLS] = Section(CELLS, 1, sections[CELLS].payload + b"\1")
    return {
        "mixed-no-map": (build(lost), "MissingSectionError", "the map of cells is missing"),
        "mixed-map-goes-on": (
            build(list(sections.values())),
            "MalformedError",
            "the map of cells goes on after its last cell",
        ),
    }


def mixed(samples: Samples) -> bytes:
    """The file of an image that is a grid where the photograph is."""
    source = from_array(samples)
    settings = make_settings(model="grid", effort=1)
    _, plan = plan_encode(settings, source.info)
    cells = np.ones((7, 9), bool)
    cells[2:5, 2:7] = False
    budget = Budget(0, math.inf, 0.0)
    mode = MixedMode(samples, plan, Cells(cells, 8), Content(0.9), budget)
    item = mode.at(step_of_quality(60)).item
    return item_file(item.info, source.metadata, item.sections)
