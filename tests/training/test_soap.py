"""Soap: goes down valleys that lie aslant, and goes on from its state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from soap import Soap

Floats = npt.NDArray[np.float32]


class Valley:
    """A parabola over (8, 8) that is a thousand times as steep in some directions as in others."""

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        turns = (np.linalg.qr(generator.normal(size=(8, 8)))[0] for _ in range(2))
        scales = np.diag(np.geomspace(1, 30, 8))
        self._left, self._right = ((turn @ scales @ turn.T).astype(np.float32) for turn in turns)
        self.start = generator.normal(size=(8, 8)).astype(np.float32)

    def height(self, place: Floats) -> float:
        return float(np.sum((self._left @ place @ self._right) ** 2))

    def gradient(self, place: Floats) -> Floats:
        seen = self._left @ place @ self._right
        return np.asarray(2 * self._left.T @ seen @ self._right.T, np.float32)


def descend(valley: Valley, optimizers: list[Soap], steps: int) -> float:
    """Go down with an optimizer for the whole, or one for each entry; return where it ends."""
    place = valley.start.copy()
    for step in range(steps):
        gradient = valley.gradient(place)
        parts = gradient.reshape(len(optimizers), -1)
        moved = [o.direction(part) for o, part in zip(optimizers, parts, strict=True)]
        place += np.float32(0.05 * (1 - step / steps)) * np.reshape(moved, place.shape)
    return valley.height(place)


def test_goes_further_down_than_adam() -> None:
    valley = Valley()
    adam = descend(valley, [Soap((1,)) for _ in range(64)], 100)
    assert descend(valley, [Soap((8, 8))], 100) < adam / 2


def test_has_steps_of_about_one() -> None:
    gradients = np.random.default_rng(1).normal(size=(50, 4, 3, 3)).astype(np.float32) + 1
    soap = Soap((4, 3, 3))
    for gradient in 1e4 * gradients:
        step = soap.direction(gradient)
    assert step.shape == (4, 3, 3)
    assert 0.2 < np.sqrt(np.mean(step**2)) < 1.5
    assert np.vdot(step, gradients.mean(0)) < 0


def test_goes_on_from_its_state() -> None:
    generator = np.random.default_rng(2)
    gradients = generator.normal(size=(40, 6, 5)).astype(np.float32)
    one, other = Soap((6, 5)), Soap((6, 5))
    for gradient in gradients[:23]:
        one.direction(gradient)
    other.restore(one.state())
    for gradient in gradients[23:]:
        assert (one.direction(gradient) == other.direction(gradient)).all()
