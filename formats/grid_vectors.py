"""Vectors of the latent grid, for `make_vectors.py`."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from vector_sources import encode, sample

from inrcodec.codecs.grid.alpha import write_alpha
from inrcodec.codecs.grid.blocks import Block, KeptLatents, code_blocks, write_blocks
from inrcodec.codecs.grid.coder import Probabilities, code_block, write_latents, write_low
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.encoder.context_adaptation import possible_deltas
from inrcodec.codecs.grid.passes import Pass, Place
from inrcodec.codecs.grid.pretrained import load_pretrained
from inrcodec.codecs.grid.spec import GridFlags, GridSpec
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.registry import read_model
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.entropy import DecisionWriter
from inrcodec.schema import Reader, uint_bytes
from inrcodec.signal import Color, ImageInfo
from inrcodec.threads import limit_threads

MODEL = GridSpec().pretrained
GRAY = ImageInfo(6, 9, Color.GRAY, 8)
SPEC = GridSpec(step=512, levels=2, block=5, flags=0)
OWN = GridFlags.FILTERS | GridFlags.OWN_DELTAS


def sections_of(data: bytes) -> dict[bytes, Section]:
    container = Container(data)
    return {e.tag: Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries}


def with_spec(data: bytes, **fields: Any) -> bytes:
    """The file with some fields of its header replaced."""
    sections = sections_of(data)
    spec = replace(read_model(sections[b"NETW"].payload)[0], **fields)
    sections[b"NETW"] = model_section(spec)
    return build(list(sections.values()))


def valid() -> dict[str, tuple[bytes, str]]:
    photo = sample("photo.png", (500, 330, 570, 380))
    gray = sample("gray.png", (200, 100, 241, 131))
    rgba = sample("rgba.png", (60, 60, 97, 84))
    noise = np.random.default_rng(1).integers(0, 65536, (24, 20), dtype=np.uint16)
    images = {
        "rgb-low": ("few bytes", photo, {"quality": 30}),
        "rgb-high": ("many bytes", photo, {"quality": 90}),
        "gray": ("one channel", gray, {}),
        "gray-alpha": ("one channel and alpha", rgba[..., 2:], {}),
        "rgba": ("three channels and alpha", rgba, {}),
        "gray-16-bit": ("16 bits per sample", gray.astype(np.uint16) * 257, {"quality": 95}),
        "rgba-16-bit": ("alpha of 16 bits", rgba.astype(np.uint16) * 257, {}),
        "1x1": ("one pixel: no levels", photo[:1, :1], {}),
        "1x40": ("one row: bands without rows", photo[:1, :40], {}),
        "blocks": ("four blocks", photo[:40, :50], {"fields": {"block": 5, "levels": 4}}),
        "tiers": (
            "blocks in three tiers, at the borders of which there are parts without samples",
            sample("photo.png", (500, 330, 633, 395)),
            {"fields": {"block": 5, "levels": 5, "split": 2}},
        ),
        "no-levels": ("a lowest band alone", photo, {"fields": {"levels": 0}}),
        "large-latents": ("noise at the smallest steps: escapes", noise, {"lmbda": 1e-9}),
    }
    files = {
        f"grid-{name}": (encode(samples, model="grid", effort=1, **options), f"latent grid, {what}")
        for name, (what, samples, options) in images.items()
    }
    unfiltered = with_spec(files["grid-rgb-high"][0], flags=0)
    filtered = with_spec(files["grid-rgba"][0], flags=1)
    own = encode(sample("photo.png", (300, 200, 500, 360)), model="grid", effort=2, quality=95)
    return files | {
        "grid-own": (own, "latent grid, weight deltas of the image's own"),
        "grid-unfiltered": (unfiltered, "latent grid, without the filter"),
        "grid-filtered": (filtered, "latent grid, with the filter"),
    }


class Given:
    """Supplies random latents, large and small ones; every band is filled, some for nothing."""

    def __init__(self, writer: DecisionWriter, random: np.random.Generator) -> None:
        self.writer, self.random = writer, random

    def fills(self, place: Place, probability: int) -> bool:
        fills = self.random.random() < 0.8
        self.writer.put(np.array([fills]), np.array([probability]))
        return fills

    def latents(self, one: Pass, probabilities: Probabilities) -> npt.NDArray[np.int32]:
        count = probabilities.above_0.size
        sizes = 2.0 ** self.random.uniform(-3, 24 * (one.place.band == 1) + 2, count)
        signs = self.random.choice([-1, 0, 1], count)
        latents = (signs * sizes).astype(np.int32)
        write_latents(self.writer, latents, probabilities)
        return latents

    def leave(self) -> bool:
        return False


def of_random(image: ImageInfo, spec: GridSpec, deltas: WeightDeltas | None = None) -> bytes:
    """A file of random latents."""
    random = np.random.default_rng(2)
    model, others = load_pretrained(spec.pretrained), []
    if deltas is not None:
        model, others = deltas.applied_to(model), [Section(b"ITEM", 1, deltas.to_bytes())]
    geometry, channels = spec.geometry(image.shape), len(spec.angles) or 1
    network = ContextNetwork(model, spec.step, spec.offsets)

    def code(block: Block) -> bytes:
        writer, latents = DecisionWriter(), block.latents
        for plane in latents.low:
            plane[...] = random.integers(-(1 << 17), 1 << 17, plane.shape, np.int32)
            write_low(writer, plane)
        code_block(network, latents, Given(writer, random), block.coarser)
        return writer.to_bytes()

    # Numbers are drawn in the order of blocks.
    limit_threads(1)
    coded = [*code_blocks(KeptLatents(geometry.whole, channels), network, code)]
    limit_threads(None)
    return of_streams(image, spec, [stream for _, stream in coded], *others)


def largest_deltas(channels: int) -> WeightDeltas:
    """Weights of context networks as large as they may be, at random places."""
    random, model = np.random.default_rng(3), load_pretrained(MODEL)
    deltas = WeightDeltas.none(model, SPEC.levels, channels)
    numbers = random.integers(-64, 65, deltas.contexts.shape) * (random.random(33) < 0.2)
    deltas.contexts[:] = possible_deltas(model, numbers.astype(np.int32))
    return deltas


def of_streams(image: ImageInfo, spec: GridSpec, streams: list[bytes], *others: Section) -> bytes:
    sign = Section(b"SIGN", 1, write_info(image))
    return build([sign, model_section(spec), *others, *write_blocks(streams)])


def unusual() -> dict[str, tuple[bytes, str]]:
    rgb = ImageInfo(37, 29, Color.RGB, 8)
    random = GridSpec(step=0, levels=3, block=5, angles=(1, 700, 1023), flags=0)
    flat = replace(SPEC, levels=0, flags=OWN)
    coarse = replace(SPEC, step=1023, levels=7, block=12)
    return {
        "grid-empty-streams": (
            of_streams(GRAY, replace(SPEC, flags=1), [b""]),
            "latent grid, a stream of no bytes: all latents are 0",
        ),
        "grid-by-chance": (
            of_random(rgb, random),
            "latent grid, latents at random, below 2^26, and filled bands of zeros",
        ),
        "grid-own-by-chance": (
            of_random(GRAY, flat, WeightDeltas.none(load_pretrained(MODEL), 0, 1)),
            "latent grid, weight deltas of its own that are all 0, and no levels",
        ),
        "grid-own-largest": (
            of_random(GRAY, replace(SPEC, flags=OWN), largest_deltas(1)),
            "latent grid, the largest weights of context networks that may be",
        ),
        "grid-offsets": (
            of_random(rgb, replace(random, step=700, offsets=(64, 11, 0))),
            "latent grid, steps of the finest levels that are larger",
        ),
        "grid-tiers-by-chance": (
            of_random(
                ImageInfo(70, 75, Color.RGB, 8),
                replace(random, step=640, levels=4, split=3, offsets=(40,)),
            ),
            "latent grid, latents at random in four tiers",
        ),
        "grid-more-levels": (
            of_random(GRAY, coarse),
            "latent grid, more levels than the image has room for, the largest step",
        ),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Name to (bytes, error of the package, what is wrong)."""
    writer = DecisionWriter()
    write_low(writer, np.arange(6, dtype=np.int32).reshape(2, 3))
    stream = writer.to_bytes()
    sections = sections_of(of_streams(GRAY, SPEC, [stream]))

    def replaced(tag: bytes, payload: bytes) -> bytes:
        return build([*(sections | {tag: Section(tag, 1, payload)}).values()])

    def header(*fields: int, model: int = MODEL, last: int = 1) -> bytes:
        """The file with these fields of NETW, after the architecture and the model."""
        return replaced(b"NETW", b"".join(map(uint_bytes, (8, model, *fields, last))))

    def beside(payload: bytes) -> bytes:
        """With alpha, of which this is the section."""
        image = replace(GRAY, color=Color.GRAY_ALPHA)
        return of_streams(image, SPEC, [stream], Section(b"ALPH", 1, payload))

    def plain(*numbers: tuple[int, int]) -> bytes:
        """The file with a stream of plain numbers (value, bits)."""
        writer = DecisionWriter()
        for value, bits in numbers:
            writer.put_even(np.array([value]), bits)
        return of_streams(GRAY, SPEC, [writer.to_bytes()])

    own_spec = replace(SPEC, flags=OWN)
    none = WeightDeltas.none(load_pretrained(MODEL), SPEC.levels, 1)

    def own(payload: bytes) -> bytes:
        """With weight deltas of its own, of which this is the section."""
        return of_streams(GRAY, own_spec, [stream], Section(b"ITEM", 1, payload))

    def own_context(place: int, delta: int) -> bytes:
        """With a delta in the first logit of the first network."""
        contexts = none.contexts.copy()
        contexts[0, 0, place] = delta
        return own(replace(none, contexts=contexts).to_bytes())

    flipped = bytes([stream[0] ^ 128]) + stream[1:]
    index = TileIndex.read(Reader(sections[b"TIDX"].payload), 1)
    other = TileIndex(index.lengths, index.crcs ^ np.uint32(1)).to_bytes()
    color = replace(GRAY, color=Color.RGB)
    alpha = write_alpha(np.arange(54, dtype=np.uint8).reshape(6, 9))
    malformed, checksum = "MalformedError", "ChecksumError"
    unknown, missing = "UnknownNumberError", "MissingSectionError"
    headers = {
        "another-model": (
            header(512, 2, 5, 0, 0, 0, 1, model=MODEL - 1),
            unknown,
            "an unknown pretrained model",
        ),
        "step-1024": (header(1024, 2, 5, 0, 0, 0, 1), malformed, "a step beyond the last"),
        "levels-8": (header(512, 8, 9, 0, 0, 0, 1), malformed, "more levels than can be"),
        "block-4": (header(512, 2, 4, 0, 0, 0, 1), malformed, "a block below the least"),
        "block-5": (header(512, 6, 5, 0, 0, 0, 1), malformed, "a block smaller than the levels"),
        "block-13": (header(512, 2, 13, 0, 0, 0, 1), malformed, "a block above the largest"),
        "split-2": (header(512, 2, 5, 2, 0, 0, 1), malformed, "as many tiers as levels"),
        "two-angles": (header(512, 2, 5, 0, 2, 0, 0, 0, 1), malformed, "two color angles"),
        "angle-1024": (header(512, 2, 5, 0, 3, 0, 0, 1024, 0, 1), malformed, "an angle of a turn"),
        "gray-angles": (header(512, 2, 5, 0, 3, 0, 0, 0, 0, 1), malformed, "angles without color"),
        "no-angles": (of_streams(color, SPEC, [stream]), malformed, "color without angles"),
        "offset-65": (header(512, 2, 5, 0, 0, 1, 65, 1), malformed, "an offset beyond the last"),
        "three-offsets": (header(512, 2, 5, 0, 0, 3, 0, 0, 0, 1), malformed, "more than levels"),
        "flags-2": (header(512, 2, 5, 0, 0, 0, 2), malformed, "weight deltas without filters"),
        "flags-8": (header(512, 2, 5, 0, 0, 0, 8), malformed, "an unknown flag"),
        "last-2": (header(512, 2, 5, 0, 0, 0, 1, last=2), unknown, "an unknown last field"),
    }
    streams = {
        "padded": (of_streams(GRAY, SPEC, [b"\0" + stream]), malformed, "a zero byte to spare"),
        "left-over": (
            of_streams(GRAY, SPEC, [stream + b"\7\0\0\0"]),
            malformed,
            "something left over",
        ),
        "wide-number": (plain((27, 5), (1, 16)), malformed, "a plain number of 27 bits"),
        "large-latent": (
            # Two numbers of 26 bits are 0, the others -2^25: the upper parts come first.
            plain((26, 5), *[(0, 10)] * 2, *[(1023, 10)] * 4, *[(65535, 16)] * 6),
            malformed,
            "a latent of the lowest band that is 2^26",
        ),
        "block-flip": (replaced(b"TILE", flipped), checksum, "a block damaged"),
        "index-flip": (replaced(b"TIDX", other), checksum, "a block's checksum damaged"),
        "two-streams": (
            of_streams(GRAY, SPEC, [stream] * 2),
            malformed,
            "more streams than there are blocks",
        ),
    }
    alphas = {
        "no-alpha": (
            of_streams(replace(GRAY, color=Color.GRAY_ALPHA), SPEC, [stream]),
            missing,
            "no section of alpha",
        ),
        "alpha-of-gray": (
            of_streams(GRAY, SPEC, [stream], Section(b"ALPH", 1, alpha)),
            malformed,
            "a section of alpha without alpha",
        ),
        "short-alpha": (beside(zlib.compress(bytes(53))), malformed, "alpha lacks a sample"),
        "long-alpha": (beside(zlib.compress(bytes(55))), malformed, "alpha has one too many"),
        "cut-alpha": (beside(alpha[:-1]), malformed, "alpha's zlib stream lacks a byte"),
        "trailing-alpha": (beside(alpha + b"\0"), malformed, "a byte after alpha"),
    }
    owns = {
        "no-item": (of_streams(GRAY, own_spec, [stream]), missing, "no weight deltas"),
        "item-alone": (
            of_streams(GRAY, SPEC, [stream], Section(b"ITEM", 1, b"")),
            malformed,
            "weight deltas that the header does not announce",
        ),
        "own-weight": (own_context(0, 64), malformed, "a weight that is out of range"),
        "own-bias": (own_context(32, 1 << 15), malformed, "a bias that is out of range"),
        "own-left-over": (own(none.to_bytes() + b"\1"), malformed, "too long an ITEM"),
        "own-padded": (own(b"\0" + none.to_bytes()), malformed, "a zero byte to spare in ITEM"),
    }
    return {
        f"grid-{name}": (data, error, f"latent grid, {what}")
        for name, (data, error, what) in (headers | streams | alphas | owns).items()
    }
