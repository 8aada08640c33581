"""ENRP, Fig. 6: ReLU, Fourier features and SIREN, one network against 32×32 tiles at about equal
FLOPs, on a 128×128 photograph, 500 updates.

    python benchmarks/enrp_fig6.py --small | --full

`--small` is 8×8 tiles and networks of half the width.
"""

from __future__ import annotations

import numpy as np
from papers import full_size, measure, save_sized
from PIL import Image
from skimage import data

from inrcodec.devices import resolve_device
from inrcodec.fitting import FitSettings
from inrcodec.networks import EnrpSpec, SirenSpec
from inrcodec.networks.activations import activation_by_name


def main() -> None:
    full = full_size(__doc__)
    photo = Image.fromarray(data.astronaut()).resize((128, 128), Image.Resampling.LANCZOS)
    tile, width = (4, 128) if full else (16, 64)
    settings = FitSettings(
        500, 1e-4, constant=True, betas=(0.9, 0.999), device=resolve_device("auto")
    )
    rows = []
    for name in ("relu", "fourier", "sine"):
        function = activation_by_name(name)
        factors = (function.omega_0, function.omega, function.number, function.scale)
        # The 130 features of the mapping take the place of a hidden layer.
        depth = 0 if function.mapping else 1
        single = SirenSpec(width, depth, *factors)
        tiled = EnrpSpec(width, depth, *factors, tile=tile)
        rows.append(measure(f"{name}, single", np.asarray(photo), single, settings))
        rows.append(measure(f"{name}, tiles", np.asarray(photo), tiled, settings))
    save_sized("enrp-fig6", "enrp_fig6.py", full, rows)


if __name__ == "__main__":
    main()
