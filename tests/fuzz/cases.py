"""The cases of the fuzz campaign, each made of a seed and its number alone."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from against_reference import compare
from blocks import hostile_metadata
from exercise import (
    ACCEPTED,
    Outcome,
    PromiseError,
    attempt,
    encode_file,
    exercise,
    write_with_metadata,
)
from generated import generated
from inr_mutations import damaged, repaired
from media import IMAGES_WRITTEN, SOUNDS_WRITTEN, mutated_media

import inrcodec

__all__ = ["CHEAPEST", "Case", "make_case", "plain_files", "valid_files"]

VECTORS = Path(__file__).parents[2] / "formats" / "vectors"
# Of those, what renders in a few milliseconds.
_LARGEST = 3000
_SLOW = ("grid-by-chance", "grid-blocks", "grid-rgb-high", "grid-unfiltered", "album-grid")

# What an encode costs least with, for images and audio signals.
CHEAPEST = (
    {"model": "siren", "width": 3, "depth": 0, "steps": 1},
    {"model": "enrp", "width": 2, "depth": 0, "tile": 256, "steps": 1},
    {"effort": 1, "steps": None},
)


@dataclass(frozen=True)
class Case:
    """Bytes from anywhere, a name that a file of them would have, and what is done with them."""

    family: str
    name: str
    data: bytes
    run: Callable[[], Outcome]


@cache
def valid_files() -> dict[str, bytes]:
    """Small valid files of every model and every kind of signal."""
    paths = sorted([*VECTORS.glob("valid/*.inr"), *VECTORS.glob("unusual/*.inr")])
    files = {p.stem: p.read_bytes() for p in paths if p.stem not in _SLOW}
    files = {name: data for name, data in files.items() if len(data) < _LARGEST}
    return files | dict(_encoded())


def _encoded() -> dict[str, bytes]:
    """Files that are made here, so that what a release writes is among them."""
    y, x = np.mgrid[:9, :13]
    rgba = np.stack([(x * 17 + y * 5 * c) % 256 for c in range(1, 5)], -1).astype(np.uint8)
    sound = np.sin(np.arange(2500) / 9).astype(np.float32)
    sound[1024:2048] = 0
    tiny = {"width": 3, "depth": 1, "steps": 1, "device": "cpu"}
    made = {
        f"new-{model}": inrcodec.encode(rgba[..., :3], model=model, **tiny)
        for model in ("siren", "enrp", "minr", "loe", "local-global", "incode", "coin++")
    }
    made |= {
        f"new-grid-{name}": inrcodec.encode(samples, effort=1, device="cpu", **options)
        for name, samples, options in (
            ("rgba", rgba, {}),
            ("gray", rgba[..., 0], {"quality": 90.0}),
            ("deep", rgba[..., :3].astype(np.uint16) * 257, {"quality": 10.0}),
            ("blocks", np.tile(rgba[..., :1], (1, 3, 1)), {"fields": {"block": 5, "levels": 2}}),
            ("tiers", np.tile(rgba[..., :3], (2, 2, 1)), {"fields": {"block": 5, "split": 2}}),
        )
    }
    made |= {
        f"new-pixels-{name}": inrcodec.encode(samples, device="cpu", **options)
        for name, samples, options in (
            ("rgba", rgba, {"lossless": True}),
            ("deep", rgba[..., :3].astype(np.uint16) * 257, {"lossless": True}),
            ("near", rgba[..., 0], {"near_lossless": 3}),
            ("drawn", np.tile(rgba[:4, :5, :3], (4, 3, 1)), {"lossless": True}),
            (
                "tiles",
                np.tile(rgba[..., :1], (2, 2, 1)),
                {"lossless": True, "fields": {"tile_height": 16, "tile_width": 16}},
            ),
        )
    }
    made |= {
        f"new-sound-{model}": inrcodec.encode(sound, rate=8000, model=model, chunk=0.128, **tiny)
        for model in ("siren", "enrp")
    }
    return {name: encoded.data for name, encoded in made.items()}


@cache
def plain_files() -> dict[str, list[bytes]]:
    """By kind of signal, files of every sort of samples, to be given other metadata."""
    files = valid_files()
    images = ("enrp-gray", "enrp-gray-16-bit", "enrp-gray-alpha", "siren-rgb", "enrp-rgba")
    sounds = ("audio-uint8", "audio-float32", "audio-enrp-stereo-24-bit", "audio-silence")
    return {
        "image": [files[name] for name in images],
        "audio": [files[name] for name in sounds],
    }


def _files(rng: Random) -> Case:
    """A mutated file; half with checksums that are right."""
    files = valid_files()
    name, other = rng.choice(sorted(files)), rng.choice(sorted(files))
    repair = rng.random() < 0.5
    data = (repaired if repair else damaged)(rng, files[name], files[other])

    def run() -> Outcome:
        outcome = exercise(data)
        if not repair and data not in (files[name], files[other]):
            _check_refused(data)
        compare(data)
        return outcome

    return Case("repaired" if repair else "damaged", f"{name}.inr", data, run)


def _check_refused(data: bytes) -> None:
    """What was changed without repairing checksums does not pass for whole."""

    def verify() -> None:
        for place in range(1, len(inrcodec.info(data)["items"]) + 1):
            with inrcodec.open(data, item=place) as shown:
                shown.verify()

    if attempt(verify) == ACCEPTED:
        raise PromiseError("a changed file passes for whole")


def _generated(rng: Random) -> Case:
    data = generated(rng)

    def run() -> Outcome:
        outcome = exercise(data)
        if outcome != ACCEPTED:
            raise PromiseError(f"a valid file is refused: {outcome}")
        compare(data)
        return outcome

    return Case("generated", "generated.inr", data, run)


def _media(rng: Random) -> Case:
    name, data = mutated_media(rng)
    options = rng.choice(CHEAPEST)

    def run() -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            return encode_file(path, **options)

    return Case("input", name, data, run)


def _metadata(rng: Random) -> Case:
    metadata = hostile_metadata(rng)
    kind, extensions = rng.choice((("image", IMAGES_WRITTEN), ("audio", SOUNDS_WRITTEN)))
    plain, extension = rng.choice(plain_files()[kind]), rng.choice(extensions)
    return Case(
        "metadata",
        f"metadata{extension}.inr",
        plain,
        lambda: write_with_metadata(plain, metadata, extension),
    )


# Out of a hundred.
_SHARES = ((_files, 64), (_generated, 6), (_media, 16), (_metadata, 14))


def make_case(seed: int, number: int) -> Case:
    """A case, the same for the same seed and number."""
    rng = Random(zlib.crc32(f"{seed}/{number}".encode()) << 32 | number)
    makers, shares = zip(*_SHARES, strict=True)
    return rng.choices(makers, shares)[0](rng)
