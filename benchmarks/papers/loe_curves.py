"""Levels-of-Experts, Fig. 2 to 4: how many steps sine and leaky ReLU take to given PSNRs.

    python -m benchmarks.papers.loe_curves

`camera` at 128×128 with the networks of `loe_table1 --small`, 300 steps, the rate falling to 0; and
the control that the paper leaves out, a SIREN of as many weights. All have three rates each, and
the best of them by the last PSNR is marked. PSNR is of unclamped samples of peak 1, the best so
far, looked at every 10 steps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image
from skimage import data

from benchmarks.common import Row, save
from benchmarks.papers.loe_table1 import FINE, LEAKY, QUAD
from benchmarks.papers.tasks import size_of
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import REPORT_EVERY, FitSettings, fit
from inrcodec.codecs.inr.networks import LoeSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import SINE
from inrcodec.codecs.inr.networks.loe import PATTERNS
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array

SIDE, LEVELS, WIDTH, STEPS = 128, 7, 18, 300
SHOWN = (50, 100, 200, 300)
REACHED = (20.0, 25.0, 28.0, 30.0, 33.0)
DOMAIN = Domain((SIDE, SIDE), 1)


def loe(pattern: str, activation: int) -> LoeSpec:
    omega = 30.0 if activation == SINE.number else 1.0
    alphas = PATTERNS[pattern](LEVELS)
    return LoeSpec(WIDTH, LEVELS - 1, omega, omega, activation, alphas=alphas)


def methods() -> Iterator[tuple[str, NetworkSpec, tuple[float, ...]]]:
    """Yield names, networks and the rates that are tried."""
    weights = size_of(loe(FINE, SINE.number), DOMAIN)
    for pattern in (FINE, QUAD):
        yield f"{pattern}, sine", loe(pattern, SINE.number), (1e-3, 2e-3, 4e-3)
        yield f"{pattern}, leaky ReLU", loe(pattern, LEAKY), (1e-2, 2e-2, 4e-2)
    sirens = [SirenSpec(width, 3, 30.0, 30.0) for width in range(8, 96)]
    siren = min(sirens, key=lambda spec: abs(size_of(spec, DOMAIN) - weights))
    yield "SIREN of equal size", siren, (1e-3, 2e-3, 5e-3)


def steps_to(curve: tuple[float, ...], psnr_db: float) -> int | str:
    """Return the steps after which a curve is at a PSNR; nothing if it never is."""
    found = (REPORT_EVERY * k for k, value in enumerate(curve) if value >= psnr_db)
    return next(found, "")


def main() -> None:
    whole = data.camera()  # type: ignore[no-untyped-call]
    photo = Image.fromarray(whole).resize((SIDE, SIDE), Image.Resampling.BOX)
    signal = from_array(np.asarray(photo))
    values = to_network(signal.info, signal.samples)
    rows: list[Row] = []
    for name, spec, rates in methods():
        curves = {
            rate: fit(values, spec, FitSettings(STEPS, rate, betas=(0.9, 0.995))).curve
            for rate in rates
        }
        best = max(rates, key=lambda rate: curves[rate][-1])
        for rate, curve in curves.items():
            row: dict[str, object] = {"name": name, "weights": size_of(spec, DOMAIN)}
            row |= {"learning_rate": f"{rate:g}", "best": "yes" if rate == best else ""}
            row |= {f"db_{step}": curve[step // REPORT_EVERY] for step in SHOWN}
            row |= {f"steps_to_{level:g}": steps_to(curve, level) for level in REACHED}
            print(*row.values(), flush=True)
            rows.append(row)
    notes = ["one seed; PSNR of unclamped samples in [0, 1], peak 1"]
    save("loe-curves", "python -m benchmarks.papers.loe_curves", rows, notes)


if __name__ == "__main__":
    main()
