"""Local-Global, Tables 1, 4 and 9 in their essence: SIREN, SIREN for each partition, Local-Global
of fixed and of automatic partition, and both merge operators, of about equal size.

    python benchmarks/local_global.py --small | --full

`--small` is `camera` at 128×128 with networks of a sixteenth of the weights and 300 steps;
`--full` is `camera` at 512×512 and 1000 steps, and three Kodak pictures at half size, 2000 steps.
Adam 5e-4 as in the paper; the learning rate is constant.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from common import kodak
from papers import full_size, measure, save_sized
from PIL import Image
from skimage import data

from inrcodec.devices import resolve_device
from inrcodec.fitting import FitSettings
from inrcodec.networks import Domain, EnrpSpec, LocalGlobalSpec, NetworkSpec, SirenSpec
from inrcodec.networks.local_global import ADD

Samples = npt.NDArray[np.uint8]


def networks(domain: Domain, width: int, tile: int, h: int, g: int) -> dict[str, NetworkSpec]:
    """Networks of about the size of a SIREN of `width`."""
    siren = SirenSpec(width, 3, 30.0, 30.0)
    size = sum(siren.parameters(domain).values())
    return {
        "SIREN": siren,
        "SIREN per partition": EnrpSpec(h + 1, 3, 30.0, 30.0, tile=tile),
        "Local-Global, fixed": LocalGlobalSpec(h, 3, 30.0, 30.0, tile=(tile,), global_width=g),
        "Local-Global, automatic": LocalGlobalSpec.automatic(domain, size, 0.1, tile),
        "Local-Global, merge by addition": LocalGlobalSpec(
            h, 3, 30.0, 30.0, tile=(tile,), global_width=g, merge=ADD
        ),
    }


def camera(side: int) -> Samples:
    photo = Image.fromarray(data.camera()).resize((side, side), Image.Resampling.BOX)
    return np.asarray(photo)[..., None]


def main() -> None:
    full = full_size(__doc__)
    device = resolve_device("auto")
    pictures: list[tuple[str, Samples, int, tuple[int, int, int, int]]] = []
    if full:
        pictures.append(("camera 512", camera(512), 1000, (256, 32, 14, 84)))
        for path in kodak(3):
            half = np.asarray(Image.open(path).convert("RGB").reduce(2))
            pictures.append((f"{path.stem} half", half, 2000, (256, 24, 14, 68)))
    else:
        pictures.append(("camera 128", camera(128), 300, (64, 32, 14, 22)))
    rows = []
    for name, samples, steps, (width, tile, h, g) in pictures:
        domain = Domain(samples.shape[:2], samples.shape[2])
        for network, spec in networks(domain, width, tile, h, g).items():
            settings = FitSettings(steps, 5e-4, constant=True, device=device)
            rows.append(measure(f"{name}: {network}", samples, spec, settings))
    save_sized("local-global", "local_global.py", full, rows)


if __name__ == "__main__":
    main()
