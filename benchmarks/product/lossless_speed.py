"""Seconds that an image takes without loss, beside WebP and JPEG XL in the same run.

    python -m benchmarks.product.lossless_speed [--efforts 3 6] [IMAGES...]

The least of three runs, on as many cores as a codec takes; one before them loads it, and where that
takes seconds, one more is enough.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_jxl  # noqa: F401
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, least, load, save

NUMBERS = (5, 20, 23)
EFFORTS = (3, 6)
# Seconds from which on one run is as good as three.
LONG = 3.0
Samples = np.ndarray[Any, Any]

RIVALS: dict[str, dict[str, Any]] = {
    "webp, method 6": {"format": "WEBP", "lossless": True, "quality": 100, "method": 6},
    "jpeg xl, effort 7": {"format": "JXL", "lossless": True, "effort": 7},
}


def measured(
    samples: Samples, encode: Callable[[], bytes], decode: Callable[[bytes], Samples]
) -> dict[str, object]:
    """Bytes and seconds of a codec."""
    began = time.perf_counter()
    data = encode()
    rounds = 1 if time.perf_counter() - began > LONG else 3
    assert np.array_equal(decode(data), samples)
    return {
        "bytes": len(data),
        "encode_s": least(encode, rounds),
        "decode_s": least(lambda: decode(data)),
    }


def own(samples: Samples, effort: int) -> dict[str, object]:
    """Bytes and seconds of this codec."""
    return measured(
        samples,
        lambda: inrcodec.encode(samples, lossless=True, effort=effort).data,
        inrcodec.decode,
    )


def rival(image: Image.Image, options: dict[str, Any]) -> dict[str, object]:
    """Bytes and seconds of another."""

    def write() -> bytes:
        file = io.BytesIO()
        image.save(file, **options)
        return file.getvalue()

    return measured(np.asarray(image), write, lambda data: np.asarray(Image.open(io.BytesIO(data))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, nargs="*", help="in place of some of Kodak's")
    parser.add_argument("--efforts", type=int, nargs="+", default=EFFORTS)
    chosen = parser.parse_args()
    paths = chosen.images or [path for n, path in enumerate(kodak(), 1) if n in NUMBERS]
    before = load()
    rows: list[Row] = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        for effort in chosen.efforts:
            name = f"inrcodec, effort {effort}"
            rows.append({"image": path.stem, "codec": name, **own(np.asarray(image), effort)})
        for name, options in RIVALS.items():
            rows.append({"image": path.stem, "codec": name, **rival(image, options)})
    command = " ".join(["python -m benchmarks.product.lossless_speed", *sys.argv[1:]])
    save("lossless-speed", command, rows, [before])


if __name__ == "__main__":
    main()
