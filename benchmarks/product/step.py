"""Time of a fitting step on a 768×512 photograph, tile 32, width 8, depth 1: the package's fit
against a plain PyTorch loop of the same network, interleaved in one run; and the quality that 400
steps reach, before quantization.

    python -m benchmarks.product.step [--rounds N]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.common import kodak, save
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.limits import Limits
from inrcodec.media.images import read_image
from inrcodec.progress import Progress
from inrcodec.signal.geometry import Tiling, pixel_centers

OMEGA, TILE, WIDTH, DEPTH, RATE = 10.0, 32, 8, 1, 2e-2
SPEC = EnrpSpec(WIDTH, DEPTH, OMEGA, OMEGA, tile=TILE)
STEPS_A_ROUND = 10

Values = npt.NDArray[np.float32]


def plain_loop(scaled: Values) -> Iterator[float]:
    """The fit as one would first write it: pixel-major bmm, autograd, torch's Adam."""
    tiling = Tiling(scaled.shape[:2], (TILE, TILE))
    values = torch.tensor(tiling.stack(scaled).transpose(0, 2, 1))
    centers = torch.tensor(pixel_centers(TILE), dtype=torch.float32)
    points = torch.stack(torch.meshgrid(centers, centers, indexing="ij"), -1).reshape(1, -1, 2)
    points = points.expand(tiling.count, -1, -1)
    sizes = [(2, WIDTH), *[(WIDTH, WIDTH)] * DEPTH, (WIDTH, 3)]
    weights = [torch.empty(tiling.count, a, b).uniform_(-1, 1) * 0.2 for a, b in sizes]
    biases = [torch.empty(tiling.count, 1, b).uniform_(-1, 1) for _, b in sizes]
    parameters = [p.requires_grad_() for p in (*weights, *biases)]
    optimizer = torch.optim.Adam(parameters, RATE)
    while True:
        x = points
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            x = torch.sin(OMEGA * (torch.bmm(x, weight) + bias))
        loss = ((torch.bmm(x, weights[-1]) + biases[-1] - values) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def fit_seconds(values: Values, steps: int) -> float:
    """Seconds of `steps` steps of the package's fit, its preparation left out."""
    seen: list[Progress] = []
    fit(values, SPEC, FitSettings(steps, RATE), seen.append)
    return seen[-1].elapsed - seen[0].elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    image = read_image(kodak()[22], Limits())
    values = to_network(image.info, image.samples)
    loop = plain_loop(values)
    plain, ours = [], []
    for _ in range(rounds):
        plain.append(seconds_of(lambda: [next(loop) for _ in range(STEPS_A_ROUND)]))
        ours.append(fit_seconds(values, STEPS_A_ROUND))
    plain_ms, ours_ms = (1e3 * median(times) / STEPS_A_ROUND for times in (plain, ours))
    result = fit(values, SPEC, FitSettings(400, RATE))
    assert math.isfinite(result.psnr_db)
    row = {
        "plain_ms_per_step": plain_ms,
        "inrcodec_ms_per_step": ours_ms,
        "ratio": ours_ms / plain_ms,
        "kodim23_psnr_db_400_steps": result.psnr_db,
    }
    save("step", "python -m benchmarks.product.step", [row])


if __name__ == "__main__":
    main()
