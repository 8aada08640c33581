"""Crops: the files of them in `vectors/`, cut from others that are there."""

from __future__ import annotations

from pathlib import Path

import inrcodec
from inrcodec.container.crops import Crop, read_crop
from inrcodec.container.sections import Container, Section, build
from inrcodec.signal.geometry import Region

VECTORS = Path(__file__).parent / "vectors"


def _valid(name: str) -> Path:
    return VECTORS / "valid" / f"{name}.inr"


def valid() -> dict[str, tuple[bytes, str]]:
    """Files that programs write."""

    def image(name: str, *region: int) -> bytes:
        return inrcodec.crop(_valid(name), region=(region[0], region[1], region[2], region[3]))

    def audio(name: str, start: float, stop: float) -> bytes:
        return inrcodec.crop(_valid(name), time=(start, stop))

    return {
        "pixels-crop": (image("pixels-tiles", 17, 3, 5, 12), "a part of tiles of samples"),
        "grid-crop": (image("grid-tiers", 70, 1, 30, 20), "a part of blocks in three tiers"),
        "enrp-crop": (image("enrp-rgb", 17, 3, 9, 20), "a part of tiles"),
        "local-global-crop": (
            image("local-global", 1, 2, 9, 7),
            "a part of advised tiles, whose coordinates are those of the whole",
        ),
        "audio-crop": (audio("audio-enrp", 0.03, 0.07), "a part of tiles that overlap"),
        "audio-crop-chunks": (
            audio("audio-chunks-local-global", 0.14, 0.3),
            "a part of chunks of advised tiles",
        ),
        "audio-grid-crop": (audio("audio-grid-pause", 0.05, 0.2), "a part of streams"),
        "audio-grid-crop-silence": (audio("audio-grid-silence", 0.1, 0.2), "a part of silence"),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    """Files that are valid, but that no program need write."""
    album = inrcodec.crop(_valid("album-grid"), region=(0, 0, 9, 9), item=2)
    again = inrcodec.crop(valid()["enrp-crop"][0], region=(2, 15, 5, 4))
    of_one = Crop(Region((1, 2), (5, 6)), ((_ONE,) * 2,))
    whole, beside = (
        _changed(_valid(name).read_bytes(), of_one) for name in ("siren-rgb", "siren-prior")
    )
    return {
        "grid-crop-of-album": (album, "a part of an album's image, with shared weight deltas"),
        "enrp-crop-of-crop": (again, "a part of a part"),
        "siren-crop": (whole, "a part of one network, which is there as a whole"),
        "siren-prior-crop": (beside, "a part of one network that is told from a prior"),
    }


_ONE = range(1)


def _changed(data: bytes, crop: Crop) -> bytes:
    """A file with another crop."""
    container = Container(data)
    sections = [
        Section(entry.tag, entry.item, container.read(entry.tag, entry.item))
        for entry in container.entries
        if entry.tag != b"CROP"
    ]
    return build([*sections, Section(b"CROP", 1, crop.to_bytes())])


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Files that must be refused, with the error."""
    malformed = "MalformedError"
    (grid, _), (enrp, _) = valid()["grid-crop"], valid()["enrp-crop"]
    crop = read_crop(Container(enrp), 1, 2)
    tiers = read_crop(Container(grid), 1, 2)
    assert crop is not None
    assert tiers is not None
    (box,) = crop.boxes
    coarse, *finer = tiers.boxes
    rows, columns = finer[-1]
    apart = (range(rows.start, rows.stop + 1), columns)
    beyond = (range(rows.start, rows.stop + 9), columns)

    def of_enrp(visible: Region, *boxes: tuple[range, ...]) -> bytes:
        return _changed(enrp, Crop(visible, boxes))

    def of_grid(*boxes: tuple[range, ...]) -> bytes:
        return _changed(grid, Crop(tiers.visible, boxes))

    wide = Region((0, 0), (30, 40))
    return {
        "enrp-crop-outside": (of_enrp(Region((3, 17), (20, 99)), box), malformed, "beyond its end"),
        "enrp-crop-nothing": (of_enrp(Region((3, 17), (20, 0)), box), malformed, "no columns"),
        "enrp-crop-no-box": (of_enrp(crop.visible), malformed, "no tiles"),
        "enrp-crop-two-boxes": (of_enrp(crop.visible, box, box), malformed, "tiles twice"),
        "enrp-crop-lacks-tiles": (of_enrp(wide, box), malformed, "tiles that are not there"),
        "enrp-crop-other-tiles": (
            of_enrp(crop.visible, (range(3), range(2))),
            malformed,
            "more tiles than the index has",
        ),
        "grid-crop-beyond": (of_grid(coarse, *finer[:-1], beyond), malformed, "too many blocks"),
        "grid-crop-orphan": (of_grid(coarse, *finer[:-1], apart), malformed, "no parent"),
    }
