"""Tags of audio files: title, artist and the like, kept as a JSON object of texts."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

__all__ = ["read_tags", "write_tags"]

_TAGS = ("title", "copyright", "software", "artist", "comment")
_MORE_TAGS = ("date", "album", "tracknumber", "genre")
_ALL_TAGS = (*_TAGS, *_MORE_TAGS, "license")
# Of formats that hold fewer; what they do not hold they drop without a word.
_TAGS_HELD: dict[str, tuple[str, ...]] = {
    "AIFF": _TAGS,
    "AU": (),
    "MP3": ("title", "artist", "comment", *_MORE_TAGS),
    "RF64": (*_TAGS, *_MORE_TAGS),
    "W64": (),
    "WAV": (*_TAGS, *_MORE_TAGS),
}
# Of longer ones libsndfile writes files that it does not read: ten of these fit into any format.
_LONGEST_TAG = 1500
_LIBRARY_MARK = re.compile(r" \(libsndfile-[^()]*\)$")


def read_tags(file: Any) -> bytes:
    """The texts of a file as a JSON object."""
    texts: dict[str, str] = {name: getattr(file, name) for name in _ALL_TAGS}
    texts["software"] = _LIBRARY_MARK.sub("", texts["software"])
    damaged = [name for name, text in texts.items() if "\ufffd" in text]
    if damaged:
        warnings.warn(f"damaged tags are left out: {', '.join(damaged)}", stacklevel=4)
    kept = {name: text for name, text in texts.items() if text and name not in damaged}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode() if kept else b""


def write_tags(file: Any, name: str, tags: bytes) -> None:
    """Set the texts that a format holds, of a file that is still without samples; warns of the
    others."""
    held = _TAGS_HELD.get(name, _ALL_TAGS)
    texts = _texts(tags)
    left_out = [tag for tag, text in texts.items() if tag not in held or not _fits(text)]
    if left_out:
        warnings.warn(f"{name} cannot hold these tags: {', '.join(left_out)}", stacklevel=3)
    for tag, text in texts.items():
        if tag not in left_out:
            setattr(file, tag, text.decode())


def _fits(text: bytes) -> bool:
    """Tell whether a text can be told to libsndfile, for which a zero byte ends it."""
    return len(text) <= _LONGEST_TAG and b"\0" not in text


def _texts(tags: bytes) -> dict[str, bytes]:
    """The texts of a JSON object, in UTF-8; warns of what cannot be read."""
    try:
        found = json.loads(tags or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        warnings.warn("damaged tags are left out", stacklevel=4)
        return {}
    texts = {tag: found.get(tag, "").encode(errors="replace") for tag in _ALL_TAGS}
    return {tag: text for tag, text in texts.items() if text}
