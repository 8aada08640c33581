"""Priors: which networks have one, what it gives their fits, and files that are told by it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import crop_of_photo
from vectors import VECTORS

import inrcodec
from inrcodec.cli import main
from inrcodec.codecs.base import BINARY16, PRIOR, Domain, Precision, Start
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import EnrpSpec, IncodeSpec, NetworkSpec, SirenSpec, learnt
from inrcodec.codecs.inr.networks.learnt import learnt_weights, pack_weights
from inrcodec.codecs.inr.networks.start import kept_starts, start_weights
from inrcodec.codecs.inr.quantization import Quantized
from inrcodec.codecs.inr.weights import read_weights, write_weights
from inrcodec.codecs.registry import read_header
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import InrError, MalformedError, UnknownNumberError, UsageError
from inrcodec.signal import Color, ImageInfo
from inrcodec.spreads import SpreadTable

RGB = Domain((40, 50), 3)
SIREN = SirenSpec(32, 3, 30.0, 30.0)
# What every machine must make of the file: the SHA-256 of all weights, by width.
GOLDEN = {
    12: "4e7a66c730f600cbd6cdb84702dc8997cef1e67f1a93390d0ce9fbc8c962fda4",
    14: "69b79171b46572f9afdabf23c547049c9724a1e41a4ba8743e8be2d98f76e98d",
    16: "f2d9b2aef9f70f1b0b96e1c46bbfdf644ccd8f8510ac3814804a34cbc474ea2d",
    20: "01a87b891d14e9dc8a15cfeddd098077aa36f19cd26f4619964812be73234020",
    24: "7c3d75ddf1752ac93a63b4af1e380a345aac2ae6de57e6a9a04cb0ee8bac8b61",
    28: "623230f0ae3d2e0cb60a75a9a890327197b336ec8d9f9686cbba58d957ac389d",
    32: "0f1109ac198fb102c7b86f1d950f91479f558d033b4130640781457bb89d296c",
}


def header_of(data: bytes) -> tuple[Precision, int]:
    """How weights are told, and the bytes of these."""
    container = Container(data)
    return read_header(container).precision, len(container.read(b"ITEM", 1))


@pytest.mark.parametrize("width", GOLDEN)
def test_golden_weights(width: int) -> None:
    found = replace(SIREN, width=width).prior(1, RGB)
    assert found is not None
    digest = hashlib.sha256()
    for weights in found.values():
        digest.update(weights.astype("<f4").tobytes())
    assert digest.hexdigest() == GOLDEN[width]


def test_weights_are_rounded_from_exact_products() -> None:
    with np.load(Path(learnt.__file__).with_name("starts-1.npz")) as arrays:
        numbers, exponents = arrays["12x3/weight1"], arrays["12x3/exponents"]
    found = replace(SIREN, width=12).prior(1, RGB)
    assert found is not None
    with localcontext(prec=60):
        step = Decimal(2) ** (Decimal(int(exponents[2])) / 8)
        for number, weight in zip(numbers.flat, found["weight1"].flat, strict=True):
            near = [np.nextafter(weight, np.float32(end)) for end in (-np.inf, np.inf)]
            exact, *others = (abs(int(number) * step - Decimal(float(w))) for w in (weight, *near))
            assert exact <= min(others)


def test_a_prior_has_all_weights_of_a_network() -> None:
    found, random = SIREN.prior(1, RGB), start_weights(SIREN, RGB, 0)
    assert found is not None and list(found) == list(random)
    assert [w.shape for w in found.values()] == [w.shape for w in random.values()]
    assert all(w.dtype == np.float32 and np.isfinite(w).all() for w in found.values())
    assert SIREN.newest_prior(RGB) == 1


@pytest.mark.parametrize(
    "spec, domain",
    [
        (replace(SIREN, width=33), RGB),
        (replace(SIREN, depth=2), RGB),
        (replace(SIREN, omega_0=20.0), RGB),
        (replace(SIREN, activation=5), RGB),
        (IncodeSpec(32, 3, 30.0, 30.0), RGB),
        (EnrpSpec(8, 3, 10.0, 10.0, tile=16), RGB),
        (SIREN, Domain((40, 50), 1)),
        (SIREN, Domain((4000,), 3)),
    ],
)
def test_other_networks_and_signals_have_none(spec: NetworkSpec, domain: Domain) -> None:
    assert spec.newest_prior(domain) == 0
    with pytest.raises(MalformedError, match="prior 1 has no weights"):
        kept_starts(spec, domain, Start(prior=1))


def test_weights_come_back_from_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = start_weights(SirenSpec(5, 2, 30.0, 30.0), RGB, 3)
    weights["bias1"][:] = 0
    packed = pack_weights(5, 2, weights)
    monkeypatch.setattr(learnt, "_arrays", lambda number: packed)
    found = learnt_weights(1, 5, 2, [*weights])
    assert found is not None
    for name, own in weights.items():
        np.testing.assert_allclose(found[name], own, atol=float(np.abs(own).max()) / 200)


def test_a_file_that_was_altered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt, "PRIORS", {1: ("starts-1.npz", "0" * 64)})
    with pytest.raises(InrError, match=r"starts-1\.npz is damaged"):
        learnt._arrays.__wrapped__(1)


def test_fits_begin_from_it_unless_they_are_to_be_random() -> None:
    photo = crop_of_photo(64, 96)
    options = {"model": "siren", "width": 32, "depth": 3, "steps": 10}
    prior, default, random = (
        inrcodec.encode(photo, **options, **init)
        for init in ({"init": "prior"}, {}, {"init": "random"})
    )
    assert prior.data == default.data
    assert prior.psnr_db > random.psnr_db + 0.5


def test_an_unknown_init_is_refused() -> None:
    with pytest.raises(UsageError, match="no init 'other'; there is prior, random"):
        inrcodec.encode(crop_of_photo(8, 8), model="siren", init="other")


def test_the_seed_is_of_random_starts_alone() -> None:
    photo = crop_of_photo(32, 48)
    options = {"model": "siren", "width": 32, "depth": 3, "steps": 3}
    for init, alike in (("prior", True), ("random", False)):
        first, second = (inrcodec.encode(photo, **options, init=init, seed=s).data for s in (0, 9))
        assert (first == second) is alike


def test_weights_are_told_by_what_a_fit_has_changed_of_it() -> None:
    """The fewer steps a fit has, the less that is."""
    photo = crop_of_photo(64, 96)
    options = {"model": "siren", "width": 20, "depth": 3, "steps": 40}
    told, alone = (
        inrcodec.encode(photo, **options, init=init).data for init in ("prior", "random")
    )
    assert header_of(told)[0] == Precision(PRIOR, Start(prior=1))
    assert header_of(told)[1] < 0.97 * header_of(alone)[1]
    assert header_of(alone)[0].start == Start(0)
    halves = inrcodec.encode(photo, **options, precision="fp16").data
    assert header_of(halves)[0] == BINARY16


def test_what_a_fit_ends_at_is_what_a_file_gives() -> None:
    photo = crop_of_photo(40, 60)
    encoded = inrcodec.encode(photo, model="siren", width=12, depth=3, steps=60)
    decoded = inrcodec.decode(encoded.data)
    error = np.square(decoded.astype(float) - photo).mean()
    assert 10 * np.log10(255**2 / error) == pytest.approx(encoded.psnr_db)


def test_differences_of_0_are_the_priors_weights() -> None:
    prior = SIREN.prior(1, RGB)
    assert prior is not None
    zeros = {name: np.zeros(weights.shape, np.int32) for name, weights in prior.items()}
    tables = dict.fromkeys(zeros, SpreadTable(100, 0, 0, from_start=True))
    own = write_weights(SIREN, RGB, Quantized(zeros, tables, prior))
    sign = Section(b"SIGN", 1, write_info(ImageInfo(*RGB.shape, Color.RGB, 8)))
    network = model_section(SIREN, Precision.of_start(Start(prior=1)))
    container = Container(build([sign, network, *own]))
    found = read_weights(container, read_header(container), np.zeros(0, np.int64))
    assert len(container.read(b"ITEM", 1)) < 600
    for name, weights in prior.items():
        np.testing.assert_array_equal(found[name], weights)


def test_albums_keep_it(tmp_path: Path) -> None:
    photo = crop_of_photo(40, 60)
    images = {"a": photo, "b": photo[:, ::-1].copy()}
    options = {"model": "siren", "width": 12, "depth": 3, "steps": 30}
    album = inrcodec.Album.encode(images, tmp_path / "album.inr", **options)
    album.add({"c": photo[::-1].copy()}, **options)
    items = inrcodec.info(tmp_path / "album.inr")["items"]
    assert [item["prior"] for item in items] == [1, 1, 1]
    np.testing.assert_array_equal(
        album["c"].render(), inrcodec.decode(inrcodec.encode(photo[::-1].copy(), **options).data)
    )


def test_info_tells_it() -> None:
    path = VECTORS / "valid" / "siren-prior.inr"
    assert inrcodec.info(path)["prior"] == 1
    assert inrcodec.info(path)["precision"] == "auto"
    assert "prior" not in inrcodec.info(VECTORS / "valid" / "siren-start.inr")
    shown = CliRunner().invoke(main, ["info", str(path)])
    assert "scale 1; weights beside prior 1\n" in shown.output


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("siren-prior-2", UnknownNumberError, "prior 2 of siren is unknown to this release, which"),
        ("siren-prior-0", UnknownNumberError, "prior 0 of siren is unknown to this release, which"),
        ("enrp-prior", UnknownNumberError, "prior 1 of enrp is unknown .*, which knows none"),
        ("siren-prior-width", MalformedError, "prior 1 has no weights of siren with width 13"),
        ("siren-prior-gray", MalformedError, "for 1 channels on 2 axes"),
    ],
)
def test_others_are_refused_in_a_line(name: str, error: type[InrError], message: str) -> None:
    path = VECTORS / "faulty" / f"{name}.inr"
    for read in (inrcodec.info, inrcodec.decode):
        with pytest.raises(error, match=message):
            read(path)
    shown = CliRunner().invoke(main, ["decode", str(path)])
    assert shown.exit_code == 3
    (line,) = shown.output.strip().splitlines()
    assert str(path) in line
