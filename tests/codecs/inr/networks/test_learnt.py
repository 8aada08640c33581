"""Starts that were learnt on photographs: which networks have one, and what it gives their fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.networks import EnrpSpec, IncodeSpec, NetworkSpec, SirenSpec, learnt
from inrcodec.codecs.inr.networks.learnt import learnt_start, pack_start
from inrcodec.codecs.inr.networks.start import start_weights
from inrcodec.errors import InrError, UsageError

RGB = Domain((40, 50), 3)
SIREN = SirenSpec(32, 3, 30.0, 30.0)


def test_a_start_has_all_weights_of_a_network() -> None:
    found, random = learnt_start(SIREN, RGB), start_weights(SIREN, RGB, 0)
    assert found is not None and list(found) == list(random)
    assert [w.shape for w in found.values()] == [w.shape for w in random.values()]
    assert all(w.dtype == np.float32 and np.isfinite(w).all() for w in found.values())


@pytest.mark.parametrize(
    "spec, domain",
    [
        (replace(SIREN, width=33), RGB),
        (replace(SIREN, omega_0=20.0), RGB),
        (replace(SIREN, activation=5), RGB),
        (IncodeSpec(32, 3, 30.0, 30.0), RGB),
        (EnrpSpec(8, 3, 10.0, 10.0, tile=16), RGB),
        (SIREN, Domain((40, 50), 1)),
        (SIREN, Domain((4000,), 3)),
    ],
)
def test_other_networks_and_signals_have_none(spec: NetworkSpec, domain: Domain) -> None:
    assert learnt_start(spec, domain) is None


def test_a_start_comes_back_from_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SirenSpec(5, 2, 30.0, 30.0)
    weights = start_weights(spec, RGB, 3)
    weights["bias1"][:] = 0
    monkeypatch.setattr(learnt, "_arrays", lambda: pack_start(spec, weights))
    found = learnt_start(spec, RGB)
    assert found is not None
    for name, own in weights.items():
        np.testing.assert_allclose(found[name], own, atol=float(np.abs(own).max()) / 200)


def test_a_file_that_was_altered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt, "_FILE", ("starts-1.npz", "0" * 64))
    with pytest.raises(InrError, match="not the file of starts that was shipped"):
        learnt._arrays.__wrapped__()


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
