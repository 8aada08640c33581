"""`.inr` files as Pillow's images: headers at once, pixels when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageFile, UnidentifiedImageError

from inrcodec.errors import InrError, NotInrError, SignalError
from inrcodec.pillow.errors import told_as_pillow

if TYPE_CHECKING:
    from inrcodec.codecs.codec import OnDamage
    from inrcodec.container.sections import Container
    from inrcodec.decoding import Representation
    from inrcodec.signal import ImageInfo

__all__ = ["FORMAT", "InrImageFile", "is_inr"]

FORMAT = "INR"

_MAGIC = b"\x89INR"
_MODES = ("L", "LA", "RGB", "RGBA")


def is_inr(head: bytes) -> bool:
    """Tell whether a file that begins so is to be one of ours."""
    return head.startswith(_MAGIC)


class InrImageFile(ImageFile.ImageFile):
    """An image of an `.inr` file, or the images of one of several, as frames.

    Attributes
    ----------
    n_frames, is_animated
        As of other files of several images. Frames of an album may have sizes and modes of their
        own, as those of TIFF files.
    text
        Texts of the original, such as title and comment, by name.
    info
        `icc_profile`, `exif`, `xmp`, `dpi`, `comment`, `photoshop` (IPTC) as Pillow's own plugins
        have them; of an album `name`, of a sequence `duration` in milliseconds.
    """

    format = FORMAT
    format_description = "Image as a small model"
    n_frames = 1
    is_animated = False
    _container: Container | None = None
    _frame = 0
    # Whether the frame is yet to be decoded, and `draft` has been asked at which size.
    _is_due = False
    _drafted = False

    def _open(self) -> None:
        from inrcodec.container.items import read_info
        from inrcodec.container.names import read_names
        from inrcodec.container.sections import Container
        from inrcodec.signal import ImageInfo

        assert self.fp is not None
        try:
            # Of a file that ends early, what there is may be all that a draft needs.
            container = Container(self.fp, allow_damaged=True)  # type: ignore[arg-type]
            names = read_names(container)
            kinds = {item: read_info(container, item).kind for item in names}
            self._items = [item for item, kind in kinds.items() if kind == ImageInfo.kind]
            if not self._items:
                raise SignalError("it holds audio, and no image")
            self._names, self._container = names, container
            self.n_frames = len(self._items)
            self.is_animated = self.n_frames > 1
            # What decoding one frame leaves for the next, which may be told by its changes.
            self._kept: dict[str, Any] = {}
            self._show(0)
        except NotInrError as error:
            raise SyntaxError(str(error)) from error
        except InrError as error:
            raise UnidentifiedImageError(
                f"cannot identify image file {self.filename or self.fp!r}: {error}"
            ) from error

    def _opened(self, item: int, on_damage: OnDamage | None = None) -> Representation:
        from inrcodec.decoding import Representation

        assert self._container is not None
        return Representation(self._container, item, on_damage=on_damage, kept=self._kept)

    def _show(self, frame: int) -> None:
        """Make a frame the image that is loaded next."""
        from inrcodec.container.predictions import read_time
        from inrcodec.media.images.options import pillow_info
        from inrcodec.signal import ImageInfo

        assert self._container is not None
        item = self._items[frame]
        shown, time = self._opened(item), read_time(self._container, item)
        info = shown.info
        assert isinstance(info, ImageInfo)
        self._size, self._mode = (info.width, info.height), _mode_of(info)
        said, self.text = pillow_info(shown.kept_metadata())
        if frame == 0:
            self._said = said
        # Of a sequence, what the first frame says is said of all.
        self.info.clear()
        self.info.update(self._said | said if time else said)
        if time:
            self.info["duration"] = time / 1000 if time % 1000 else time // 1000
        if self._names[item]:
            self.info["name"] = self._names[item]
        self._frame, self._is_due, self._drafted = frame, True, False

    def seek(self, frame: int) -> None:
        """Go to a frame, from 0; `EOFError` where there is none."""
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"frame {frame} of {self.n_frames}")
        if frame == self._frame:
            return
        with told_as_pillow():
            self._show(frame)
        Image._decompression_bomb_check(self.size)
        self._reload_exif()

    def tell(self) -> int:
        """The frame that is shown."""
        return self._frame

    def draft(
        self, mode: str | None, size: tuple[int, int] | None
    ) -> tuple[str, tuple[int, int, float, float]] | None:
        """Have the image decoded at the least size that is no less than `size`, a half, a quarter
        and so on of its own; only what that needs is read. The mode stays."""
        if not self._is_due or self._drafted or size is None:
            return None
        factor = min(own // max(1, side) for own, side in zip(self.size, size, strict=True))
        divisor = 1 << max(1, factor).bit_length() - 1
        self._size = (self.width // divisor, self.height // divisor)
        self._drafted = True
        return self.mode, (0, 0, *self._size)

    def load(self) -> Any:
        """Decode the frame, at the size of `draft`.

        Raises `OSError` where the file is damaged in what that needs. With
        `ImageFile.LOAD_TRUNCATED_IMAGES`, what is damaged is gray or without detail instead.
        """
        if self._is_due:
            with told_as_pillow():
                decoded = self._decoded()
            self.im, self.readonly, self._is_due = decoded.im, decoded.readonly, False
            if not self.is_animated:
                self._container = None
                self._kept.clear()
                if self._exclusive_fp and self.fp is not None:
                    self.fp.close()
                self.fp = None
        return super().load()

    def _decoded(self) -> Image.Image:
        from inrcodec.media.images import to_pillow, with_8_bits
        from inrcodec.signal import Signal
        from inrcodec.signal.views import View

        on_damage = _conceal if ImageFile.LOAD_TRUNCATED_IMAGES else None
        shown = self._opened(self._items[self._frame], on_damage)
        signal = Signal(shown.render(size=self.size), shown.info_through(View(size=self.size)))
        return to_pillow(signal if self.mode == "I;16" else with_8_bits(signal))

    def verify(self) -> None:
        """Check the file's checksums; `OSError` where one does not match."""
        with told_as_pillow():
            if self._container is not None:
                for entry in self._container.entries:
                    self._container.read(entry.tag, entry.item)
        super().verify()


def _mode_of(info: ImageInfo) -> str:
    """Return the mode of an image; Pillow has 16 bits for gray alone."""
    return "I;16" if (info.channels, info.sample_bits) == (1, 16) else _MODES[info.channels - 1]


def _conceal(*_: object) -> None:
    """Have damage concealed, and say nothing."""
