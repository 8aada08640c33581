"""The quality of enlargements: Kodak images made two or four times smaller, encoded, rendered as
large as before, and held against the original; beside them Pillow's Lanczos enlargement of the 1×
decode.

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

FACTORS = (2, 4)
QUALITY = 75
DETAIL = (120, 200, 440, 440)


def enlarged(original: Image.Image, factor: int) -> tuple[int, Image.Image, Image.Image]:
    """Bytes of an image made smaller, and it rendered as large as before: by Lanczos, and as
    it is."""
    encoded = inrcodec.encode(original.reduce(factor), quality=QUALITY, effort=1, device="cpu")
    image = inrcodec.open(encoded.data)
    plain = Image.fromarray(image.render()).resize(original.size, Image.Resampling.LANCZOS)
    return len(encoded.data), plain, Image.fromarray(image.render(scale=factor))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int)
    rows: list[Row] = []
    for path in kodak(parser.parse_args().count):
        with Image.open(path) as opened:
            original = opened.convert("RGB")
        row: dict[str, object] = {"image": path.stem}
        for factor in FACTORS:
            size, theirs, ours = enlarged(original, factor)
            truth, a, b = (np.asarray(image) for image in (original, ours, theirs))
            more = {"bytes": size, "rendered_db": psnr(truth, a), "lanczos_db": psnr(truth, b)}
            row |= {f"{key}_{factor}x": value for key, value in more.items()}
            if path.stem == "kodim23" and factor == FACTORS[-1]:
                width = DETAIL[2] - DETAIL[0]
                sheet = Image.new("RGB", (3 * width, DETAIL[3] - DETAIL[1]))
                for place, image in enumerate((original, theirs, ours)):
                    sheet.paste(image.crop(DETAIL), (place * width, 0))
                sheet.save(RESULTS / "enlarge.png")
        rows.append(row)
    means = {key: mean(float(str(r[key])) for r in rows) for key in list(rows[0])[1:]}
    save("enlarge", "python -m benchmarks.product.enlarge", [*rows, {"image": "mean", **means}])


if __name__ == "__main__":
    main()
