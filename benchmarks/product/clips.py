"""Sequences beside their frames by themselves, and beside video codecs: rate at equal PSNR.

    python -m benchmarks.product.clips [--frames N] [--effort E]

Clips are made of Kodak images: `screen` scrolls text-like detail in a part of a still image,
`camera` is a still scene in which a part moves, with noise of 1.5 levels in every frame, as of a
sensor; `pan` moves all of the image by 3 pixels a frame. Bytes are those of whole files; PSNR is
the mean over frames, of RGB. Video codecs (PyAV) are at constant quality: AV1 by SVT at preset 3,
which has 4:2:0 alone, HEVC by x265 at `slower`, 4:4:4. Rates are compared by BD-rate. Needs
`pip install .[bench]`.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from benchmarks.extras import extra
from inrcodec.album.encoding import encode_sequence
from inrcodec.codecs.registry import make_settings
from inrcodec.media.images import from_array

Frames = list[npt.NDArray[np.uint8]]

QUALITIES = (30.0, 50.0, 70.0, 85.0)
HEIGHT, WIDTH = 256, 384
NOISE = 1.5


def image_of(number: int) -> npt.NDArray[np.uint8]:
    with Image.open(kodak()[number]) as image:
        return np.asarray(image.convert("RGB"))


def screen(count: int) -> Frames:
    """A part of a still image scrolls, by whole pixels."""
    still, detail = image_of(22)[100 : 100 + HEIGHT, 200 : 200 + WIDTH], image_of(7)
    frames = []
    for number in range(count):
        frame = still.copy()
        frame[40:200, 60:220] = detail[20 + 2 * number : 180 + 2 * number, 100:260]
        frames.append(frame)
    return frames


def camera(count: int) -> Frames:
    """A still scene in which a part moves, with noise."""
    still, moving = (
        image_of(4)[100 : 100 + HEIGHT, 200 : 200 + WIDTH],
        image_of(19)[200:270, 300:370],
    )
    random, frames = np.random.default_rng(0), []
    for number in range(count):
        frame = still.astype(np.float64)
        frame[100:170, 20 + 5 * number : 90 + 5 * number] = moving
        frame += NOISE * random.normal(size=frame.shape)
        frames.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
    return frames


def pan(count: int) -> Frames:
    """All of an image moves."""
    image = image_of(12)
    return [image[100 : 100 + HEIGHT, 3 * n : 3 * n + WIDTH].copy() for n in range(count)]


CLIPS: dict[str, Callable[[int], Frames]] = {"screen": screen, "camera": camera, "pan": pan}


def psnr(originals: Frames, decoded: Sequence[npt.NDArray[Any]]) -> float:
    errors = [
        np.square(a.astype(np.float64) - b).mean() for a, b in zip(originals, decoded, strict=True)
    ]
    return float(np.mean([10 * np.log10(255**2 / error) for error in errors]))


def sequence(frames: Frames, quality: float, effort: int) -> tuple[int, float]:
    reads = {f"{n}.png": partial(_opened, frame) for n, frame in enumerate(frames, start=100)}
    made = encode_sequence(reads, make_settings(quality=quality, effort=effort))
    return len(made.data), float(np.mean([item.psnr_db for item in made.items.values()]))


def _opened(frame: npt.NDArray[np.uint8]) -> Any:
    return nullcontext(from_array(frame))


def alone(frames: Frames, quality: float, effort: int) -> tuple[int, float]:
    made = [inrcodec.encode(frame, quality=quality, effort=effort) for frame in frames]
    return sum(len(one.data) for one in made), float(np.mean([one.psnr_db for one in made]))


def video(frames: Frames, codec: str, options: dict[str, str]) -> tuple[int, float]:
    av, out = extra("av"), io.BytesIO()
    height, width = frames[0].shape[:2]
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p10le" if codec == "libsvtav1" else "yuv444p"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode(None))
    with av.open(io.BytesIO(out.getvalue())) as file:
        decoded = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    return len(out.getvalue()), psnr(frames, decoded)


def bd_rate(own: list[tuple[int, float]], other: list[tuple[int, float]]) -> float:
    """Percent of bytes that the first needs more than the other at equal PSNR."""
    rates = [[float(size) for size, _ in points] for points in (other, own)]
    qualities = [[quality for _, quality in points] for points in (other, own)]
    found: float = extra("bjontegaard").bd_rate(
        *(rates[0], qualities[0], rates[1], qualities[1]),
        method="akima",
        require_matching_points=False,
        min_overlap=0,
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--effort", type=int, default=3)
    chosen = parser.parse_args()
    rows: list[Row] = []
    for name, make in CLIPS.items():
        frames = make(chosen.frames)
        codecs: dict[str, list[tuple[int, float]]] = {
            "sequence": [sequence(frames, q, chosen.effort) for q in QUALITIES],
            "frames alone": [alone(frames, q, chosen.effort) for q in QUALITIES],
            "AV1 (SVT)": [
                video(frames, "libsvtav1", {"crf": crf, "preset": "3"})
                for crf in ("50", "38", "26", "14")
            ],
            "HEVC (x265)": [
                video(frames, "libx265", {"crf": crf, "preset": "slower", "tune": "psnr"})
                for crf in ("36", "29", "22", "16")
            ],
        }
        for codec, points in codecs.items():
            rows += [
                {
                    "clip": name,
                    "codec": codec,
                    "bytes": size,
                    "psnr_db": quality,
                    "bd_rate_of_sequence_percent": bd_rate(codecs["sequence"], points),
                }
                for size, quality in points
            ]
            print(*rows[-1].values(), points, flush=True)
    save(
        "clips",
        f"python -m benchmarks.product.clips --frames {chosen.frames} --effort {chosen.effort}",
        rows,
    )


if __name__ == "__main__":
    main()
