"""Seconds that an image takes without loss, beside WebP and JPEG XL in the same run.

    python -m benchmarks.product.lossless_speed [IMAGES...]

The least of three runs, on as many cores as a codec takes; one before them loads it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pillow_jxl  # noqa: F401
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, least, load, save

NUMBERS = (5, 20, 23)
RIVALS: dict[str, dict[str, Any]] = {
    "webp, method 6": {"format": "WEBP", "lossless": True, "quality": 100, "method": 6},
    "jpeg xl, effort 7": {"format": "JXL", "lossless": True, "effort": 7},
}


def own(samples: np.ndarray[Any, Any]) -> dict[str, object]:
    """Bytes and seconds of this codec."""
    data = inrcodec.encode(samples, lossless=True).data
    assert np.array_equal(inrcodec.decode(data), samples)
    return {
        "bytes": len(data),
        "encode_s": least(lambda: inrcodec.encode(samples, lossless=True)),
        "decode_s": least(lambda: inrcodec.decode(data)),
    }


def rival(image: Image.Image, options: dict[str, Any]) -> dict[str, object]:
    """Bytes and seconds of another."""

    def write() -> bytes:
        file = io.BytesIO()
        image.save(file, **options)
        return file.getvalue()

    data = write()
    return {
        "bytes": len(data),
        "encode_s": least(write),
        "decode_s": least(lambda: np.asarray(Image.open(io.BytesIO(data)))),
    }


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]]
    paths = paths or [path for n, path in enumerate(kodak(), 1) if n in NUMBERS]
    before = load()
    rows: list[Row] = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        rows.append({"image": path.stem, "codec": "inrcodec", **own(np.asarray(image))})
        for name, options in RIVALS.items():
            rows.append({"image": path.stem, "codec": name, **rival(image, options)})
    command = " ".join(["python -m benchmarks.product.lossless_speed", *sys.argv[1:]])
    save("lossless-speed", command, rows, [before])


if __name__ == "__main__":
    main()
