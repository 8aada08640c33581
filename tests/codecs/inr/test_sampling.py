"""Networks of arrays give what networks of tensors do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.differentiable import sample_tensor
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.activations import ACTIVATIONS
from inrcodec.codecs.inr.networks.coin_plus import CoinPlusSpec
from inrcodec.codecs.inr.networks.enrp import EnrpSpec
from inrcodec.codecs.inr.networks.incode import IncodeSpec
from inrcodec.codecs.inr.networks.local_global import ADD, LocalGlobalSpec
from inrcodec.codecs.inr.networks.loe import LINEAR, LoeSpec
from inrcodec.codecs.inr.networks.minr import MinrSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.siren import SirenSpec
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.sampling import sample

DOMAIN = Domain((40, 50), 3)
SIZE = {"width": 6, "depth": 1, "omega_0": 9.0, "omega": 9.0}
SPECS: dict[str, NetworkSpec] = {
    "siren": SirenSpec(**SIZE),
    "incode": IncodeSpec(**SIZE),
    "minr": MinrSpec(**SIZE),
    "coin++": CoinPlusSpec(**SIZE, latent=5),
    "loe": LoeSpec(**SIZE, alphas=(3.0, 1.5)),
    "loe, leaky, of octaves": LoeSpec(**SIZE, alphas=(2.0, 1.0), activation=3, frequencies=3),
    "loe, blended": LoeSpec(**SIZE, alphas=(3.0, 1.5), blending=LINEAR),
    "local-global": LocalGlobalSpec(**SIZE, tile=(16,), global_width=7),
    "local-global, added": LocalGlobalSpec(**SIZE, tile=(16,), global_width=7, merge=ADD),
    "local-global, incode": LocalGlobalSpec(**SIZE, tile=(16,), global_width=7, activation=8),
    **{
        f"enrp, {function.name}": EnrpSpec(**SIZE, tile=16, activation=number)
        for number, function in ACTIVATIONS.items()
    },
}


@pytest.mark.parametrize("overlap", [0, 3])
@pytest.mark.parametrize("name", SPECS)
def test_values_at_points(name: str, overlap: int) -> None:
    domain = Domain(DOMAIN.shape, DOMAIN.channels, overlap)
    tensors = initialize(SPECS[name], domain, seed=4)
    arrays = Network(tensors.spec, domain, tensors.arrays())
    points = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    expected = sample_tensor(tensors, torch.from_numpy(points)).detach().numpy()
    values = sample(arrays, points)
    assert values.dtype == np.float32
    # WIRE's values may be large, and its errors are as large as the largest on the way.
    nearly = 2e-5 * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=nearly)
