"""The bytes of a trained ENRP of binary16: bits per weight, tables included, and all else.

python -m benchmarks.product.weights [--count N]
"""

from __future__ import annotations

import argparse

import inrcodec
from benchmarks.common import kodak, save
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container
from inrcodec.entropy import ExponentTable
from inrcodec.schema import Reader

# The two ends of what the effort table uses, and the configuration of `step.py`.
CONFIGURATIONS = [
    {"tile": 32, "width": 8, "depth": 1, "steps": 400},
    {"tile": 64, "width": 8, "depth": 3, "steps": 400},
]


def anatomy(data: bytes) -> dict[str, object]:
    """Bits per weight, and bytes that are neither weights nor tables."""
    container = Container(data)
    header = read_header(container)
    domain = header.domain()
    reader = Reader(container.read(b"TIDX", 1))
    for _ in header.spec.tensors(domain):
        ExponentTable.read(reader)
    weights = container.entry(b"TILE", 1).length
    tiles = header.spec.tiling(domain).count
    other = len(data) - weights - reader.position
    return {
        "bytes": len(data),
        "weights": header.parameters,
        "bits_per_weight": 8 * (weights + reader.position) / header.parameters,
        "table_bytes": reader.position,
        "other_bytes": other,
        "tiles": tiles,
        "allowed_other_bytes": 160 + 6 * tiles,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3)
    count = parser.parse_args().count
    rows = []
    for path in kodak(count):
        for options in CONFIGURATIONS:
            encoded = inrcodec.encode(path, model="enrp", precision="fp16", **options)
            rows.append({"image": path.stem, **options, **anatomy(encoded.data)})
    save("weights", f"python -m benchmarks.product.weights --count {count}", rows)


if __name__ == "__main__":
    main()
