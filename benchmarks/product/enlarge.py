"""How good enlargements are: Kodak images made four times smaller, encoded, rendered at 4×, and
held against the original; beside them Pillow's Lanczos enlargement of the 1× decode.

    python -m benchmarks.product.enlarge [--count N]

Writes a table, and an image with a detail of both (left the original, then Lanczos, then ours).
"""

from __future__ import annotations

import argparse
from statistics import mean

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import RESULTS, Row, kodak, save
from inrcodec.signal.metrics import psnr

FACTOR = 4
QUALITY = 75
DETAIL = (120, 200, 440, 440)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int)
    rows: list[Row] = []
    for path in kodak(parser.parse_args().count):
        with Image.open(path) as opened:
            original = opened.convert("RGB")
        small = original.reduce(FACTOR)
        encoded = inrcodec.encode(small, quality=QUALITY, effort=1, device="cpu")
        image = inrcodec.open(encoded.data)
        ours = Image.fromarray(image.render(scale=FACTOR))
        native = Image.fromarray(image.render())
        theirs = native.resize(original.size, Image.Resampling.LANCZOS)
        a, b, truth = (np.asarray(image) for image in (ours, theirs, original))
        rows.append(
            {
                "image": path.stem,
                "bytes": len(encoded.data),
                "rendered_db": psnr(truth, a),
                "lanczos_db": psnr(truth, b),
            }
        )
        if path.stem == "kodim23":
            width = DETAIL[2] - DETAIL[0]
            sheet = Image.new("RGB", (3 * width, DETAIL[3] - DETAIL[1]))
            for place, image in enumerate((original, theirs, ours)):
                sheet.paste(image.crop(DETAIL), (place * width, 0))
            sheet.save(RESULTS / "enlarge.png")
    means = {key: mean(float(str(r[key])) for r in rows) for key in list(rows[0])[1:]}
    save("enlarge", "python -m benchmarks.product.enlarge", [*rows, {"image": "mean", **means}])


if __name__ == "__main__":
    main()
