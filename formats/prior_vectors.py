"""Weights that are differences to a prior: files of them in `vectors/`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from vector_sources import encode, sample

from inrcodec.codecs.base import Precision, Start, domain_of
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import EnrpSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.start import kept_starts, start_weights
from inrcodec.codecs.inr.quantization import quantized_by
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.container.items import write_info
from inrcodec.container.sections import Section, build
from inrcodec.signal import Color, ImageInfo
from inrcodec.spreads import SpreadTable

IMAGE = ImageInfo(30, 40, Color.RGB, 8)
SIREN = SirenSpec(14, 3, 30.0, 30.0)
PRIOR = Start(prior=1)
# The step beside the root mean square of a tensor's weights, and how far these are from the prior.
FINE, APART = 0.04, 0.1


def _sections(
    differences: bool = True, info: ImageInfo = IMAGE, spec: NetworkSpec = SIREN
) -> list[Section]:
    """The sections of a network whose weights are near the prior's, or near those of a seed where
    it has none; told by differences to the prior, or by themselves."""
    domain, random = domain_of(info), np.random.default_rng(5)
    has_prior = spec.has_prior(PRIOR.prior, domain)
    starts = kept_starts(spec, domain, PRIOR) if has_prior else {}
    weights, tables = {}, {}
    for name, near in (starts or start_weights(spec, domain, 0)).items():
        size = float(np.sqrt(np.square(near).mean()))
        noise = random.standard_normal(near.shape) * APART * size
        weights[name] = (near + noise).astype(np.float32)
        told = weights[name] - starts[name] if differences and starts else weights[name]
        table = SpreadTable.measure(told, FINE * size)
        tables[name] = replace(table, from_start=differences and has_prior)
    own = write_weights(spec, domain, quantized_by(weights, tables, starts))
    network = model_section(spec, Precision.of_start(PRIOR))
    return [Section(b"SIGN", 1, write_info(info)), network, *own]


def _with_prior(prior: bytes) -> bytes:
    """A file with other bytes in place of its prior, which is one byte."""
    sign, network, item = _sections()
    return build([sign, Section(network.tag, 1, network.payload[:-1] + prior), item])


def valid() -> dict[str, tuple[bytes, str]]:
    """Files that programs write."""
    photo = sample("photo.png", (520, 340, 560, 370))
    options = {"model": "siren", "width": 12, "depth": 3, "steps": 150}
    return {"siren-prior": (encode(photo, **options), "what a fit has changed of a prior")}


def unusual() -> dict[str, tuple[bytes, str]]:
    """Files that are valid, but that no program need write."""
    deep = replace(IMAGE, bits_per_sample=16)
    return {
        "siren-prior-all": (build(_sections()), "all tensors as differences to a prior"),
        "siren-prior-none": (
            build(_sections(differences=False)),
            "a prior that no tensor is told by",
        ),
        "siren-prior-16-bit": (build(_sections(info=deep)), "a prior, and 16 bits per sample"),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Files that must be refused, with the error."""
    others: dict[str, tuple[str, ImageInfo, NetworkSpec]] = {
        "width": ("a width that a prior lacks", IMAGE, replace(SIREN, width=13)),
        "depth": ("a depth that a prior lacks", IMAGE, replace(SIREN, depth=2)),
        "omega": ("an omega that a prior lacks", IMAGE, replace(SIREN, omega=20.0)),
        "gray": (
            "a prior of color images for a gray one",
            replace(IMAGE, color=Color.GRAY),
            SIREN,
        ),
    }
    enrp = EnrpSpec(14, 3, 30.0, 30.0, tile=16)
    return {
        "siren-prior-2": (
            _with_prior(b"\2"),
            "UnknownNumberError",
            "a prior of some later release",
        ),
        "siren-prior-0": (_with_prior(b"\0"), "UnknownNumberError", "prior 0"),
        "siren-prior-missing": (_with_prior(b""), "TruncatedError", "no prior"),
        "enrp-prior": (
            build(_sections(spec=enrp)),
            "UnknownNumberError",
            "a prior of an architecture that has none",
        ),
    } | {
        f"siren-prior-{name}": (build(_sections(info=info, spec=spec)), "MalformedError", what)
        for name, (what, info, spec) in others.items()
    }
