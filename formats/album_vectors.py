"""Vectors of albums, for `make_vectors.py`."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
from vector_sources import sample

from inrcodec.album.editing import extract
from inrcodec.album.encoding import encode_album, encode_sequence
from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained
from inrcodec.codecs.grid.spec import MOST_COLORS
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import join
from inrcodec.container.sections import Container, Section, build
from inrcodec.encoding import encode_signal
from inrcodec.media.images import from_array
from inrcodec.schema import uint_bytes
from inrcodec.signal import Metadata, Signal


def images() -> dict[str, Signal]:
    arrays = {
        "mountain.png": sample("photo.png", (500, 330, 570, 380)),
        "grün.tiff": sample("gray.png", (200, 100, 241, 131)),
        "logo.png": sample("rgba.png", (60, 60, 97, 84)),
    }
    return {name: from_array(samples, Metadata()) for name, samples in arrays.items()}


def shared_deltas() -> bytes:
    """A few deltas, for all scales and kinds."""
    random = np.random.default_rng(4)
    deltas = WeightDeltas.none(load_pretrained(CURRENT), 7, MOST_COLORS)
    for part in (deltas.filters, deltas.contexts):
        part[:] = random.integers(-2, 3, part.shape) * (random.random(part.shape) < 0.05)
    return deltas.to_bytes()


def grid() -> bytes:
    """An album of latent grids that share weight deltas."""
    settings, shared = make_settings(effort=1, quality=70), shared_deltas()
    return join(
        None, {n: encode_signal(s, settings, None, shared).data for n, s in images().items()}
    )


def minr() -> bytes:
    sources = {name: (lambda s=signal: nullcontext(s)) for name, signal in images().items()}
    return encode_album(sources, make_settings(model="minr", width=8, depth=1, steps=40)).data


def sequence() -> bytes:
    """Frames in which a part moves, the last of them brighter throughout."""
    still = sample("rgba.png", (40, 40, 110, 100))
    frames = []
    for place in (0, 8, 8, 20):
        frame = still.copy()
        frame[20:36, place : place + 16] = sample("rgba.png", (60, 60, 76, 76))
        frames.append(from_array(frame, Metadata()))
    frames.append(from_array(255 - still, Metadata()))
    fields = {"block": 5, "split": 1, "levels": 3}
    reads = {f"{n}.png": (lambda s=s: nullcontext(s)) for n, s in enumerate(frames, start=1)}
    settings = make_settings(effort=1, quality=60, fields=fields)
    return encode_sequence(reads, settings, times=dict.fromkeys(reads, 40_000)).data


def names(*pairs: tuple[int, bytes]) -> Section:
    parts = [uint_bytes(item) + uint_bytes(len(name)) + name for item, name in pairs]
    return Section(b"NAMS", 0, b"".join(parts))


def rebuilt(data: bytes, listed: Section | None, but: bytes = b"") -> bytes:
    """A file with other names, and without the sections of a tag."""
    container = Container(data)
    kept = [e for e in container.entries if e.tag not in (b"NAMS", but)]
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in kept]
    return build([*([] if listed is None else [listed]), *sections])


def valid() -> dict[str, tuple[bytes, str]]:
    return {
        "album-grid": (grid(), "album, latent grids that share weight deltas"),
        "album-minr": (minr(), "album, MINR, images of several kinds and sizes"),
        "album-sequence": (sequence(), "album, frames that are what changes from those before"),
        "album-extracted": (extract(Container(grid()), 2), "an image of an album by itself"),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    one = Container(extract(Container(grid()), 3))
    moved = [
        Section(e.tag, 7 if e.item else 0, one.read(e.tag, e.item)) for e in reversed(one.entries)
    ]
    two = Container(grid())
    both = [Section(e.tag, e.item, two.read(e.tag, e.item)) for e in reversed(two.entries)]
    return {
        "album-of-one": (
            build([*moved, names((7, b"x" * 255))]),
            "album of one image, item 7, with the longest name, sections in another order",
        ),
        "album-reversed": (build(both), "album, sections in another order"),
        "album-windows-names": (
            rebuilt(grid(), names((1, b'10:30 "b"?.png'), (2, b"con.tiff"), (3, b"end. "))),
            "album, with names that Windows cannot have",
        ),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Name to (bytes, error of the package, what is wrong)."""
    album = grid()
    malformed, missing = "MalformedError", "MissingSectionError"

    def named(first: bytes) -> bytes:
        return rebuilt(album, names((1, first), (2, b"b"), (3, b"c")))

    evil = {
        "parent": (b"../evil.png", "a name with a folder above"),
        "folder": (b"a/b.png", "a name with a folder"),
        "windows-folder": (b"a\\b.png", "a name with a folder, as on Windows"),
        "drive": (b"C:evil.png", "a name with a drive"),
        "dots": (b"..", "a name that is a folder"),
        "control": (b"a\n.png", "a name with a control character"),
        "empty-name": (b"", "a name of no bytes"),
        "long-name": (b"x" * 256, "a name of 256 bytes"),
        "no-utf-8": (b"\xff.png", "a name that is not UTF-8"),
        "twice": (b"b", "two items of one name"),
    }
    files = {name: (named(first), malformed, what) for name, (first, what) in evil.items()}
    ordered = names((2, b"b"), (1, b"a"), (3, b"c"))
    files |= {
        "no-names": (rebuilt(album, None), malformed, "several items without names"),
        "few-names": (
            rebuilt(album, names((1, b"a"), (2, b"b"))),
            malformed,
            "an item without a name",
        ),
        "unordered": (rebuilt(album, ordered), malformed, "names not in the order of items"),
        "no-shared": (
            rebuilt(album, names((1, b"a"), (2, b"b"), (3, b"c")), but=b"SHAR"),
            missing,
            "shared weights are missing",
        ),
        "no-images": (
            rebuilt(album, None, but=b"SIGN"),
            missing,
            "no image, though sections of some",
        ),
        "stray": (
            rebuilt(album, names((1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"))),
            malformed,
            "the name of an item that is not there",
        ),
    }
    frames = Container(sequence())
    predicted = frames.read(b"PRED", 2)

    def with_section(tag: bytes, item: int, payload: bytes) -> bytes:
        """The sequence with another section."""
        kept = [e for e in frames.entries if (e.tag, e.item) != (tag, item)]
        sections = [Section(e.tag, e.item, frames.read(e.tag, e.item)) for e in kept]
        return build([*sections, Section(tag, item, payload)])

    files["follows-nothing"] = (
        with_section(b"PRED", 1, predicted),
        malformed,
        "the first frame is what changes from the one before",
    )
    return {
        f"album-{n}": (data, error, f"album, {what}") for n, (data, error, what) in files.items()
    }
