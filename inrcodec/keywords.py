"""The keywords of `inrcodec.encode`, for type checkers: the fields of all settings and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

__all__ = ["EncodeKeywords"]


class EncodeKeywords(TypedDict, total=False):
    """Implement `Settings` and the options of all codecs."""

    model: str
    effort: int
    seed: int
    device: str
    strip: Iterable[str]
    bits: int | None
    fields: Mapping[str, Any]
    max_memory: int | None
    max_work: float | None

    quality: float | None
    lmbda: float | None
    target_psnr: float | None
    target_bpp: float | None
    target_size: int | None
    target_ssimulacra2: float | None
    alpha_quality: int | None
    tune: str
    time: float | None

    lossless: bool
    near_lossless: int | None

    kbps: float | None
    target_snr: float | None

    steps: int | None
    learning_rate: float | None
    tile: int | None
    width: int | None
    depth: int | None
    omega: float | None
    activation: str | None
    preset: str | None
    segments: int | None
    chunk: float | None
    stop_psnr: float | None
    init: str
    precision: str
    confidence: float
