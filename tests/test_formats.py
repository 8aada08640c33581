"""The format's vectors, against the package and against the reference decoder."""

from __future__ import annotations

import csv
import functools
import math
import subprocess
import sys
import time
import wave
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grids import read_latents, spec_of
from vectors import FORMATS, REFERENCE, VECTORS, apart, reference

import inrcodec
from inrcodec import errors
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.inr.weights import read_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.signal import AudioInfo

with (VECTORS / "vectors.tsv").open() as table:
    ROWS = list(csv.DictReader(table, delimiter="\t"))
GOOD = [r for r in ROWS if not r["file"].startswith("faulty")]
FAULTY = [r for r in ROWS if r["file"].startswith("faulty")]
GRIDS = [r for r in GOOD if "/grid-" in r["file"]]
AUDIO = [r for r in GOOD if "/audio-" in r["file"]]
IMAGES = [r for r in GOOD if r not in AUDIO]

good = pytest.mark.parametrize("row", GOOD, ids=lambda r: r["file"])
grids = pytest.mark.parametrize("row", GRIDS, ids=lambda r: r["file"])
images = pytest.mark.parametrize("row", IMAGES, ids=lambda r: r["file"])
audio_files = pytest.mark.parametrize("row", AUDIO, ids=lambda r: r["file"])
faulty = pytest.mark.parametrize("row", FAULTY, ids=lambda r: r["file"])
Row = dict[str, str]


def data_of(row: Row) -> bytes:
    return (VECTORS / row["file"]).read_bytes()


@functools.cache
def allowed(data: bytes, place: int = 1) -> float:
    """How far apart samples of two decoders may be, as the specification has it."""
    most = float(reference.tolerance(data, place))
    assert most < np.inf
    return most


def allowed_at_own_size(row: Row) -> float:
    """Coded samples are the same everywhere."""
    return 0 if "/pixels-" in row["file"] else allowed(data_of(row))


def test_there_are_vectors_of_every_sort() -> None:
    assert sum(r["file"].startswith("valid") for r in ROWS) >= 6
    assert sum(r["file"].startswith("unusual") for r in ROWS) >= 3
    assert len(FAULTY) >= 8
    assert {r["file"] for r in ROWS} == {
        str(p.relative_to(VECTORS)) for p in VECTORS.rglob("*.inr")
    }


@good
def test_package_decodes_as_expected(row: Row) -> None:
    expected = np.load(VECTORS / row["expected"])
    with inrcodec.open(data_of(row)) as image:
        image.verify()
        assert apart(image.render(), expected) <= allowed_at_own_size(row)


@good
def test_reference_decodes_as_expected(row: Row) -> None:
    expected = np.load(VECTORS / row["expected"])
    assert apart(reference.decode(data_of(row)), expected) <= allowed_at_own_size(row)


@images
@pytest.mark.parametrize("size", [(61, 44), (9, 5)], ids=["finer", "coarser"])
def test_reference_renders_as_the_package(row: Row, size: tuple[int, int]) -> None:
    ours = inrcodec.open(data_of(row)).render(size=size)
    theirs = reference.decode(data_of(row), size=size)
    assert apart(theirs, ours) <= allowed(data_of(row))


@images
def test_reference_renders_regions_as_the_package(row: Row) -> None:
    with inrcodec.open(data_of(row)) as image:
        width, height = image.info.width, image.info.height
        region = (width // 3, height // 4, width - width // 2, height - height // 2)
        ours = image.render(region=region, scale=1.5)
    size = ours.shape[1::-1]
    theirs = reference.decode(data_of(row), size=size, region=region)
    assert apart(theirs, ours) <= allowed(data_of(row))


@audio_files
def test_reference_renders_other_rates_and_times_as_the_package(row: Row) -> None:
    with inrcodec.open(data_of(row)) as audio:
        frames, rate = audio.info.frames, audio.info.rate
        whole = audio.render(rate=round(1.7 * rate))
        start, stop = frames // 3, frames - frames // 5
        part = audio.render(time=(start / rate, stop / rate))
        finer = audio.render(rate=2 * rate, time=(start / rate, stop / rate))
    decode, most = functools.partial(reference.decode, data_of(row)), allowed(data_of(row))
    assert apart(decode(size=len(whole)), whole) <= most
    assert apart(decode(time=(start, stop)), part) <= most
    assert apart(decode(size=len(finer), time=(start, stop)), finer) <= most


@pytest.mark.parametrize(
    "name",
    [
        *(f"valid/{name}" for name in ("siren-steps", "siren-start", "enrp-steps", "siren-prior")),
        "valid/local-global-start",
        "unusual/siren-prior-all",
    ],
)
def test_weights_at_steps_are_the_same_to_the_last_bit(name: str) -> None:
    data = (VECTORS / f"{name}.inr").read_bytes()
    file, networks = reference.File(data), reference.reference_networks
    fields, signal = reference.Reader(file.payload("NETW"), "NETW"), reference.read_signal(file)
    headers = networks.read_headers(signal, fields, fields.uint())
    tile = 1 if headers.scoped("tile") else 0
    theirs = networks.weights(file, signal, headers, 0, True)(tile)
    container = Container(data)
    ours = read_weights(container, read_header(container), np.array([tile]))
    for tensor, own in zip(headers.tensors, ours.values(), strict=True):
        np.testing.assert_array_equal(theirs[tensor.name], own[0].astype(np.float64))


def test_silence_is_exact() -> None:
    for name in ("valid/audio-silence", "valid/audio-chunks", "unusual/audio-item-5"):
        data = (VECTORS / f"{name}.inr").read_bytes()
        # What the second chunk, silent in all of them, shares with none.
        silent = slice(1024 + 32, 2048 - 32)
        for samples in (reference.decode(data), inrcodec.open(data).render()):
            assert not samples[silent].any()
            assert samples.any() == ("silence" not in name)


def test_a_chunk_fades_linearly_into_the_next() -> None:
    container = Container((VECTORS / "valid/audio-chunks-siren.inr").read_bytes())
    sign, *first = (Section(tag, 1, container.read(tag, 1)) for tag in (b"SIGN", b"NETW", b"ITEM"))
    info = read_header(container).info
    assert isinstance(info, AudioInfo)
    among_silence = build([sign, *first])
    covered = 1024 + 32
    shorter = replace(info, frames=covered, chunk=4096)
    alone = build([Section(b"SIGN", 1, write_info(shorter)), *first])
    shares = 1 - np.clip((np.arange(covered) + 0.5 - 1024 + 32) / 64, 0, 1)
    for decode in (reference.decode, lambda data: inrcodec.open(data).render()):
        faded = decode(among_silence)
        np.testing.assert_allclose(faded[:covered], decode(alone) * shares[:, None], atol=1e-6)
        assert not faded[covered:].any()


def latents_of(data: bytes) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """All bands of a grid, as the reference decoder and as the package read them."""
    file = reference.File(data)
    fields = reference.Reader(file.payload("NETW"), "NETW")
    fields.uint()
    theirs = reference.reference_grid.decode(file, reference.read_signal(file), fields).latents

    (spec, _), latents = spec_of(data), read_latents(data)
    channels = range(latents.channels)
    ours = {(spec.levels, c, 3): latents.low[c] for c in channels}
    for coarseness, bands in enumerate(latents.levels):
        for band, planes in enumerate(bands):
            ours |= {(spec.levels - coarseness, c, band): planes[c] for c in channels}
    assert ours.keys() == theirs.keys()
    return [theirs[band] for band in ours], list(ours.values())


@pytest.mark.parametrize("row", [r for r in GRIDS if "-crop" not in r["file"]])
def test_reference_reads_the_latents_of_the_package(row: Row) -> None:
    for theirs, ours in zip(*latents_of(data_of(row)), strict=True):
        np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize(
    "name", ["album-grid", "album-minr", "album-reversed", "album-sequence", "audio-album"]
)
def test_reference_reads_every_signal_of_an_album(name: str) -> None:
    data = next(data_of(row) for row in GOOD if row["file"].endswith(f"/{name}.inr"))
    for place in (1, 2, 3):
        with inrcodec.open(data, item=place) as ours:
            theirs = reference.decode(data, place=place)
            assert apart(theirs, ours.render()) <= allowed(data, place)


@grids
def test_alpha_is_exact(row: Row) -> None:
    expected = np.load(VECTORS / row["expected"])
    if expected.shape[2] % 2 == 0:
        for pixels in (reference.decode(data_of(row)), inrcodec.open(data_of(row)).render()):
            np.testing.assert_array_equal(pixels[..., -1], expected[..., -1])


def test_both_agree_on_damaged_blocks_whose_checksums_are_right() -> None:
    container = Container((VECTORS / "valid/grid-1x40.inr").read_bytes())
    head = [Section(tag, 1, container.read(tag, 1)) for tag in (b"SIGN", b"NETW")]
    stream = container.read(b"TILE", 1)
    outcomes = set()
    for bit in range(8 * len(stream)):
        damaged = bytearray(stream)
        damaged[bit // 8] ^= 1 << bit % 8
        data = build([*head, *write_blocks([bytes(damaged)])])
        try:
            ours = inrcodec.open(data).render()
        except inrcodec.FormatError:
            with pytest.raises(reference.Refused):
                reference.decode(data)
            outcomes.add("refused")
        else:
            assert apart(reference.decode(data), ours) <= 1
            outcomes.add("drawn")
    assert outcomes == {"refused", "drawn"}


def test_reference_reads_metadata_as_the_package() -> None:
    data = (VECTORS / "valid/enrp-rgb-16-bit.inr").read_bytes()
    ours = inrcodec.open(data).metadata
    assert reference.metadata(data) == {"cicp": ours.cicp, "mdcv": ours.mdcv, "clli": ours.clli}
    assert [len(block) for block in reference.metadata(data).values()] == [4, 24, 8]
    data = (VECTORS / "valid/enrp-metadata.inr").read_bytes()
    ours = inrcodec.open(data).metadata
    assert reference.metadata(data) == {
        "iccp": ours.icc,
        "exif": ours.exif,
        "xmpm": ours.xmp,
        "iptc": ours.iptc,
        "reso": ours.resolution,
        "tags": ours.tags,
    }
    assert all(reference.metadata(data).values())
    data = (VECTORS / "valid/audio-tags.inr").read_bytes()
    assert reference.metadata(data) == {"tags": inrcodec.open(data).metadata.tags}


@faulty
def test_package_refuses_faulty_files(row: Row) -> None:
    error = getattr(errors, row["expected"])
    began = time.process_time()
    # What is wrong with a file does not depend on how much memory there is.
    with (
        pytest.raises(error) as caught,
        inrcodec.open(data_of(row), max_memory=1 << 62, max_work=math.inf) as image,
    ):
        image.verify()
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    # Metadata is not a header: it has to be unpacked to be found too large; and latents decoded.
    patient = "bomb" in row["file"] or "grid" in row["file"]
    assert time.process_time() - began < (1 if patient else 0.1)


@pytest.mark.parametrize(
    "name",
    [
        "valid/siren-gray-1x1.inr",
        "unusual/one-exponent.inr",
        "valid/grid-1x40.inr",
        "unusual/audio-one-frame.inr",
    ],
)
def test_every_flipped_bit_of_a_small_file_is_refused(name: str) -> None:
    data = (VECTORS / name).read_bytes()
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(inrcodec.FormatError), inrcodec.open(bytes(damaged)) as image:
            image.verify()
        with pytest.raises(reference.Refused):
            reference.decode(bytes(damaged))


@faulty
def test_reference_refuses_faulty_files(row: Row) -> None:
    with pytest.raises(reference.Refused):
        reference.decode(data_of(row))
        reference.metadata(data_of(row))


@pytest.mark.parametrize(("name", "size"), [("siren-rgb", (30, 40)), ("grid-rgb-low", (50, 70))])
def test_reference_needs_neither_torch_nor_the_package(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    code = (
        "import sys, runpy\n"
        f"try: runpy.run_path({str(REFERENCE)!r}, run_name='__main__')\n"
        "except SystemExit as stop: assert stop.code == 0, stop.code\n"
        "assert not {'torch', 'inrcodec', 'constriction'} & set(sys.modules)\n"
    )
    source, target = VECTORS / f"valid/{name}.inr", tmp_path / "out.ppm"
    subprocess.run([sys.executable, "-c", code, str(source), str(target)], check=True)
    pixels = np.frombuffer(target.read_bytes(), np.uint8)[-3 * size[0] * size[1] :]
    expected = np.load(VECTORS / f"valid/{name}.npy")
    assert apart(pixels.reshape(*size, 3), expected) <= 1


def test_reference_writes_sound_files(tmp_path: Path) -> None:
    source, target = VECTORS / "valid/audio-enrp-stereo-24-bit.inr", tmp_path / "out.wav"
    command = [sys.executable, str(REFERENCE), str(source), str(target)]
    subprocess.run(command, check=True)
    with wave.open(str(target)) as file:
        assert file.getparams()[:4] == (2, 2, 8000, 1000)
        written = np.frombuffer(file.readframes(1000), "<i2").reshape(1000, 2) / 2**15
    expected = np.load(VECTORS / "valid/audio-enrp-stereo-24-bit.npy")
    assert apart(written.astype(np.float32), expected) <= 2**-14
    assert subprocess.run([*command, "2000"]).returncode == 0
    with wave.open(str(target)) as file:
        assert file.getparams()[:4] == (2, 2, 16000, 2000)


def test_no_sum_of_the_context_networks_reaches_2_to_24() -> None:
    reference_model = sys.modules["reference_model"]
    (number,) = reference_model.MODELS
    model = reference_model.read_model(number)
    largest = float(model.logarithm.max())
    for network in model.networks.values():
        sums = {name: np.abs(tensor) for name, tensor in network._asdict().items()}
        inputs = sums["first"].shape[1] - 16
        first = sums["first"] @ np.array([largest] * inputs + [127] * 16)
        constant = sums["constant"] @ np.array([64] * 9 + [128, 256, 128])
        totals = [
            *(sums["odd"].sum(1) * largest).tolist(),
            *(sums["gate"].sum(1) * 2047).tolist(),
            float((8 * sums["sign"] + 1023).sum() * 511),
            *(first + constant).tolist(),
            *(sums["second"].sum(1) * 2047 + sums["second_bias"][:, 0]).tolist(),
            *(sums["third"].sum(1) * 2047 + sums["third_bias"][:, 0]).tolist(),
        ]
        assert max(totals) < 1 << 24


def test_hexdump_of_the_specification_is_the_file() -> None:
    page = (FORMATS / "inr-v1.md").read_text()
    block = page.split("## 7.")[1].split("```")[1]
    digits = "".join(line[:47] for line in block.strip().splitlines() if line[:2].strip())
    data = (VECTORS / "valid/siren-gray-1x1.inr").read_bytes()
    assert bytes.fromhex(digits.replace(" ", "")) == data


def test_checksum_is_that_of_zlib() -> None:
    assert zlib.crc32(b"123456789") == 0xCBF43926
