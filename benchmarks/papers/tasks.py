"""What the scripts of the papers' tasks share: networks of equal size, a fit whose every step is at
hand, scores of an image, and means over seeds.

A row is the mean over its runs; the column that ends in `_sd` has the deviation of one run, of
n - 1 degrees of freedom. PSNR is given by two definitions: `psnr_db` of 8-bit samples, as
everywhere in this project, and `paper_db` by the paper's own, which each script names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import mean, stdev

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.common import Row
from benchmarks.papers.tables import DEFINITIONS
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import LocalGlobalSpec, NetworkSpec
from inrcodec.codecs.inr.networks.activations import SINE
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.signal.geometry import pixel_centers
from inrcodec.signal.metrics import psnr, ssim

__all__ = [
    "Field",
    "averaged",
    "descend",
    "image_scores",
    "near_local_global",
    "size_of",
    "to_levels",
    "to_unit",
]

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.uint8]
Scores = Mapping[str, float]
# What the loss changes by with each value, of values (*shape, channels) in [-1, 1].
Gradient = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]


def size_of(spec: NetworkSpec, domain: Domain) -> int:
    """Count all weights of a network."""
    return sum(spec.parameters(domain).values())


def near_local_global(
    domain: Domain,
    weights: int,
    tile: tuple[int, ...],
    share: float = 0.12,
    activation: int = SINE.number,
    depth: int = 3,
) -> LocalGlobalSpec:
    """Return the Local-Global network of `weights` weights, 2 % more or less, whose global and
    merge layers have about a share of them."""

    def spec(local: int, coarse: int) -> LocalGlobalSpec:
        return LocalGlobalSpec(local, depth, 30.0, 30.0, activation, tile=tile, global_width=coarse)

    def miss(pair: tuple[int, int]) -> tuple[bool, float]:
        counts = spec(*pair).parameters(domain)
        total = sum(counts.values())
        return abs(total / weights - 1) > 0.02, abs(counts[Scope.ITEM] / total - share)

    pairs = [(h, g) for h in range(2, 160) for g in range(2, 160)]
    near = [pair for pair in pairs if 0.9 < size_of(spec(*pair), domain) / weights < 1.1]
    return spec(*min(near, key=miss))


def to_unit(values: npt.NDArray[np.floating]) -> Floats:
    """Return values in [-1, 1] as of [0, 1]."""
    return (np.asarray(values, np.float64) + 1) / 2


def to_levels(unit: npt.NDArray[np.floating]) -> Samples:
    """Return values in [0, 1] as 8-bit samples."""
    levels: Samples = np.clip(np.rint(255 * np.asarray(unit)), 0, 255).astype(np.uint8)
    return levels


def image_scores(truth: Samples, unit: npt.NDArray[np.floating]) -> dict[str, float]:
    """Score values in [0, 1] for an image (height, width, channels); `paper_db` is unclamped."""
    levels, target = to_levels(unit), truth / 255
    found = {"psnr_db": psnr(truth, levels)}
    found["paper_db"] = DEFINITIONS["unit"](2 * np.asarray(unit, np.float64), 2 * target)
    similarity = ssim(truth, levels)
    return found if similarity is None else found | {"ssim": similarity}


def averaged(label: Row, runs: Sequence[Scores], of: str = "psnr_db") -> Row:
    """Return a row: the label, the number of runs, their means, the deviation of one score."""
    row: dict[str, object] = {**label, "runs": len(runs)}
    for key in runs[0]:
        row[key] = mean(run[key] for run in runs)
        if key == of:
            row[f"{key}_sd"] = stdev(run[key] for run in runs) if len(runs) > 1 else ""
    print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
    return row


class Field:
    """A network as a function of its weights: what it gives at all samples of its domain.

    The coordinates of its spec are the signal's, and its tiles cover the signal exactly.
    """

    def __init__(self, spec: NetworkSpec, domain: Domain, seed: int) -> None:
        self.network = initialize(spec, domain, seed)
        tiling = self.network.tiling
        if not tiling.exact:
            raise AssertionError(f"tiles of {tiling.tile} do not cover {domain.shape} exactly")
        for tensor in spec.tensors(domain):
            self.network.weights[tensor.name].requires_grad_(tensor.trained)
        sides = [pixel_centers(count) for count in domain.shape]
        grid = np.stack(np.meshgrid(*sides, indexing="ij"), -1).astype(np.float32)
        self._points = spec.prepare(torch.from_numpy(tiling.stack(grid).copy()))
        numbers = np.arange(grid[..., 0].size).reshape(*domain.shape, 1)
        self._order = torch.from_numpy(np.argsort(tiling.stack(numbers).reshape(-1)))

    @property
    def weights(self) -> list[Tensor]:
        """The weights that are trained."""
        return [w for w in self.network.weights.values() if w.requires_grad]

    def values(self) -> Tensor:
        """Return the values (*shape, channels), about -1 to 1."""
        domain = self.network.domain
        by_tile = self.network.at(self._points).transpose(1, 2).reshape(-1, domain.channels)
        found: Tensor = by_tile[self._order].reshape(*domain.shape, domain.channels)
        return found


def descend(
    field: Field, gradient: Gradient, settings: FitSettings
) -> Iterator[npt.NDArray[np.float32]]:
    """Take the steps of a fit, and yield the values before the first and after each of them."""
    weights, spec = field.weights, field.network.spec
    optimizer = torch.optim.Adam(weights, settings.learning_rate, betas=settings.betas)
    for step in range(settings.steps + 1):
        values = field.values()
        levels = values.detach().numpy()
        yield levels
        if step == settings.steps:
            return
        optimizer.zero_grad()
        values.backward(torch.from_numpy(gradient(levels)))  # type: ignore[no-untyped-call]
        penalty = spec.regularizer(field.network.weights)
        if penalty is not None:
            penalty.backward()  # type: ignore[no-untyped-call]
        optimizer.param_groups[0]["lr"] = settings.learning_rate * settings.share_at(step)
        optimizer.step()
