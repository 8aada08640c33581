"""The search for an ensemble for an image, within bytes or operations.

A codec chooses by bytes: widths are small, and the PSNR alone counts. By operations it is the
paper's own search.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.headers import PRECISIONS
from inrcodec.codecs.inr.encode import fit_settings
from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction.candidates import expected_bytes
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.search import Rules, Shape, Trainer, Trial, search
from inrcodec.errors import UsageError
from inrcodec.signal import ImageInfo, Source
from inrcodec.signal.geometry import Region

__all__ = ["Wanted", "search_image", "with_grid"]

_WIDTHS_BY_OPERATIONS = (16, 32, 64, 128, 256)
_WIDTHS_BY_BYTES = (4, 6, 8, 12, 16, 24, 32)
# PSNR in dB that a tenth of the operations is worth in the paper.
_ALPHA = 7.0


@dataclass(frozen=True)
class Wanted:
    """The limit of a search, and how it is done.

    Attributes
    ----------
    bytes, operations
        Of the file, or of rendering the image; one of them.
    are_products
        Whether a multiplication and an addition count as one operation.
    alpha
        PSNR in dB that a tenth of the cost is worth; None for 7 by operations, 0 by bytes.
    repeats
        Seeds of each network.
    """

    bytes: int | None = None
    operations: float | None = None
    are_products: bool = False
    alpha: float | None = None
    repeats: int = 5

    def __post_init__(self) -> None:
        if (self.bytes is None) == (self.operations is None):
            raise UsageError("give bytes or operations as the limit, one of them")
        if self.repeats < 1:
            raise UsageError(f"{self.repeats} repeats; 1 is the least")


def with_grid(plan: FitPlan, count: int) -> FitPlan:
    """Return the plan of an image cut into so many tiles along its longer side."""
    if count < 1:
        raise UsageError(f"a grid of {count}; 1 is the least")
    tile = math.ceil(max(plan.info.shape) / count)
    return replace(plan, spec=plan.spec.with_options({"tile": tile}))


def search_image(
    source: Source, plan: FitPlan, wanted: Wanted, report: Callable[[Trial], object]
) -> tuple[Trial, int]:
    """Search for the networks of an ensemble; return the best, and the rounds that were needed.

    Parameters
    ----------
    plan
        Of model `enrp`: its tiles, steps and rate are those of all networks.
    report
        Told of every shape that is tried.

    Raises `UsageError` where no network is small enough.
    """
    info = source.info
    if not isinstance(info, ImageInfo) or not isinstance(plan.spec, EnrpSpec):
        raise UsageError("the search is for images, and for model enrp")
    domain, spec = domain_of(info), plan.spec

    def of_shape(shape: Shape) -> EnrpSpec:
        return replace(spec, width=shape.width, depth=shape.depth)

    def operations(shape: Shape) -> float:
        return of_shape(shape).flops(domain) / (2 if wanted.are_products else 1)

    def length(shape: Shape) -> float:
        precision = PRECISIONS[plan.options.precision]
        return expected_bytes(of_shape(shape), domain, info, source.metadata, precision)

    if wanted.bytes is not None:
        rules = Rules(length, wanted.bytes, wanted.alpha or 0.0, _WIDTHS_BY_BYTES)
    else:
        alpha = _ALPHA if wanted.alpha is None else wanted.alpha
        rules = Rules(operations, wanted.operations or 0.0, alpha, _WIDTHS_BY_OPERATIONS)
    values = to_network(info, source.read(Region.whole(info.shape)))
    trainer = Trainer(values, of_shape, fit_settings(plan), wanted.repeats)
    return search(rules, trainer, report)
