"""Train the pretrained model of the latent grid on photographs.

    python training/train_model.py IMAGES -o model.npz [--minutes 26 18 33 14 20]

Phases, each of so many minutes on one core: context networks on latents that are rounded with a
dead zone; the same networks, with weights as they will be stored, on latents that the encoder chose
with them; the synthesis filters on what these latents synthesize to; and both again with latents
that the encoder refined with them. Measure with `python -m benchmarks.product.rate_distortion`
afterwards. A model that a release has shipped is never replaced: a better one gets the next number.
"""

from __future__ import annotations

import argparse
import math
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from context_fit import ContextFit, Latents
from filter_fit import Example, FilterFit
from photographs import Photographs

from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.preparation import fit_angles
from inrcodec.codecs.grid.encoder.refinement import Budget, Refinement
from inrcodec.codecs.grid.pretrained import MODELS, ModelFile, load_pretrained
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.synthesis import as_floats
from inrcodec.codecs.grid.wavelet import analyze, synthesize
from inrcodec.media.images import from_array

LEVELS = 7
CROP = 256
# Of the latents that are refined.
ITERATIONS = 14


def random_step(generator: np.random.Generator) -> int:
    """A step of 4 to 120 levels of 255."""
    return round(64 * (generator.uniform(math.log2(4), math.log2(120)) + 6))


def rounded(photographs: Photographs, generator: np.random.Generator) -> Latents:
    """A crop's coefficients, rounded with a dead zone."""
    samples = photographs.crop(CROP)
    planes = samples.transpose(2, 0, 1).astype(np.float32) / 255
    angles = fit_angles(planes)
    matrix = color_matrix(angles).astype(np.float32)
    subbands = analyze(np.tensordot(matrix, planes, 1), LEVELS)
    spec = GridSpec(step=random_step(generator), angles=angles)
    zone = generator.uniform(0.1, 0.22)

    def whole(plane: np.ndarray) -> np.ndarray:
        scaled = plane / spec.step_size
        return (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5 - zone)).astype(np.int32)

    return Latents(spec.step, subbands.map(whole))


def encoded(
    photographs: Photographs, generator: np.random.Generator, count: int, iterations: int
) -> tuple[list[Latents], list[Example]]:
    """Encode images with the model as it stands."""
    latents, examples = [], []
    for samples in photographs.whole(count):
        image = ImageCoder(samples, from_array(samples).info, GridSpec())
        refinement = Refinement(image, Budget(iterations, math.inf, time.monotonic()))
        coded = refinement.at(random_step(generator))
        latents.append(Latents(coded.spec.step, coded.latents))
        matrix = torch.from_numpy(color_matrix(coded.spec.angles)).float()
        planes = torch.from_numpy(samples.astype(np.float32) / 255).permute(2, 0, 1)
        original = torch.tensordot(matrix, planes, dims=1) / coded.spec.step_size
        channels = torch.from_numpy(synthesize(as_floats(coded.latents)))
        examples.append(Example(coded.spec.step, channels, original))
    return latents, examples


def write(path: Path, contexts: ContextFit, filters: FilterFit) -> None:
    """Write the model to a file, and have the encoder use it."""
    sizes = np.arange(1024)
    np.savez_compressed(
        path,
        logarithm=np.rint(16 * np.log2(1 + sizes)).astype(np.uint8),
        logistic=np.minimum(np.rint(65536 / (1 + np.exp(-sizes / 64))), 65535).astype(np.uint16),
        **contexts.arrays(),
        **filters.arrays(),
    )
    digest = sha256(path.read_bytes()).hexdigest()
    MODELS[GridSpec().pretrained] = ModelFile(path, digest)
    load_pretrained.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, nargs=5, default=(26, 18, 33, 14, 20))
    parser.add_argument("--count", type=int, default=290, help="images for the later phases")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    photographs = Photographs(arguments.images, generator)
    contexts, filters = ContextFit(), FilterFit()
    minutes = iter(arguments.minutes)
    contexts.fit(lambda: rounded(photographs, generator), next(minutes), 2e-3)
    write(arguments.output, contexts, filters)
    known: list[Latents] = []
    seen: list[Example] = []
    for iterations, rate in ((0, 1e-3), (ITERATIONS, 3e-4)):
        latents, examples = encoded(photographs, generator, arguments.count, iterations)
        known, seen = known + latents, seen + examples
        contexts.fit(
            lambda known=known: known[generator.integers(len(known))],
            next(minutes),
            rate,
            whole=True,
        )
        filters.fit(seen, next(minutes))
        write(arguments.output, contexts, filters)


if __name__ == "__main__":
    main()
