"""Networks that might encode an image: their bytes, and the PSNR that is expected of each.

    image ──▶ tiles ──▶ JPEG 2000 ──▶ features ──▶ predictor ──▶ estimates of tiles ──▶ of the image

A network of tiles is one SIREN for each tile, so a tile is predicted as an image of its own; of
large images some tiles stand for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import AUTO, Domain, Precision, Scope, domain_of
from inrcodec.codecs.headers import PRECISIONS, model_section
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction.features import features, jpeg2000_psnrs
from inrcodec.codecs.inr.prediction.predictor import Calibration, Estimate, Predictor
from inrcodec.codecs.inr.quantization import quantize, quantized_by
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.container.items import item_file
from inrcodec.signal import Color, ImageInfo, Metadata, Source
from inrcodec.signal.geometry import Region
from inrcodec.spreads import SpreadTable

__all__ = ["WIDTHS", "Candidate", "Outlook", "expected_bytes"]

Pixels = npt.NDArray[np.uint8]

WIDTHS = (4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 96, 112, 128)
# Samples of an image that are looked at, and tiles of one.
_MOST_PIXELS, _MOST_TILES = 1 << 19, 64
# Steps that a weight deviates by, of those that are rounded to such.
_STEPS = 15
# Tiles of the networks that are written to learn how long one is.
_TILES = (8, 24)


@dataclass(frozen=True)
class Candidate:
    """A network that might encode an image.

    Attributes
    ----------
    plan
        How it would be fitted.
    bytes
        Of its file, as they are expected.
    estimate
        Of the PSNR that its file will have.
    """

    plan: FitPlan
    bytes: int
    estimate: Estimate

    @property
    def weights(self) -> int:
        """Weights of the network, in all its tiles."""
        spec: NetworkSpec = self.plan.spec
        return sum(spec.parameters(domain_of(self.plan.info)).values())

    @property
    def width(self) -> int:
        """Features of its hidden layers."""
        return int(self.plan.spec.fields()["width"])

    @property
    def depth(self) -> int:
        """Hidden layers after its first."""
        return int(self.plan.spec.fields()["depth"])


class Outlook:
    """The networks of one model that might encode an image, and what is expected of them.

    Parameters
    ----------
    source
        The image.
    plan
        A network of the model; candidates have other widths.
    predictor
        Of SIRENs.

    Attributes
    ----------
    plan
        As it is given.
    """

    def __init__(self, source: Source, plan: FitPlan, predictor: Predictor) -> None:
        assert isinstance(source.info, ImageInfo)
        self.plan = plan
        self._source, self._predictor = source, predictor
        self._info, self._domain = source.info, domain_of(source.info)

    @property
    def calibration(self) -> Calibration:
        """The difference of the model from SIRENs that the predictor knows."""
        return self._predictor.calibrations[self.plan.spec.name]

    def candidates(self, widths: Sequence[int] = WIDTHS) -> list[Candidate]:
        """Return a candidate of each width, the smallest first."""
        plans = [self.plan.with_width(width) for width in widths]
        return [self._candidate(plan) for plan in plans]

    def early(self, psnr_db: float) -> Estimate:
        """Predict again from the PSNR after a quarter of the steps."""
        own = self.calibration
        return Estimate(psnr_db + own.gain_db, own.gain_deviation_db)

    def _candidate(self, plan: FitPlan) -> Candidate:
        spec, points = plan.spec, self._features(plan)
        estimates = self._predictor.predict(points)
        error = np.mean([10 ** (-e.psnr_db / 10) for e in estimates])
        own = self.calibration
        # Errors of tiles make up for each other, save those that all have in common.
        alone = estimates[0].deviation_db if len(estimates) == 1 else 0.0
        deviation = max(alone, own.deviation_db)
        estimate = Estimate(-10 * math.log10(error) + own.shift_db, deviation)
        metadata = self._source.metadata.without(plan.settings.strip)
        precision = PRECISIONS[plan.options.precision]
        size = expected_bytes(spec, self._domain, self._info, metadata, precision)
        return Candidate(plan, size, estimate)

    def _features(self, plan: FitPlan) -> list[list[float]]:
        """Return the features of a network for each of the tiles that are looked at."""
        spec = plan.spec
        tensors = spec.tensors(self._domain)
        parameters = sum(tensor.size for tensor in tensors)
        fields = spec.fields()
        return [
            features(shape, parameters, fields["depth"], fields["omega_0"], plan.steps, psnrs)
            for shape, psnrs in self._hardness
        ]

    @cached_property
    def _hardness(self) -> list[tuple[tuple[int, ...], list[float]]]:
        """The shape of each tile that is looked at, and its PSNRs as JPEG 2000."""
        tiles = [self._read(region) for region in self._regions()]
        return [(tile.shape[:2], jpeg2000_psnrs(tile)) for tile in tiles]

    def _regions(self) -> Iterator[Region]:
        """Yield some of the tiles, at equal distances."""
        tiling = self.plan.spec.tiling(self._domain)
        step = -(-tiling.count // _MOST_TILES)
        for number in range(step // 2, tiling.count, step):
            place = np.unravel_index(number, tiling.counts)
            start = [int(k) * side for k, side in zip(place, tiling.tile, strict=True)]
            length = [
                min(side, size - first)
                for side, size, first in zip(tiling.tile, tiling.shape, start, strict=True)
            ]
            yield Region(tuple(start), tuple(length))

    def _read(self, region: Region) -> Pixels:
        """Read some samples, or the middle of too many, as 8-bit colors."""
        over = math.sqrt(math.prod(region.length) / _MOST_PIXELS)
        if over > 1:
            length = tuple(max(1, int(side / over)) for side in region.length)
            start = tuple(
                first + (side - own) // 2
                for first, side, own in zip(region.start, region.length, length, strict=True)
            )
            region = Region(start, length)
        samples = self._source.read(region)[..., : Color.RGB]
        colors = samples[..., :1] if samples.shape[-1] < Color.RGB else samples
        values = np.rint(colors.astype(np.float32) * (255 / self._info.peak)).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], int(Color.RGB))))


def expected_bytes(
    spec: NetworkSpec, domain: Domain, info: ImageInfo, metadata: Metadata, precision: int
) -> int:
    """Return the bytes of a network's file, as long as those of one that was not fitted."""
    tiles = spec.tiling(domain).count

    def written(count: int) -> int:
        return _written_bytes(spec, domain, count, info, metadata, precision)

    if tiles <= max(_TILES):
        return written(tiles)
    few, some = map(written, _TILES)
    return round(few + (some - few) * (tiles - _TILES[0]) / (_TILES[1] - _TILES[0]))


def _written_bytes(
    spec: NetworkSpec,
    domain: Domain,
    tiles: int,
    info: ImageInfo,
    metadata: Metadata,
    precision: int,
) -> int:
    """Write the start of a network of so many tiles."""
    generator = np.random.default_rng(0)
    weights = {}
    for tensor in spec.tensors(domain):
        shape = (tiles if tensor.scope is Scope.TILE else 1, *tensor.shape)
        unit = generator.uniform(-1, 1, shape)
        weights[tensor.name] = (unit * tensor.bound + tensor.center).astype(np.float32)
    if precision == AUTO:
        steps = {name: float(own.std()) / _STEPS for name, own in weights.items()}
        tables = {name: SpreadTable.measure(own, steps[name]) for name, own in weights.items()}
        stored = quantized_by(weights, tables)
    else:
        stored = quantize(weights)
    sections = [model_section(spec, Precision(precision)), *write_weights(spec, domain, stored)]
    return len(item_file(info, metadata, sections))
