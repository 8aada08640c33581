"""Vectors of audio signals, for `make_vectors.py`. What they have are tones by formula."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from vector_sources import by_hand, encode, sample

import inrcodec
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import EnrpSpec, LocalGlobalSpec, MinrSpec, SirenSpec
from inrcodec.container.editing import join
from inrcodec.container.sections import Container, Section, build
from inrcodec.schema import REAL, UINT, uint_bytes
from inrcodec.signal import AudioInfo, Metadata, SampleType, Signal

Samples = npt.NDArray[np.float32]
INT16, INT24, INT32 = SampleType.INT16, SampleType.INT24, SampleType.INT32
FLOAT32, UINT8 = SampleType.FLOAT32, SampleType.UINT8

ENRP = {"model": "enrp", "tile": 300, "width": 5, "depth": 1, "steps": 150}
SIREN = {"model": "siren", "width": 8, "depth": 1, "steps": 150}
LOCAL_GLOBAL = {
    "model": "local-global",
    "width": 5,
    "depth": 1,
    "steps": 100,
    "options": {"tile": "400", "global_width": 6},
}

RATE = 8000
# Of frames: 3 chunks of the shortest kind, the last not full.
LONG = 3000


def chirp(frames: int, channels: int = 1) -> Samples:
    """A tone that rises, in each channel from another pitch, and swells and fades."""
    time = np.arange(frames)[:, None] / RATE
    pitch = 40 * (1 + np.arange(channels)) + 150 * time
    tone: Samples = np.sin(2 * np.pi * pitch * time) * np.sin(np.pi * time * RATE / frames)
    return (0.8 * tone).astype(np.float32)


def audio(
    samples: Samples, kind: SampleType = INT16, tags: bytes = b"", **options: object
) -> bytes:
    """An audio signal, encoded; `chunk` and `overlap` are in frames."""
    fields = {name: options.pop(name) for name in ("overlap",) if name in options}
    info = AudioInfo(*samples.shape, RATE, kind, **fields)  # type: ignore[arg-type]
    if "chunk" in options:
        options["chunk"] = options["chunk"] / RATE  # type: ignore[operator]
    signal = Signal(info.samples(samples.copy()), info, Metadata(tags=tags))
    return inrcodec.encode(signal, device="cpu", **options).data  # type: ignore[arg-type]


def interrupted() -> Samples:
    """A tone whose second chunk, of the shortest kind, is silent."""
    samples = chirp(LONG)
    samples[900:2150] = 0
    return samples


def album() -> bytes:
    """An audio signal of three chunks, an image, and an audio signal of one chunk."""
    parts = {
        "long.wav": audio(interrupted(), chunk=1024, **ENRP),
        "hill.png": encode(sample("photo.png", (520, 340, 540, 354)), **ENRP | {"tile": 16}),
        "short.wav": audio(chirp(700, 2), **SIREN),
    }
    return join(None, parts)


def valid() -> dict[str, tuple[bytes, str]]:
    once, twice, whole = chirp(1400), chirp(1000, 2), {"width": 6, "depth": 1, "steps": 100}
    tags = '{"artist": "Jürgen", "title": "Rising"}'.encode()
    cut = {"chunk": 1024}
    return {
        "audio-enrp": (audio(once, **ENRP), "tiles that overlap"),
        "audio-enrp-stereo-24-bit": (audio(twice, INT24, **ENRP), "two channels of 24 bits"),
        "audio-local-global": (audio(once, **LOCAL_GLOBAL), "advised tiles that overlap"),
        "audio-siren": (audio(once, **SIREN), "one network for the whole audio signal"),
        "audio-wire": (audio(once, **SIREN | {"activation": "wire"}), "complex layers"),
        "audio-fourier": (
            audio(once, **SIREN | {"activation": "fourier"}),
            "frequencies of one axis",
        ),
        "audio-loe": (audio(once, model="loe", **whole), "two matrices a layer"),
        "audio-loe-linear": (
            audio(once, model="loe", fields={"frequencies": 3, "blending": 2}, **whole),
            "two matrices a layer, which turn into one another, over octaves of the time",
        ),
        "audio-minr": (audio(once, model="minr", **whole), "weights that could be shared"),
        "audio-chunks": (
            audio(interrupted(), **ENRP, **cut),
            "three chunks, the second silent, in tiles",
        ),
        "audio-chunks-siren": (
            audio(chirp(LONG, 2), FLOAT32, **SIREN, **cut),
            "three chunks that overlap, two channels",
        ),
        "audio-chunks-local-global": (
            audio(chirp(LONG), INT32, **LOCAL_GLOBAL, **cut),
            "three chunks of advised tiles, 32 bits",
        ),
        "audio-silence": (audio(np.zeros((LONG, 2), np.float32), **cut), "no weights at all"),
        "audio-float32": (audio(2 * once, FLOAT32, **SIREN), "floats beyond 1"),
        "audio-uint8": (audio(once, UINT8, **SIREN), "8 bits"),
        "audio-tags": (audio(once, tags=tags, **SIREN), "with tags"),
        "audio-album": (album(), "an album of audio signals and an image, with chunks"),
    }


def mild(index: int) -> float:
    """Weights of files that are made by hand."""
    return ((7 * index) % 13 - 6) / 8


def short(frames: int = 700, overlap: int = 32, kind: SampleType = INT16) -> AudioInfo:
    return AudioInfo(frames, 1, RATE, kind, 1024, overlap)


def unusual() -> dict[str, tuple[bytes, str]]:
    spec = EnrpSpec(3, 1, 5.0, 5.0, tile=301)
    first_and_last = (0, 2)

    def made(info: AudioInfo, spec: EnrpSpec = spec) -> bytes:
        return build(by_hand(info, spec, mild, range(info.chunks.count)))

    moved = by_hand(short(LONG), spec, mild, first_and_last, item=5)
    shared = by_hand(short(LONG), MinrSpec(5, 1, 5.0, 5.0), mild, first_and_last)
    loud = by_hand(short(), SirenSpec(4, 1, 4.0, 1.0), lambda index: 3 * mild(index))
    note = Section(b"note", 6, b"of the second chunk, which is silent")
    return {
        "audio-no-overlap": (made(short(LONG, 0)), "chunks and tiles that do not overlap"),
        "audio-wide-overlap": (
            made(short(LONG, 1 << 16)),
            "chunks and tiles that overlap up to the middle of the next",
        ),
        "audio-last-tile": (made(short(2049)), "a last chunk of one frame and what it overlaps"),
        "audio-one-sample-tile": (made(short(2 * 301 + 1)), "a last tile of one sample"),
        "audio-one-frame": (made(short(1)), "one frame"),
        "audio-tile-beyond": (
            made(short(), EnrpSpec(3, 1, 5.0, 5.0, tile=1 << 24)),
            "one tile, far longer than the audio signal",
        ),
        "audio-item-5": (
            build([*reversed(moved), note]),
            "chunks from item 5 on, the second silent but for an optional section",
        ),
        "audio-shared-chunks": (build(shared), "chunks that share weights"),
        "audio-clamped": (build(loud), "values beyond the samples that there are"),
        "audio-int8": (made(short(kind=SampleType.INT8)), "8 bits with a sign"),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Name to (bytes, error of the package, what is wrong)."""
    spec, malformed = EnrpSpec(3, 1, 5.0, 5.0, tile=301), "MalformedError"
    info = short(LONG)
    sections = by_hand(info, spec, mild, range(3))
    good = build(sections)
    advised = LocalGlobalSpec(3, 1, 5.0, 5.0, tile=(301, 301), global_width=3)
    one_side = replace(advised, tile=(301,))

    def without(*gone: tuple[bytes, int], data: bytes = good) -> list[Section]:
        container = Container(data)
        return [
            Section(e.tag, e.item, container.read(e.tag, e.item))
            for e in container.entries
            if (e.tag, e.item) not in gone
        ]

    def signal(*fields: int) -> bytes:
        payload = b"".join(map(UINT.write, (2, *fields)))
        return build([Section(b"SIGN", 1, payload), *without((b"SIGN", 1))])

    def network(payload: bytes) -> bytes:
        return build([Section(b"NETW", 1, payload), *without((b"NETW", 1))])

    def flipped(tag: bytes, item: int) -> bytes:
        entry = Container(good).entry(tag, item)
        data = bytearray(good)
        data[entry.offset + entry.length - 1] ^= 1
        return bytes(data)

    def tiles_of(side: int) -> bytes:
        front = [b"\2\3\1", REAL.write(5.0), REAL.write(5.0), b"\1", REAL.write(1.0)]
        return network(b"".join([*front, uint_bytes(side), b"\1"]))

    files = {
        "no-frames": (signal(0, 1, RATE, 2, 1024, 32), malformed, "no frames"),
        "long": (signal((1 << 30) + 1, 1, RATE, 2, 1024, 32), malformed, "over 2^30 frames"),
        "huge": (
            signal(1 << 30, 8, RATE, 2, 1024, 32),
            malformed,
            "2^33 samples claimed in a few bytes",
        ),
        "9-channels": (signal(LONG, 9, RATE, 2, 1024, 32), malformed, "nine channels"),
        "no-rate": (signal(LONG, 1, 0, 2, 1024, 32), malformed, "a rate of 0"),
        "sample-type-8": (signal(LONG, 1, RATE, 8, 1024, 32), malformed, "unknown samples"),
        "short-chunk": (signal(LONG, 1, RATE, 2, 1023, 32), malformed, "chunks of 1023 frames"),
        "overlap": (signal(LONG, 1, RATE, 2, 1024, 65537), malformed, "an overlap over 2^16"),
        "long-sign": (
            signal(LONG, 1, RATE, 2, 1024, 32, 0),
            malformed,
            "a byte after the last field",
        ),
        "kind-3": (
            build([Section(b"SIGN", 1, b"\3\1\1\1"), *without((b"SIGN", 1))]),
            "UnknownNumberError",
            "a signal of an unknown kind",
        ),
        "fourth-chunk": (
            build([*sections, *by_hand(short(), spec, mild, item=4)[2:]]),
            malformed,
            "weights of a chunk beyond the last",
        ),
        "no-tiles": (
            build(without((b"TILE", 2))),
            "MissingSectionError",
            "a chunk with an index of tiles but no tiles",
        ),
        "no-item": (
            build(without((b"ITEM", 3), data=build(by_hand(info, one_side, mild, range(3))))),
            "MissingSectionError",
            "a chunk with tiles but without what advises them",
        ),
        "stray-item": (
            build([*sections, Section(b"ITEM", 2, b"")]),
            malformed,
            "weights of a chunk that its network has not",
        ),
        "alpha": (build([*sections, Section(b"ALPH", 1, b"")]), malformed, "alpha"),
        "tile-flip": (flipped(b"TILE", 2), "ChecksumError", "a tile of the second chunk damaged"),
        "index-flip": (flipped(b"TIDX", 3), "ChecksumError", "the third chunk's index damaged"),
        "short-index": (
            build([*without((b"TIDX", 2)), Section(b"TIDX", 2, b"\0\1\1")]),
            malformed,
            "an index too short for the tiles of its chunk",
        ),
        "grid-model": (
            network(model_section(GridSpec(levels=3)).payload),
            malformed,
            "a latent grid",
        ),
        "two-sides": (
            network(model_section(advised).payload),
            malformed,
            "a tile of two sides for one axis",
        ),
        "long-tile": (tiles_of((1 << 24) + 1), malformed, "a tile over 2^24"),
        "tags-bomb": (
            build([*sections, Section(b"tags", 1, zlib.compress(bytes((1 << 24) + 1), 9))]),
            "LimitError",
            "tags that unpack too far",
        ),
    }
    return {
        f"audio-{name}": (data, error, f"audio signal: {what}")
        for name, (data, error, what) in files.items()
    }
