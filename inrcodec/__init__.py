"""Images and audio as small models: encode a signal, render it at any resolution.

>>> import inrcodec
>>> encoded = inrcodec.encode("photo.png", quality=60)
>>> encoded.save("photo.inr")
>>> image = inrcodec.open("photo.inr")
>>> image.render(scale=2).shape
(80, 112, 3)
>>> image([[0.0, 0.0]]).shape
(1, 3)
>>> inrcodec.encode("song.wav").save("song.inr")
>>> inrcodec.open("song.inr").render(rate=96000, time=(0.1, 0.2)).shape
(9600, 1)
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from typing import Unpack

    import numpy.typing as npt
    import torch

    from inrcodec.album.album import Album
    from inrcodec.codecs.audio_grid.options import AudioGridOptions
    from inrcodec.codecs.grid.options import GridOptions
    from inrcodec.codecs.inr.options import InrOptions
    from inrcodec.codecs.pixels.options import PixelsOptions
    from inrcodec.cropping import crop
    from inrcodec.decoding import Representation
    from inrcodec.encoding import Encoded
    from inrcodec.errors import (
        BusyError,
        FormatError,
        InrError,
        LimitError,
        OutputExistsError,
        SignalError,
        TargetError,
        UsageError,
    )
    from inrcodec.extending import extend
    from inrcodec.keywords import EncodeKeywords
    from inrcodec.locations import Openable
    from inrcodec.media.inputs import Input
    from inrcodec.prediction import Prediction
    from inrcodec.progress import Progress, Report
    from inrcodec.settings import Settings
    from inrcodec.signal import AudioInfo, ImageInfo
    from inrcodec.signal.views import View

__version__ = "0.2.0"

__all__ = [
    "Album",
    "AudioGridOptions",
    "AudioInfo",
    "BusyError",
    "Encoded",
    "FormatError",
    "GridOptions",
    "ImageInfo",
    "InrError",
    "InrOptions",
    "LimitError",
    "OutputExistsError",
    "PixelsOptions",
    "Prediction",
    "Progress",
    "Representation",
    "Settings",
    "SignalError",
    "TargetError",
    "UsageError",
    "View",
    "crop",
    "decode",
    "encode",
    "extend",
    "info",
    "open",
    "predict",
    "register",
    "save",
]

# Loaded on first use: `import inrcodec` alone takes no time, and `info` does not wait for torch.
_LATE = {
    "Album": "inrcodec.album.album",
    "AudioGridOptions": "inrcodec.codecs.audio_grid.options",
    "AudioInfo": "inrcodec.signal",
    "Encoded": "inrcodec.encoding",
    "GridOptions": "inrcodec.codecs.grid.options",
    "ImageInfo": "inrcodec.signal",
    "InrOptions": "inrcodec.codecs.inr.options",
    "PixelsOptions": "inrcodec.codecs.pixels.options",
    "Prediction": "inrcodec.prediction",
    "Progress": "inrcodec.progress",
    "Representation": "inrcodec.decoding",
    "Settings": "inrcodec.settings",
    "View": "inrcodec.signal.views",
    "crop": "inrcodec.cropping",
    "extend": "inrcodec.extending",
    **{name: "inrcodec.errors" for name in __all__ if name.endswith("Error")},
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})


def encode(
    source: Input,
    *,
    rate: int | None = None,
    report: Report | None = None,
    settings: Settings | None = None,
    keep_float: bool = False,
    **keywords: Unpack[EncodeKeywords],
) -> Encoded:
    """Encode an image or an audio signal.

    >>> encoded = inrcodec.encode("photo.png", model="siren", width=8, depth=1, steps=5)
    >>> len(encoded.data) < 1000
    True

    Parameters
    ----------
    source
        A path, a `file://` or fsspec URL, the bytes of a file, a binary file object, a Pillow
        image, or an array. Arrays of images are (height, width[, channels]) of uint8, uint16 or
        floats from 0 to 1, which become 8 bits; with a rate, arrays of audio are (frames[,
        channels]) of float32, float64, int16, int32 or uint8. torch tensors have their channels
        first.
    rate
        Of an array of audio: frames a second.
    report
        Called with a `Progress` every few steps; if it returns true, the encode ends with the
        best so far.
    settings
        In place of keywords.
    keep_float
        Keep the weights of a coordinate network as they are before they are quantized, for
        `Encoded.module`.
    **keywords
        The fields of `Settings` and of all codecs' options: `model="enrp"`, `effort=3`,
        `quality=60`, `steps=...`, and so on.

    Raises
    ------
    InrError
        The subclass says what is wrong: `UsageError`, `SignalError`, `LimitError`, `TargetError`.
    TypeError
        There is no such keyword.
    OSError
        The file cannot be read.
    """
    from inrcodec.encoding import encode_input

    kept = {"keep_float": True} if keep_float else {}
    return encode_input(source, rate, report, settings, {**keywords, **kept})


def open(
    source: Openable,
    *,
    item: str | int = 1,
    device: str = "cpu",
    max_memory: int | None = None,
    max_work: float | None = None,
) -> Representation:
    """Open a signal of an `.inr` file as a function that renders it.

    >>> with inrcodec.open("photo.inr") as image:
    ...     image.render(region=(8, 8, 16, 16), scale=0.5).shape
    (8, 8, 3)

    Parameters
    ----------
    source
        A path, a `file://` or fsspec URL, the bytes of a file, or a seekable binary file object.
    item
        Of an album: the signal of that name (its extension may be left out) or at that place,
        from 1.
    device
        `auto`, `cpu` or `cuda`.
    max_memory
        Refuse what would take more bytes of memory beyond what is loaded; None for half of the
        machine's, or of its control group's.
    max_work
        Refuse what would take more floating-point operations; None for 1e15, some hours of a CPU.

    Raises
    ------
    UsageError
        There is no such item or device.
    FormatError
        The file is not an intact `.inr` file.
    OSError
        The file cannot be read.
    """
    from inrcodec.decoding import open_representation

    return open_representation(source, max_memory, device, item, max_work)


def decode(
    source: Openable,
    *,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    region: tuple[int, int, int, int] | None = None,
    rate: int | None = None,
    time: tuple[float | None, float | None] | None = None,
    item: str | int = 1,
) -> npt.NDArray[Any]:
    """Decode a signal of an `.inr` file to samples; for more than once, `open` it.

    >>> inrcodec.decode("photo.inr", scale=2).shape
    (80, 112, 3)

    Parameters
    ----------
    source
        As of `open`.
    scale
        As of `Representation.render`, like the next four.
    size
        Of an image: (width, height).
    region
        Of an image: (x, y, width, height).
    rate
        Of an audio signal: frames a second.
    time
        Of an audio signal: (start, stop) in seconds.
    item
        As of `open`.

    Returns
    -------
    numpy.ndarray
        Of an image (height, width, channels), uint8 or uint16; of audio (frames, channels),
        float32.

    Raises
    ------
    InrError
        As `open` and `Representation.render`.
    """
    with open(source, item=item) as representation:
        return representation.render(scale, size, region, rate, time)


def info(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    from inrcodec.information import inform

    return inform(source)


def predict(source: Input, **keywords: Unpack[EncodeKeywords]) -> list[Prediction]:
    """Tell what networks of several widths would make of an image, without fitting any.

    >>> networks = inrcodec.predict("photo.png", model="siren", target_psnr=20)
    >>> networks[0].width < networks[1].width
    True
    >>> smallest = next(n for n in networks if n.meets_target)

    Parameters
    ----------
    source
        See `encode`.
    **keywords
        `model`: `siren` (default), `enrp` or `incode`. `effort`, `steps`, `tile`, `depth`, `omega`,
        `confidence`: see `Settings` and `InrOptions`. `target_psnr`, `target_bpp` or `target_size`
        marks the network that is likely to get there, if there is one.

    Returns
    -------
    list[Prediction]
        The smallest network first.

    Raises
    ------
    UsageError
        It is no image, or of the model there is no telling.
    SignalError
        The image cannot be read.
    """
    from inrcodec.prediction import predict_input

    return predict_input(source, keywords)


def register() -> None:
    """Have Pillow open and save `.inr` files, as `import inrcodec.pillow` does.

    >>> from PIL import Image
    >>> inrcodec.register()
    >>> with Image.open("photo.inr") as image:
    ...     image.thumbnail((20, 20))
    ...     image.size
    (20, 14)

    `Image.open` reads headers and metadata, and the pixels when they are asked for; after `draft`
    or `thumbnail`, only what these need. Several images of a file are frames. `Image.save` takes
    the keywords of `encode`, and `exif`, `icc_profile`, `xmp`, `comment`, `dpi`, `save_all`,
    `append_images` and `duration`.
    """
    from inrcodec import pillow

    pillow.register()


def save(module: torch.nn.Module, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write the weights of a coordinate network, quantized, to an `.inr` file.

    >>> module = inrcodec.encode("photo.png", model="siren", steps=5, keep_float=True).module()
    >>> inrcodec.save(module, "own.inr")
    >>> inrcodec.open("own.inr").model
    'siren'

    Parameters
    ----------
    module
        Of `Representation.module` or `Encoded.module`, its weights trained or altered at will.

    Raises
    ------
    UsageError
        It is no such module, or a weight is not finite or too large for 16 bits.
    OutputExistsError
        The file exists, and `force` is not given.
    """
    from inrcodec.encoding import save_module

    save_module(module, path, force)
