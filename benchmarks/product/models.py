"""Every model on one photograph at half size, kodim23 at 384×256, at one effort: bytes and PSNR on
disk, seconds. And ENRP with every activation.

    python -m benchmarks.product.models [--effort E]
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from inrcodec.codecs.inr.networks.activations import ACTIVATIONS
from inrcodec.codecs.registry import model_names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=2)
    effort = parser.parse_args().effort
    with Image.open(kodak()[22]) as image:
        photo = np.asarray(image.convert("RGB").reduce(2))
    wanted = [(name, None) for name in model_names()]
    wanted += [("enrp", a.name) for a in ACTIVATIONS.values() if a.name != "sine"]
    rows: list[Row] = []
    for model, activation in wanted:
        # At its default quality, the latent grid would be far above the others.
        options = {"quality": 30.0} if model == "grid" else {"activation": activation}
        encoded = inrcodec.encode(photo, model=model, effort=effort, device="cpu", **options)
        rows.append(
            {
                "model": model,
                "activation": activation or "own",
                "steps": encoded.steps,
                "parameters": encoded.parameters,
                "bytes": len(encoded.data),
                "bits_per_pixel": encoded.bits_per_pixel,
                "psnr_db": encoded.psnr_db,
                "seconds": encoded.seconds,
            }
        )
        print(*rows[-1].values())
    save("models", f"python -m benchmarks.product.models --effort {effort}", rows)


if __name__ == "__main__":
    main()
