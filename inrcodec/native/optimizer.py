"""Optimization: the compiled rate; steps of Adam and a search for weight deltas, compiled or by
numpy."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.blocks import Bands, Contexts, block_room
from inrcodec.native.door import address, call, library

__all__ = ["adam_step", "improve_deltas", "rate_gradients"]

Floats = npt.NDArray[np.float32]

# Of Adam; see `adam_simd.c`.
_EPSILON = 1e-8


class _Rate(ctypes.Structure):
    _fields_ = (
        ("exact", ctypes.c_void_p),
        ("gradients", ctypes.c_void_p),
        ("weight", ctypes.c_float),
        ("bits", ctypes.c_void_p),
        ("by_weights", ctypes.c_void_p),
    )


class _Adam(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("latents", "means", "squares", "error", "rate")),
        ("count", ctypes.c_int64),
        *((name, ctypes.c_float) for name in ("mean_rate", "square_rate", "step", "square_scale")),
    )


def rate_gradients(
    contexts: Contexts,
    whole: Sequence[npt.NDArray[Any]],
    exact: Sequence[Floats],
    gradients: Sequence[Floats],
    weight: float,
    by_weights: Floats | None = None,
) -> float:
    """Set the gradients of what bits of a block are worth by its real latents.

    Parameters
    ----------
    whole
        The nearest whole ones, int32.
    gradients
        0 before.
    weight
        What a bit is worth.
    by_weights
        Gradients of bits by the weights of context networks, as `contexts` has them, are added to
        it.

    Returns
    -------
    Bits of the details.
    """
    block, model = Bands(whole), contexts.model()
    wanted, found = Bands(exact), Bands(gradients)
    planes = np.zeros(2 * block_room(block)[0], np.float32)
    bits, kept = ctypes.c_double(), None if by_weights is None else address(by_weights, np.float32)
    rate = _Rate(
        ctypes.addressof(wanted.block),
        ctypes.addressof(found.block),
        weight,
        ctypes.addressof(bits),
        None if kept is None else kept.value,
    )
    call(
        "inr_rate_gradients",
        *map(ctypes.byref, (rate, block.block, model)),
        address(planes, np.float32),
        ctypes.c_int64(planes.size),
    )
    return bits.value


def adam_step(
    latents: Floats,
    means: Floats,
    squares: Floats,
    gradients: tuple[Floats, Floats],
    betas: tuple[float, float],
    rate: float,
    number: int,
) -> None:
    """Do step `number`, from 1 on, of real latents; its moments are updated.

    Parameters
    ----------
    gradients
        Of the error at the nearest whole latents, between which it is a parabola, and of the rate.
    """
    of_mean, of_square = (1 - beta**number for beta in betas)
    if library() is None:
        gradient = gradients[0] + 2 * (latents - np.rint(latents)) + gradients[1]
        means += np.float32(1 - betas[0]) * (gradient - means)
        squares += np.float32(1 - betas[1]) * (gradient * gradient - squares)
        spread = np.sqrt(squares * np.float32(1 / of_square)) + np.float32(_EPSILON)
        latents -= np.float32(rate / of_mean) * means / spread
        return
    arrays = (latents, means, squares, *gradients)
    adam = _Adam(
        *(address(array, np.float32).value for array in arrays),
        latents.size,
        1 - betas[0],
        1 - betas[1],
        rate / of_mean,
        1 / of_square,
    )
    call("inr_adam_step", ctypes.byref(adam))


def improve_deltas(
    gram: npt.NDArray[np.float64],
    rest: npt.NDArray[np.float64],
    row: npt.NDArray[np.int32],
    costs: npt.NDArray[np.float64],
) -> None:
    """Change one number of a row of weight deltas after another to what costs least.

    Parameters
    ----------
    gram
        Half the second derivatives (numbers, numbers).
    rest
        Half the negative first derivatives, which are updated.
    costs
        What numbers of magnitudes from 0 on cost.
    """
    if library() is None:
        for place in np.flatnonzero(np.diag(gram) > 0).tolist():
            old, curvature = int(row[place]), float(gram[place, place])
            new = _best(old + float(rest[place]) / curvature, curvature, costs)
            if new != old:
                rest -= gram[:, place] * (new - old)
                row[place] = new
        return
    call(
        "inr_improve_deltas",
        address(gram, np.float64),
        address(rest, np.float64),
        address(row, np.int32),
        ctypes.c_int32(len(row)),
        address(costs, np.float64),
        ctypes.c_int32(len(costs) - 1),
    )


def _best(exact: float, curvature: float, costs: npt.NDArray[np.float64]) -> int:
    """Return the whole number of least cost: of those around an exact one, the next towards 0,
    and 0."""
    size = min(abs(exact), len(costs) - 1.5)
    below = int(size)
    options = (0, max(below - 1, 0), below, below + 1)
    best = min(options, key=lambda n: curvature * ((n - size) * (n - size)) + float(costs[n]))
    return best if exact > 0 else -best
