"""Pillow's images as `.inr` files: one, or frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from PIL import Image

from inrcodec.errors import UsageError
from inrcodec.pillow.errors import told_as_pillow

if TYPE_CHECKING:
    from inrcodec.settings import Settings
    from inrcodec.signal import Source

__all__ = ["save", "save_all"]

# What frames of a sequence have in common, by their modes; of others, colors.
_GRAY = {"1": "L", "L": "L", "LA": "LA", "I;16": "I;16"}
# Where a frame of a sequence does not tell how long it is shown; milliseconds.
_DEFAULT_TIME = 100


def save(image: Image.Image, stream: IO[bytes], filename: str | bytes) -> None:
    """Encode an image, as `inrcodec.encode` does."""
    from inrcodec.encoding import encode_input

    with told_as_pillow():
        told = _saying(image, _given_info(image.encoderinfo))
        encoded = encode_input(told, None, None, _settings(image.encoderinfo), {})
    stream.write(encoded.data)


def save_all(image: Image.Image, stream: IO[bytes], filename: str | bytes) -> None:
    """Encode all frames of images: to a sequence where it is known how long they are shown, else
    to an album."""
    from inrcodec.album.encoding import encode_album, encode_sequence

    images = [image, *image.encoderinfo.get("append_images", ())]
    places = [one.tell() for one in images]
    frames = [(one, number) for one in images for number in range(getattr(one, "n_frames", 1))]
    if len(frames) == 1:
        save(image, stream, filename)
        return
    names = [f"{number:0{len(str(len(frames)))}}.png" for number in range(1, len(frames) + 1)]
    with told_as_pillow():
        settings = _settings(image.encoderinfo)
        try:
            mode, times = _survey(frames, image.encoderinfo.get("duration"))
            said = _given_info(image.encoderinfo)
            read = partial(_frame, frames, said, mode)
            reads = {name: partial(read, number) for number, name in enumerate(names)}
            if times is None:
                made = encode_album(reads, settings)
            else:
                shown = dict(zip(names, times, strict=True))
                made = encode_sequence(reads, settings, times=shown)
        finally:
            for one, place in zip(images, places, strict=True):
                one.seek(place)
    stream.write(made.data)


def _settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings among the options of `Image.save`; what is for other formats is ignored,
    as all plugins do."""
    from inrcodec.codecs.registry import make_settings
    from inrcodec.keywords import EncodeKeywords

    known = EncodeKeywords.__annotations__
    return make_settings(**{name: value for name, value in given.items() if name in known})


def _given_info(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata among the options of `Image.save`, as an image has it; what is None is
    left out of the file."""
    blocks = ("comment", "exif", "icc_profile", "xmp")
    info: dict[str, Any] = {name: given[name] or b"" for name in blocks if name in given}
    exif = info.get("exif")
    if isinstance(exif, Image.Exif):
        info["exif"] = exif.tobytes()
    if "xmp" in info:
        # A PNG file's own has another name.
        info["XML:com.adobe.xmp"] = info["xmp"]
    if "dpi" in given:
        info |= {"dpi": given["dpi"], "jfif_unit": 1}
    return info


def _saying(image: Image.Image, info: dict[str, Any]) -> Image.Image:
    """An image with the same pixels and another `info`, of the same class: of some it is known what
    else they say."""
    other = object.__new__(type(image))
    vars(other).update(vars(image), info=image.info | info)
    return other


def _survey(
    frames: Sequence[tuple[Image.Image, int]], given: Any
) -> tuple[str | None, list[int] | None]:
    """Return the mode that holds all frames of a sequence and the microseconds of each; None of
    both where nothing says how long any is shown, or frames that say it have several sizes."""
    modes, sizes, durations = set[str](), set[tuple[int, int]](), list[Any]()
    for image, number in frames:
        image.seek(number)
        # Of some formats only what is loaded tells how long it is shown.
        image.load()
        color = "RGBA" if image.has_transparency_data else "RGB"
        modes.add(_GRAY.get(image.mode, color) if color == "RGB" else color)
        sizes.add(image.size)
        durations.append(image.info.get("duration"))
    if given is not None:
        durations = list(given) if isinstance(given, list | tuple) else [given] * len(frames)
    elif len(sizes) > 1:
        return None, None
    if len(durations) != len(frames):
        raise UsageError(f"{len(durations)} durations of {len(frames)} frames")
    if not any(durations):
        return None, None
    times = [max(1, round(1000 * float(shown or _DEFAULT_TIME))) for shown in durations]
    if len(modes) == 1:
        return modes.pop(), times
    return ("RGBA" if modes & {"LA", "RGBA"} else "RGB"), times


def _frame(
    frames: Sequence[tuple[Image.Image, int]],
    info: Mapping[str, Any],
    mode: str | None,
    place: int,
) -> AbstractContextManager[Source]:
    """Open a frame as a signal; of a sequence, whose frames have a mode in common, the first one
    alone has metadata."""
    from inrcodec.media.images import from_pillow
    from inrcodec.signal import Metadata, Signal

    image, number = frames[place]
    image.seek(number)
    frame = image.copy() if mode in (None, image.mode) else image.convert(mode)
    frame.info.update(info)
    signal = from_pillow(frame)
    if mode is not None and place:
        signal = Signal(signal.samples, signal.info, Metadata())
    return nullcontext(signal)
