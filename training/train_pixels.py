"""Train the pretrained model of samples on photographs.

    python training/train_pixels.py PHOTOGRAPHS... -o pixels.npz [--steps 40000]

Three networks, of a first color, a second and a third, learn to tell a sample's distribution from
what is known before it. Whitening matrices follow from the inputs; tables are of mathematics. A fit
that was ended goes on from `pixels.0.pt` and so on. A model that a release has
shipped is never replaced: a better one gets the next number.
"""

from __future__ import annotations

import argparse
import math
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from model_files import write_arrays
from PIL import Image
from scan_fit import INPUTS, SampleNetwork, bits_of
from scan_records import NETS, Records, record

# Pixels of a photograph, samples of a step, and samples that are only measured.
PIXELS, BATCH, HELD_OUT = 24000, 8192, 60000
FIRST_RATE, LAST_RATE = 2e-3, 1e-5
SAVED = 1000


def read_records(folders: list[Path]) -> list[Records]:
    """Record pixels of all photographs, in an order by chance."""
    generator = np.random.default_rng(1)
    parts: list[list[Records]] = [[] for _ in range(NETS)]
    for path in sorted(file for folder in folders for file in folder.iterdir()):
        image = np.asarray(Image.open(path).convert("RGB"))
        rows, columns = (generator.integers(0, side, PIXELS) for side in image.shape[:2])
        for part, one in zip(parts, record(image, rows, columns), strict=True):
            part.append(one)
    found = []
    for part in parts:
        joined = Records.joined(part)
        order = generator.permutation(len(joined.base))
        found.append(Records(*(array[order] for array in vars(joined).values())))
    return found


class Training:
    """The fit of one network, of so many steps."""

    def __init__(self, records: Records, steps: int, state: Path) -> None:
        self._tensors = [torch.from_numpy(array) for array in vars(records).values()]
        self._steps, self._state = steps, state
        self.network, self._done = SampleNetwork(), 0
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=FIRST_RATE)
        if state.exists():
            kept: dict[str, Any] = torch.load(state)
            self.network.load_state_dict(kept["network"])
            self._optimizer.load_state_dict(kept["optimizer"])
            self._done = kept["done"]

    def _bits(self, chosen: slice | torch.Tensor) -> torch.Tensor:
        inputs, *others = (tensor[chosen].float() for tensor in self._tensors)
        return bits_of(self.network(inputs / 1024), *others).mean()

    def run(self) -> None:
        """Fit to the last step."""
        began = time.process_time()
        while self._done < self._steps:
            part = 0.5 + 0.5 * math.cos(math.pi * self._done / self._steps)
            self._optimizer.param_groups[0]["lr"] = LAST_RATE + (FIRST_RATE - LAST_RATE) * part
            chosen = torch.randint(HELD_OUT, len(self._tensors[0]), (BATCH,))
            self._optimizer.zero_grad()
            self._bits(chosen).backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
            self.network.clamp()
            self._done += 1
            if self._done % SAVED == 0:
                with torch.no_grad():
                    bits = float(self._bits(slice(HELD_OUT)))
                spent = time.process_time() - began
                print(f"{self._done} steps, {spent:.0f} s: {bits:.4f} bits", flush=True)
                self._save()

    def _save(self) -> None:
        kept = {"network": self.network.state_dict(), "done": self._done}
        torch.save({**kept, "optimizer": self._optimizer.state_dict()}, self._state)


def whitening(records: Records, count: int) -> npt.NDArray[np.int16]:
    """Return the matrix (32, 32), in 2^-10, that makes the first `count` inputs uncorrelated, with
    a root mean square of 2^-2."""
    inputs = records.inputs[:400000, :count].astype(np.float64)
    values, vectors = np.linalg.eigh(inputs.T @ inputs / len(inputs))
    matrix = (vectors / np.sqrt(values + 1e-5 * values[-1])) @ vectors.T
    out = np.zeros((INPUTS, INPUTS), np.int16)
    out[:count, :count] = np.round(matrix * 256 * 1024)
    return out


def tables() -> dict[str, npt.NDArray[np.int32]]:
    """Return sigmoid, logarithm and power, each rounded to the nearest."""
    sigmoid = [2**24 / (1 + math.exp(-(i - 1024) / 64)) for i in range(2050)]
    logarithm = [4096 * math.log2(1 + i / 1024) for i in range(1025)]
    power = [65536 * 2 ** (-i / 64) for i in range(64)]
    named = {"sigmoid": sigmoid, "logarithm": logarithm, "power": power}
    return {name: np.floor(np.add(values, 0.5)).astype(np.int32) for name, values in named.items()}


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-o", "--output", required=True, type=Path)
    parser.add_argument("--steps", type=int, default=40000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    records, networks, matrices = read_records(options.folders), [], []
    for net, own in enumerate(records):
        training = Training(own, options.steps, options.output.with_suffix(f".{net}.pt"))
        training.run()
        networks.append(training.network.integers())
        matrices.append(whitening(own, 15 + 6 * net))
    stacked = {name: np.stack([one[name] for one in networks]) for name in networks[0]}
    write_arrays(options.output, {**stacked, "whitening": np.stack(matrices), **tables()})
    print(sha256(options.output.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
