"""Valid files whose fields and weights are drawn at random, absurd ones among them: what no
mutation reaches, as a changed stream hardly ever ends where it should."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

FORMATS = Path(__file__).parents[2] / "formats"
sys.path.insert(0, str(FORMATS))

from vector_sources import by_hand  # noqa: E402

from inrcodec.codecs.inr.networks import (  # noqa: E402
    CoinPlusSpec,
    EnrpSpec,
    IncodeSpec,
    LocalGlobalSpec,
    LoeSpec,
    MinrSpec,
    NetworkSpec,
    SirenSpec,
)
from inrcodec.container.sections import build  # noqa: E402
from inrcodec.errors import UsageError  # noqa: E402
from inrcodec.signal import AudioInfo, Color, ImageInfo, SampleType, SignalInfo  # noqa: E402

__all__ = ["generated"]

_ABSURD = (1e-30, 1e-3, 0.5, 1.0, 100.0, 1e4, 1e6)


def generated(rng: Random) -> bytes:
    """A file of a random network on a random signal."""
    while True:
        try:
            signal = _audio(rng) if rng.random() < 0.4 else _image(rng)
            spec = _spec(rng, signal)
        except UsageError:
            continue  # Fields that do not go together.
        chunks = range(signal.chunks.count)
        sounding = [chunk for chunk in chunks if rng.random() < 0.8]
        return build(by_hand(signal, spec, _weights(rng), sounding or [0]))


def _image(rng: Random) -> SignalInfo:
    height, width = (rng.choice((1, 2, 3, 7, 16, 17)) for _ in range(2))
    return ImageInfo(height, width, rng.choice(tuple(Color)), rng.choice((8, 16)))


def _audio(rng: Random) -> SignalInfo:
    frames = rng.choice((1, 2, 3, 100, 1023, 1024, 1025, 2500))
    rate, overlap = rng.choice((1, 8000, 44100, 1 << 24)), rng.choice((0, 1, 32, 513, 1 << 16))
    channels, kind = rng.choice((1, 1, 2, 8)), rng.choice(tuple(SampleType))
    return AudioInfo(frames, channels, rate, kind, rng.choice((1024, 1 << 20)), overlap)


def _spec(rng: Random, signal: SignalInfo) -> NetworkSpec:
    def omega() -> float:
        return rng.choice((rng.choice(_ABSURD), rng.uniform(1, 60)))

    kind = rng.choice(
        (CoinPlusSpec, EnrpSpec, IncodeSpec, LocalGlobalSpec, LoeSpec, MinrSpec, SirenSpec)
    )
    depth, tile = rng.choice((0, 1, 2, 5)), rng.choice((1, 5, 16, 1 << 24))
    common = {"width": rng.choice((1, 2, 5, 16)), "depth": depth, "scale": omega()}
    common |= {"omega_0": omega(), "omega": omega()}
    allowed = {IncodeSpec: (8,), LocalGlobalSpec: (1, 8), LoeSpec: (1, 3), CoinPlusSpec: (1,)}
    common["activation"] = rng.choice(allowed.get(kind, range(1, 9)))
    if len(signal.shape) == 1 and signal.shape[0] > 100:
        tile = max(tile, 100)
    sides = rng.choice(((tile,), (tile, 16)[: len(signal.shape)]))
    further: dict[type[NetworkSpec], dict[str, object]] = {
        CoinPlusSpec: {"latent": rng.choice((1, 3, 9))},
        EnrpSpec: {"tile": tile},
        LocalGlobalSpec: {"tile": sides, "global_width": 3, "merge": rng.choice((1, 2))},
        LoeSpec: {"alphas": tuple(omega() for _ in range(depth + 1))},
        MinrSpec: {"projection": rng.randrange(3), "unshared": rng.randrange(1 << depth)},
    }
    return kind(**common, **further.get(kind, {}))  # type: ignore[arg-type]


def _weights(rng: Random) -> Callable[[int], float]:
    """Weights of one size, or of all sizes that binary16 has."""
    size = rng.choice((0.0, 0.1, 1.0, 1.0, 30.0, 65504.0))
    if rng.random() < 0.2:
        return lambda _: rng.choice((-1, 1)) * 2.0 ** rng.randint(-24, 15)
    return lambda _: rng.uniform(-size, size)
