"""What `make_vectors.py` makes files from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import inrcodec
from inrcodec.codecs.base import Scope, domain_of
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.quantization import of_patterns
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.container.items import write_info
from inrcodec.container.sections import Section
from inrcodec.media.images import from_array
from inrcodec.signal import Metadata, SignalInfo

ROOT = Path(__file__).parent

Samples = npt.NDArray[np.unsignedinteger]


def sample(name: str, box: tuple[int, int, int, int]) -> Samples:
    """A part of one of the project's sample images."""
    with Image.open(ROOT.parent / "samples" / name) as image:
        return np.asarray(image.crop(box))


def encode(samples: Samples, metadata: Metadata | None = None, **options: object) -> bytes:
    signal = from_array(samples, metadata)
    return inrcodec.encode(signal, device="cpu", **options).data  # type: ignore[arg-type]


def by_hand(
    signal: SignalInfo,
    spec: NetworkSpec,
    values: Callable[[int], float],
    chunks: Sequence[int] = (0,),
    item: int = 1,
) -> list[Section]:
    """The sections of a file whose weights are values(0), values(1), … chunk by chunk and tensor by
    tensor; the other chunks are silent."""
    sections = [
        Section(b"SIGN", item, write_info(signal)),
        model_section(spec, item=item),
    ]
    count = 0
    for chunk in chunks:
        domain = domain_of(signal, chunk)
        symbols = {}
        for tensor in spec.tensors(domain):
            copies = spec.tiling(domain).count if tensor.scope is Scope.TILE else 1
            size = copies * tensor.size
            weights = np.array([values(count + i) for i in range(size)], "<f2")
            symbols[tensor.name] = weights.view("<u2").reshape(copies, *tensor.shape)
            count += size
        own = write_weights(spec, domain, of_patterns(symbols), item + chunk)
        # Chunks share the weights of the first.
        sections += [s for s in own if s.tag != b"SHAR" or chunk == chunks[0]]
    return sections
