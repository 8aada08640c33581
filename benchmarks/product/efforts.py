"""What each effort gives on one photograph: bytes, PSNR, seconds on this machine's CPU.

python -m benchmarks.product.efforts [--model M] [--most E]
"""

from __future__ import annotations

import argparse

import inrcodec
from benchmarks.common import kodak, save


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="enrp")
    parser.add_argument("--most", type=int, default=6)
    arguments = parser.parse_args()
    path = kodak()[22]
    rows = []
    for effort in range(1, arguments.most + 1):
        encoded = inrcodec.encode(path, model=arguments.model, effort=effort, device="cpu")
        rows.append(
            {
                "image": path.stem,
                "model": arguments.model,
                "effort": effort,
                "steps": encoded.steps,
                "bytes": len(encoded.data),
                "bits_per_pixel": encoded.bits_per_pixel,
                "psnr_db": encoded.psnr_db,
                "seconds": encoded.seconds,
            }
        )
    command = (
        f"python -m benchmarks.product.efforts --model {arguments.model} --most {arguments.most}"
    )
    save(f"efforts-{arguments.model}", command, rows)


if __name__ == "__main__":
    main()
