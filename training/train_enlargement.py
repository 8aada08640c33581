"""Train the filter with which grids are enlarged, and put it into a pretrained model.

    python training/train_enlargement.py IMAGES... --model grid.npz -o enlarged.npz [--minutes 30]

Photographs are made half as large, encoded and decoded; the filter learns what a Lanczos
enlargement of that lacks of the photograph. It gives the upper left of the four pixels that each
becomes; the other three are those of the image mirrored.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from photographs import Photographs
from PIL import Image
from torch import Tensor, nn

from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.enlargement import MIRRORS, doubled, mirrored
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.synthesis import told_of
from inrcodec.signal import Color, ImageInfo

Floats = npt.NDArray[np.float32]

# Of a photograph, and of a patch of it when it is half as large; patches of a step.
SIDE, PATCH, BATCH = 448, 56, 16
# Of the steps of encodes, in levels of 255.
STEPS = (2.0, 90.0)
CROPS, WIDTH = 700, 24
RATE, UNIT = 2e-3, 1024


class Pair:
    """A decoded image in units of the step, and what its enlargement by Lanczos lacks.

    Attributes
    ----------
    decoded
        (3, height, width).
    lacking
        Of each mirrored version (4, 3, height, width), at the upper left of its pixels.
    told
        Of the step, for the bias of the first layer (4,).
    weight
        One over the mean square of what is lacking.
    """

    def __init__(self, photograph: npt.NDArray[np.uint8], step: int, box: bool) -> None:
        height, width = (2 * (n // 2) for n in photograph.shape[:2])
        original = Image.fromarray(photograph[:height, :width])
        size = width // 2, height // 2
        reduced = original.reduce(2) if box else original.resize(size, Image.Resampling.LANCZOS)
        samples = np.asarray(reduced)
        info = ImageInfo(samples.shape[0], samples.shape[1], Color.RGB, 8)
        coded = ImageCoder(samples, info, GridSpec()).coded(step)
        matrix = color_matrix(coded.spec.angles).astype(np.float32) / coded.spec.step_size

        def channels(image: npt.NDArray[np.uint8]) -> Floats:
            planes = np.asarray(image, np.float32).transpose(2, 0, 1) / 255
            turned: Floats = np.tensordot(matrix, planes, 1).astype(np.float32)
            return turned

        decoded = channels(coded.samples)
        lacking = channels(np.asarray(original)) - doubled(decoded)
        corners = [mirrored(lacking, m)[:, ::2, ::2] for m in MIRRORS]
        self.decoded = torch.from_numpy(decoded)
        self.lacking = torch.from_numpy(np.stack(corners).copy())
        self.told = torch.from_numpy(told_of(step))
        self.weight = 1 / float(self.lacking.square().mean().clamp_min(1e-3))

    def patch(self, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return a random patch of a random mirrored version, and what it lacks."""
        k = int(generator.integers(len(MIRRORS)))
        seen = torch.flip(self.decoded, MIRRORS[k]) if MIRRORS[k] else self.decoded
        rows, columns = seen.shape[1:]
        y, x = (int(generator.integers(max(1, n - PATCH + 1))) for n in (rows, columns))
        part = (slice(None), slice(y, y + PATCH), slice(x, x + PATCH))
        seen, lacking = seen[part], self.lacking[k][part]
        if generator.random() < 0.5:
            seen, lacking = seen.transpose(1, 2), lacking.transpose(1, 2)
        return seen, lacking


class Enlargement(nn.Module):
    """The filter: see `inrcodec.native.filters`."""

    def __init__(self, tensors: Sequence[Tensor] | None = None) -> None:
        super().__init__()
        if tensors is None:
            shapes = ((WIDTH, 3, 3, 3), (WIDTH, 5), (WIDTH, WIDTH, 3, 3), (WIDTH,))
            scales = (math.sqrt(2 / 27), 0.1, math.sqrt(2 / (9 * WIDTH)), 0.0)
            tensors = [torch.randn(s) * scale for s, scale in zip(shapes, scales, strict=True)]
            tensors += [torch.randn(3, WIDTH, 3, 3) * 0.01, torch.zeros(3)]
        self.tensors = nn.ParameterList([nn.Parameter(tensor) for tensor in tensors])

    def forward(self, seen: Tensor, told: Tensor) -> Tensor:
        """Return what (images, 3, height, width) lack, given what is told of steps (images, 5)."""
        first, from_step, second, bias, third, last_bias = self.tensors
        x = nn.functional.conv2d(nn.functional.pad(seen, (1, 1, 1, 1), "replicate"), first)
        x = torch.relu(x + (told @ from_step.T)[:, :, None, None])
        x = nn.functional.pad(x, (1, 1, 1, 1), "replicate")
        x = torch.relu(nn.functional.conv2d(x, second, bias))
        x = nn.functional.pad(x, (1, 1, 1, 1), "replicate")
        return nn.functional.conv2d(x, third, last_bias)

    def arrays(self) -> dict[str, npt.NDArray[np.int16]]:
        """Return the arrays of a model's file."""
        return {
            f"enlargement_{k}": torch.round(tensor.detach() * UNIT).short().numpy()
            for k, tensor in enumerate(self.tensors)
        }


def pairs(folders: Sequence[Path], generator: np.random.Generator) -> list[Pair]:
    """Encode crops of photographs."""
    photographs, found = Photographs(folders, SIDE, generator), list[Pair]()
    while len(found) < CROPS:
        crop = photographs.crop()
        if crop.shape[2] == 3 and min(crop.shape[:2]) >= 2 * PATCH:
            octaves = generator.uniform(math.log2(STEPS[0]), math.log2(STEPS[1])) + 6
            found.append(Pair(crop, round(64 * octaves), bool(generator.random() < 0.4)))
    return found


def fit(
    filter_: Enlargement,
    known: Sequence[Pair],
    minutes: float,
    save: Callable[[], None],
    seed: int = 1,
) -> None:
    """Fit a filter for some minutes of CPU time; save it every now and then."""
    generator, began, steps = np.random.default_rng(seed), time.process_time(), 0
    adam = torch.optim.Adam(filter_.parameters(), RATE, betas=(0.9, 0.99))
    losses = []
    while (share := (time.process_time() - began) / (60 * minutes)) < 1:
        for group in adam.param_groups:
            group["lr"] = RATE * (1 + math.cos(math.pi * share)) / 2
        chosen = [known[int(n)] for n in generator.integers(len(known), size=BATCH)]
        patches = [pair.patch(generator) for pair in chosen]
        seen, lacking = (torch.stack(part) for part in zip(*patches, strict=True))
        weights = torch.tensor([pair.weight for pair in chosen])[:, None, None, None]
        errors = filter_(seen, torch.stack([pair.told for pair in chosen])) - lacking
        loss = (errors.square() * weights).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        steps += 1
        losses.append(float(loss.detach()))
        if steps % 500 == 0:
            done = (time.process_time() - began) / 60
            print(f"{steps} steps, {done:.1f} min: {np.mean(losses[-500:]):.4f}", flush=True)
            save()
    save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, required=True, help="that it is put into")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30, help="of CPU time")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    with np.load(arguments.model) as arrays:
        model = dict(arrays)
    filter_ = Enlargement()

    def save() -> None:
        partial = arguments.output.with_suffix(".partial.npz")
        np.savez_compressed(partial, **{**model, **filter_.arrays()})
        partial.replace(arguments.output)

    known = pairs(arguments.images, np.random.default_rng(0))
    fit(filter_, known, arguments.minutes, save)
    print(sha256(arguments.output.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
