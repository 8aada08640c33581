"""How fast the latent grid is: encoding without iterations, an iteration, and decoding, of Kodak
images in one process, start-up apart; and what its blocks cost.

    python -m benchmarks.product.grid_speed [--count N]

Seconds are the least of three runs, as other processes only add to them. An iteration's include its
share of what refinement does once: its start, and a second coding.
"""

from __future__ import annotations

import argparse
from statistics import mean

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, least, save
from inrcodec.codecs.grid.options import ITERATIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8)
    count = parser.parse_args().count
    rows: list[Row] = []
    for path in kodak(count):
        with Image.open(path) as image:
            samples = np.asarray(image.convert("RGB"))

        def encode(samples: np.ndarray = samples, **options: object) -> inrcodec.Encoded:
            return inrcodec.encode(samples, device="cpu", **options)

        encoded = encode(effort=1)
        first = least(lambda encode=encode: encode(effort=1))
        second = least(lambda encode=encode: encode(effort=2))
        whole = len(encode(effort=1, options={"block": 10}).data)
        rows.append(
            {
                "image": path.stem,
                "bytes": len(encoded.data),
                "encode_seconds": first,
                "iteration_seconds": (second - first) / ITERATIONS[1],
                "decode_seconds": least(lambda d=encoded.data: inrcodec.open(d).render()),
                "blocks_cost_percent": 100 * (len(encoded.data) / whole - 1),
            }
        )
        print(*rows[-1].values())
    means = {key: mean(float(str(r[key])) for r in rows) for key in list(rows[0])[1:]}
    save(
        "grid-speed",
        f"python -m benchmarks.product.grid_speed --count {count}",
        [*rows, {"image": "mean", **means}],
    )


if __name__ == "__main__":
    main()
