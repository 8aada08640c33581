"""An album as an object: its names, its signals, and what can be done to its file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Self

from inrcodec.album.changing import as_album, change
from inrcodec.album.editing import extract
from inrcodec.album.encoding import addition_to, encode_album, encode_items, encode_sequence
from inrcodec.codecs.codec import Read
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import join, remove
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container
from inrcodec.decoding import Representation
from inrcodec.devices import resolve_device
from inrcodec.limits import Limits
from inrcodec.locations import local_path
from inrcodec.media.inputs import open_input
from inrcodec.settings import Settings
from inrcodec.signal import Source

if TYPE_CHECKING:
    from typing import Unpack

    from inrcodec.keywords import EncodeKeywords
    from inrcodec.media.inputs import Input

__all__ = ["Album"]


class Album:
    """A file of several signals, which share what serves all of them.

    >>> album = inrcodec.Album.encode({"a.png": "photo.png", "b.png": "photo.png"}, "two.inr")
    >>> album.names
    ['a.png', 'b.png']
    >>> album["a"].render().shape
    (40, 56, 3)
    >>> album.add({"c.png": "photo.png"}, effort=1)
    >>> album.remove("a", "b")
    >>> len(album)
    1

    Each method reads the file anew, so that an object never disagrees with it. Changes wait for
    those of other processes and replace the file as a whole.

    Parameters
    ----------
    path
        Of the file; a file of one signal is an album of one.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = local_path(path)
        _ = self.names

    @classmethod
    def encode(
        cls,
        sources: Mapping[str, Input],
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        sequence: bool = False,
        **keywords: Unpack[EncodeKeywords],
    ) -> Self:
        """Encode signals to an album.

        Parameters
        ----------
        sources
            By the names of the items, which every system must be able to have for a file; each
            as for `inrcodec.encode`, save arrays of audio.
        force
            Replace a file that exists.
        sequence
            The signals are images of one size that follow each other: each is encoded as what
            changes from the one before.
        **keywords
            As of `inrcodec.encode`.

        Raises
        ------
        InrError
            As `inrcodec.encode`.
        OutputExistsError
            The file exists, and `force` is not given.
        """
        settings = make_settings(**keywords)
        reads = _reads(sources, settings)
        made = encode_sequence(reads, settings) if sequence else encode_album(reads, settings)
        made.save(path, force)
        return cls(path)

    @property
    def names(self) -> list[str]:
        """The names of the items, in order; empty for a signal that has none."""
        with Container(self.path) as container:
            return [*read_names(container).values()]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, item: str | int) -> Representation:
        return self.open(item)

    def open(self, item: str | int, *, device: str = "cpu") -> Representation:
        """Open an item by its name (its extension may be left out) or place, from 1.

        Raises `UsageError` where there is none, `FormatError` where the file is damaged.
        """
        container = Container(self.path)
        try:
            (number,) = find_items(read_names(container), [item])
            return Representation(container, number, Limits(), resolve_device(device))
        except BaseException:
            container.close()
            raise

    def extract(self, item: str | int) -> bytes:
        """The file of one item, with what it needs of what the album shares."""
        with Container(self.path) as container:
            (number,) = find_items(read_names(container), [item])
            return extract(container, number)

    def add(self, sources: Mapping[str, Input], **keywords: Unpack[EncodeKeywords]) -> None:
        """Encode more signals with what the album shares; those in it stay as they are.

        Raises `UsageError` where a name is taken or settings are not for the album's model, else
        what `encode` does.
        """
        settings = make_settings(**keywords)
        with Container(self.path) as container:
            suited = addition_to(as_album(container, self.path.stem), [*sources], settings)
        items = encode_items(_reads(sources, settings), suited)
        new = {name: item.data for name, item in items.items()}
        self._change(lambda container: join(as_album(container, self.path.stem), new))

    def remove(self, *items: str | int) -> None:
        """Take items out; the others stay as they are.

        Raises `UsageError` where one is not there, or none would be left.
        """
        self._change(lambda container: remove(container, find_items(read_names(container), items)))

    def _change(self, to: Callable[[Container], bytes]) -> None:
        change(self.path, to)


def _reads(sources: Mapping[str, Input], settings: Settings) -> dict[str, Read]:
    return {name: partial(_opened, source, settings) for name, source in sources.items()}


@contextmanager
def _opened(source: Input, settings: Settings) -> Iterator[Source]:
    with open_input(source, None, settings.limits, settings.bits) as opened:
        yield opened
