"""Errors of ours as Pillow's plugins raise them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inrcodec.errors import InrError, TruncatedError, UsageError

__all__ = ["told_as_pillow"]


@contextmanager
def told_as_pillow() -> Iterator[None]:
    """Raise `OSError` for what is wrong with a file or an image, as other plugins do; a wrong
    option stays a `ValueError`."""
    try:
        yield
    except UsageError:
        raise
    except TruncatedError as error:
        raise OSError(f"image file is truncated: {error}") from error
    except InrError as error:
        raise OSError(str(error)) from error
