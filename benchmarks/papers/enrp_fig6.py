"""ENRP, Fig. 6: ReLU, Fourier features and SIREN, one network against 32×32 tiles at equal FLOPs,
on a 128×128 photograph, 500 updates by the authors' recipe (`enrp_recipe.py`).

    python -m benchmarks.papers.enrp_fig6 --small | --full

`--small` is 8×8 tiles and networks of half the width. The paper gives a plot but no numbers.
"""

from __future__ import annotations

from benchmarks.papers.enrp_recipe import fit_by_recipe
from benchmarks.papers.enrp_table1 import chelsea
from benchmarks.papers.tables import full_size, measure, save_sized
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import EnrpSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.devices import resolve_device


def main() -> None:
    full = full_size(__doc__)
    image = chelsea(128)
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
        networks = {
            "single": SirenSpec(width, depth, *factors),
            "tiles": EnrpSpec(width, depth, *factors, tile=tile),
        }
        for kind, spec in networks.items():
            full_name = f"{name}, {kind}"
            rows.append(measure(full_name, image, spec, settings, "peak 1", fit_by_recipe))
    save_sized("enrp-fig6", "enrp_fig6", full, rows, ["image: chelsea"])


if __name__ == "__main__":
    main()
