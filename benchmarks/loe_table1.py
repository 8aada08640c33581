"""Levels-of-Experts, Table I: sine against leaky ReLU, Fine-to-Coarse and Quad-Tree, on
scikit-image's `camera`.

    python benchmarks/loe_table1.py --small | --full

`--small` is 256×256 pixels, 8 levels and 200 steps; `--full` the paper's 512×512, 9 levels and
1000 steps. The paper states neither optimiser nor initialisation; these are Adam with betas
(0.9, 0.995), SIREN's bounds at ω 10 for sine and torch's default for leaky ReLU.
"""

from __future__ import annotations

import numpy as np
from papers import full_size, measure, save_sized
from PIL import Image
from skimage import data

from inrcodec.devices import resolve_device
from inrcodec.fitting import FitSettings
from inrcodec.networks import LoeSpec
from inrcodec.networks.activations import SINE, activation_by_name
from inrcodec.networks.loe import PATTERNS

LEAKY = activation_by_name("leaky-relu").number
# (pattern, activation, omega, learning rate) to the paper's dB.
ROWS = {
    "fine-to-coarse, leaky ReLU": ("fine-to-coarse", LEAKY, 1.0, 5e-3, 34.26),
    "quad-tree, leaky ReLU": ("quad-tree", LEAKY, 1.0, 5e-3, 33.46),
    "fine-to-coarse, sine": ("fine-to-coarse", SINE.number, 10.0, 2e-3, 39.05),
    "quad-tree, sine": ("quad-tree", SINE.number, 10.0, 2e-3, 35.33),
}


def main() -> None:
    full = full_size(__doc__)
    side, levels, steps = (512, 9, 1000) if full else (256, 8, 200)
    photo = Image.fromarray(data.camera()).resize((side, side), Image.Resampling.BOX)
    rows = []
    for name, (pattern, activation, omega, rate, paper) in ROWS.items():
        alphas = PATTERNS[pattern](levels)
        spec = LoeSpec(64, levels - 1, omega, omega, activation, alphas=alphas)
        settings = FitSettings(steps, rate, betas=(0.9, 0.995), device=resolve_device("auto"))
        row = measure(name, np.asarray(photo)[..., None], spec, settings)
        rows.append({**row, "paper": paper})
    save_sized("loe-table1", "loe_table1.py", full, rows)


if __name__ == "__main__":
    main()
