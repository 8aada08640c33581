"""Train the pretrained model of the latent grid on photographs.

    python training/train_model.py IMAGES... -o model.npz --start old.npz [--minutes 120]

Networks and latents are fitted together: random crops are encoded, each at a step of its own, as
an encoder does it, and from every iteration of theirs the networks learn, too. In the last part
weights are as they will be stored. A fit that was ended goes on from `model.state.npz`, which is
written every few minutes; the crops at hand begin anew. Measure with
`python -m benchmarks.product.rate_distortion` afterwards. A model that a release has shipped is
never replaced: a better one gets the next number.
"""

from __future__ import annotations

import argparse
import math
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
from crop_encoding import CropEncoding, Learned
from model_files import write_arrays
from model_fit import ModelFit
from photographs import Photographs

from inrcodec.codecs.grid.options import TUNES
from inrcodec.codecs.grid.pretrained import read_model_file
from inrcodec.threads import in_parallel, limit_threads

SIDE = 320
# Of a crop: as many as an encode at a low effort has. Networks learn from all of them: those that
# do not serve its first latents lead it astray.
ITERATIONS = 14
# Crops that are encoded at a time, and those that a step of the networks learns from.
AT_HAND, BATCH = 60, 5
# Of the steps of crops, in levels of 255.
STEPS = (3.0, 130.0)
# The share of crops that are encoded for the eye.
VISUAL = 0.25
# At the start, the networks' steps grow; in the last part of the time weights are whole.
WARM, WHOLE = 100, 0.6
SAVE_EVERY, TELL_EVERY = 180.0, 100


class Training:
    """A fit of a model to photographs.

    Parameters
    ----------
    folders
        Of images.
    output
        The model's file, beside which there is the state of the fit.
    """

    def __init__(self, fit: ModelFit, folders: list[Path], output: Path, minutes: float) -> None:
        self._fit, self._output, self._seconds = fit, output, 60 * minutes
        self._state = output.with_suffix(".state.npz")
        output.parent.mkdir(parents=True, exist_ok=True)
        self._before = 0.0
        if self._state.exists():
            with np.load(self._state) as state:
                fit.restore(state)
                self._before = float(state["seconds"])
        self._began = time.process_time()
        self._generator = np.random.default_rng([0, fit.steps])
        self._photographs = Photographs(folders, SIDE, self._generator)
        self._crops = [self._new_crop() for _ in range(AT_HAND)]
        in_parallel(self._begin, range(AT_HAND))

    @property
    def _spent(self) -> float:
        return self._before + time.process_time() - self._began

    def _new_crop(self) -> CropEncoding:
        octaves = self._generator.uniform(math.log2(STEPS[0]), math.log2(STEPS[1]))
        step = round(64 * (octaves + 6))
        tune = "visual" if self._generator.random() < VISUAL else "psnr"
        return CropEncoding(self._photographs.crop(), step, ITERATIONS, TUNES[tune])

    def _begin(self, place: int) -> None:
        """Bring a crop to one of its iterations: those at hand are at all of them."""
        networks = self._fit.networks(whole=False)
        for _ in range(place * ITERATIONS // AT_HAND):
            self._crops[place].advance(networks, learns=False)

    def run(self) -> None:
        """Fit until the time is spent."""
        saved, costs = self._spent, list[float]()
        while (share := self._spent / self._seconds) < 1:
            costs.append(self._step(share))
            if self._fit.steps % TELL_EVERY == 0:
                mean = float(np.mean(costs[-TELL_EVERY:]))
                print(
                    f"{self._fit.steps} steps, {self._spent / 60:.1f} min: {mean:.4f}", flush=True
                )
            if self._spent - saved > SAVE_EVERY:
                saved = self._spent
                self._save()
        self._save()

    def _step(self, share: float) -> float:
        """Do an iteration of some crops; return the mean logarithm of their costs by sample."""
        networks = self._fit.networks(whole=share > WHOLE)
        first = self._fit.steps * BATCH
        places = [(first + k) % AT_HAND for k in range(BATCH)]

        def advance(place: int) -> tuple[Learned, int]:
            crop = self._crops[place]
            return crop.advance(networks), crop.samples

        found = in_parallel(advance, places)
        warm = min(1.0, (self._fit.steps + 1) / WARM)
        self._fit.learn(found, warm * (1 + math.cos(math.pi * share)) / 2)
        for place in places:
            if self._crops[place].is_done:
                self._crops[place] = self._new_crop()
        return float(np.mean([math.log2(learned.cost / samples) for learned, samples in found]))

    def _save(self) -> None:
        write_arrays(self._state, {**self._fit.state(), "seconds": np.array(self._spent)})
        write_arrays(self._output, self._fit.arrays())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="the model to start from")
    parser.add_argument("--minutes", type=float, default=120, help="of CPU time")
    parser.add_argument("--rate", type=float, default=2e-3, help="see `ModelFit`")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    limit_threads(arguments.threads)
    fit = ModelFit(read_model_file(arguments.start.read_bytes()), arguments.rate)
    Training(fit, arguments.images, arguments.output, arguments.minutes).run()
    print(f"{fit.steps} steps, {sha256(arguments.output.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
