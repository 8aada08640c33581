"""The pretrained model: what encoder and decoder of a latent grid know beforehand, as integers.

A model has a number, which a file names; it never changes once a release has shipped it. It was
trained on photographs (`training/train_model.py`). The specification names its file
(`formats/pretrained`) and that file's SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.passes import PASSES, Kind
from inrcodec.errors import InrError, UnknownNumberError

__all__ = [
    "CONSTANTS",
    "CURRENT",
    "FILTER_TENSORS",
    "HIDDEN",
    "KINDS",
    "LOGITS",
    "MODELS",
    "ODD",
    "SCALES",
    "Filter",
    "Layers",
    "ModelFile",
    "NetworkKind",
    "PretrainedModel",
    "load_pretrained",
    "pack_tensors",
    "read_layers",
    "read_model_file",
    "unpack_gradients",
]

# The inputs that are the same for all latents of a pass: which of 7 levels, its step beside that of
# the next, orientation, step (3).
CONSTANTS = 12
HIDDEN = 32
ODD = 16
# Is it above 0, above 1, above 2, one more after that.
LOGITS = 4

KINDS = tuple(
    Kind(channel, diagonal, number)
    for channel in range(3)
    for diagonal in (False, True)
    for number in range(len(PASSES))
)

# What the sums of each layer are divided by.
SCALES = {
    "odd": 16,
    "sign": 64,
    "gate": 64,
    "first": 16,
    "constant": 1,
    "second": 64,
    "second_bias": 64,
    "third": 64,
    "third_bias": 64,
}

# Weights of a filter's convolutions, for `synthesis`.
Filter = tuple[npt.NDArray[np.float32], ...]
FILTER_TENSORS = 6


@dataclass(frozen=True)
class ModelFile:
    """The file of a model, and the SHA-256 that the specification gives."""

    path: Traversable
    sha256: str

    def read(self) -> bytes:
        """Return its bytes; `InrError` where it is not the one that the specification names."""
        data = self.path.read_bytes()
        if sha256(data).hexdigest() != self.sha256:
            raise InrError(f"{self.path.name} is damaged: its SHA-256 is another; install again")
        return data


_FOLDER = files("inrcodec.codecs.grid")
# What files are written with.
CURRENT = 4
MODELS = {
    CURRENT: ModelFile(
        _FOLDER / f"grid-{CURRENT}.npz",
        "c24fbedaba5a4c45caeac47b41b5a42244264f2799ba178f2242ade4d904623f",
    )
}


class NetworkKind(Protocol):
    """A kind of pass, whose network sees so many signed values and magnitudes."""

    @property
    def values(self) -> int: ...

    @property
    def magnitudes(self) -> int: ...


_K = TypeVar("_K", bound=NetworkKind)


@dataclass(frozen=True)
class Layers:
    """The integer weights of one kind's network; see `context_network`.

    Shapes: odd (ODD, values), sign (ODD,), gate (ODD, HIDDEN), first (HIDDEN, magnitudes + ODD),
    constant (HIDDEN, CONSTANTS), second (HIDDEN, HIDDEN), third (LOGITS, HIDDEN), all int8; biases
    of second and third, int32.
    """

    odd: npt.NDArray[np.int8]
    sign: npt.NDArray[np.int8]
    gate: npt.NDArray[np.int8]
    first: npt.NDArray[np.int8]
    constant: npt.NDArray[np.int8]
    second: npt.NDArray[np.int8]
    second_bias: npt.NDArray[np.int32]
    third: npt.NDArray[np.int8]
    third_bias: npt.NDArray[np.int32]

    @staticmethod
    def shapes(kind: NetworkKind) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, in the order in which they are stored."""
        return {
            "odd": (ODD, kind.values),
            "sign": (ODD,),
            "gate": (ODD, HIDDEN),
            "first": (HIDDEN, kind.magnitudes + ODD),
            "constant": (HIDDEN, CONSTANTS),
            "second": (HIDDEN, HIDDEN),
            "second_bias": (HIDDEN,),
            "third": (LOGITS, HIDDEN),
            "third_bias": (LOGITS,),
        }


@dataclass(frozen=True)
class PretrainedModel:
    """Everything that a model's number stands for.

    Attributes
    ----------
    logarithm
        uint8 (1024,): 16·log2(1 + a), rounded, of a magnitude a; larger ones are as the last.
    slopes
        uint8 (8192,): 16·log2(1 + a/8), rounded, of a slope a in eighths of a step.
    logistic
        uint16 (1024,): 65536 / (1 + exp(-x/64)), rounded, at most 65535; of -x it is 65536 less
        that of x.
    layers
        A context network for each kind.
    filters
        Of the synthesis, for each scale from the finest.
    enlargement
        The filter that enlarges images.
    """

    logarithm: npt.NDArray[np.uint8]
    slopes: npt.NDArray[np.uint8]
    logistic: npt.NDArray[np.uint16]
    layers: dict[Kind, Layers]
    filters: tuple[Filter, ...]
    enlargement: Filter

    @cached_property
    def packed(self) -> npt.NDArray[np.float32]:
        """The weights of all kinds as the compiled kernels take them: see `native/contexts.h`."""
        return np.concatenate([pack_tensors(vars(self.layers[kind])) for kind in KINDS])

    def delta_shapes(
        self, levels: int, channels: int
    ) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return the shapes of the weight deltas that an image of so many levels and channels may
        have: of filters (scales, channels, taps) and of context networks (kinds, LOGITS,
        HIDDEN + 1)."""
        scales, taps = min(levels, len(self.filters)), self.filters[0][4][0].size + 1
        kinds = sum(kind.channel < channels for kind in KINDS)
        return (scales, channels, taps), (kinds, LOGITS, HIDDEN + 1)


@cache
def load_pretrained(number: int) -> PretrainedModel:
    """Load the model of a number.

    Raises `UnknownNumberError` where there is none, `InrError` where its file is not the one that
    the specification names.
    """
    if number not in MODELS:
        raise UnknownNumberError(f"pretrained model {number} is unknown to this release")
    return read_model_file(MODELS[number].read())


def read_model_file(data: bytes) -> PretrainedModel:
    """Read a model from the bytes of its file."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return PretrainedModel(
            arrays["logarithm"],
            arrays["slopes"],
            arrays["logistic"],
            read_layers(KINDS, arrays["weights"], arrays["biases"]),
            _filters({name: arrays[name] for name in arrays.files if name.startswith("filter")}),
            _filters({name: arrays[name] for name in arrays.files if name.startswith("enl")})[0],
        )


def pack_tensors(tensors: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """Pack the tensors of a network, shaped as `Layers` says, as the compiled kernels take them:
    divided by what sums are to be divided by, by four outputs."""
    parts = []
    for name, scale in SCALES.items():
        tensor = tensors[name].astype(np.float32) / np.float32(scale)
        if name != "constant" and tensor.ndim == 2:
            outputs, inputs = tensor.shape
            tensor = tensor.reshape(outputs // 4, 4, inputs).transpose(0, 2, 1)
        parts.append(tensor.reshape(-1))
    return np.concatenate(parts)


def unpack_gradients(
    packed: npt.NDArray[np.float32],
) -> dict[Kind, dict[str, npt.NDArray[np.float32]]]:
    """Return the gradients by the tensors of all kinds from those by packed weights."""
    found: dict[Kind, dict[str, npt.NDArray[np.float32]]] = {}
    start = 0
    for kind in KINDS:
        found[kind] = {}
        for name, scale in SCALES.items():
            shape = Layers.shapes(kind)[name]
            size = int(np.prod(shape))
            part = packed[start : start + size] / np.float32(scale)
            start += size
            if name != "constant" and len(shape) == 2:
                part = part.reshape(-1, shape[1], 4).transpose(0, 2, 1)
            found[kind][name] = part.reshape(shape)
    return found


def read_layers(
    kinds: Sequence[_K], weights: npt.NDArray[np.int8], biases: npt.NDArray[np.int32]
) -> dict[_K, Layers]:
    """Read the networks of some kinds, one after another, from all weights and all biases."""
    layers: dict[_K, Layers] = {}
    positions = {"weights": 0, "biases": 0}
    for kind in kinds:
        tensors: dict[str, npt.NDArray[Any]] = {}
        for name, shape in Layers.shapes(kind).items():
            pool = "biases" if name.endswith("bias") else "weights"
            start, count = positions[pool], int(np.prod(shape))
            flat: npt.NDArray[Any] = biases if pool == "biases" else weights
            tensors[name] = flat[start : start + count].reshape(shape)
            positions[pool] += count
        layers[kind] = Layers(**tensors)
    return layers


def _filters(arrays: dict[str, npt.NDArray[np.int16]]) -> tuple[Filter, ...]:
    """Weights of filters are stored in 2^-10, as a name, `_`, and a place."""
    weights = [(arrays[name] / 1024).astype(np.float32) for name in sorted(arrays)]
    return tuple(
        tuple(weights[start : start + FILTER_TENSORS])
        for start in range(0, len(weights), FILTER_TENSORS)
    )
