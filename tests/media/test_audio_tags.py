"""Tags of audio files survive, or are left out with a warning."""

from __future__ import annotations

import io
import warnings

import pytest
from audio_files import LIMITS, read, sound, tags, tags_of, written

from inrcodec.media.audio import (
    open_audio,
)
from inrcodec.signal import Metadata

ALL_TAGS = {
    "album": "Works",
    "artist": "Ödön",
    "comment": "as heard",
    "copyright": "2001 nobody",
    "date": "2001",
    "genre": "Rock",
    "license": "free",
    "software": "recorder 2",
    "title": "A «tïtle»",
    "tracknumber": "3",
}
NOT_HELD = {
    ".wav": {"license"},
    ".rf64": {"license"},
    ".aiff": {"album", "date", "genre", "license", "tracknumber"},
    ".mp3": {"copyright", "license", "software"},
    ".au": set(ALL_TAGS),
    ".w64": set(ALL_TAGS),
}


@pytest.mark.parametrize(
    "extension", [".wav", ".rf64", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".caf", ".au", ".w64"]
)
def test_tags_survive_a_file(extension: str) -> None:
    """As far as its format holds them; it warns of the others."""
    missing = NOT_HELD.get(extension, set())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        data = written(sound(3000), extension, metadata=tags(**ALL_TAGS))
    assert tags_of(data) == {k: v for k, v in ALL_TAGS.items() if k not in missing}
    told = str(warned[0].message) if warned else ""
    assert all(name in told for name in missing)
    assert bool(missing) == bool(told)


def test_tags_are_one_json_object_with_sorted_names() -> None:
    metadata = tags(**ALL_TAGS)
    with open_audio(io.BytesIO(written(sound(3000), ".flac", metadata=metadata)), LIMITS) as audio:
        assert audio.metadata == metadata


def test_a_file_without_tags_has_none() -> None:
    with open_audio(io.BytesIO(written(sound(3000), ".wav")), LIMITS) as audio:
        assert audio.metadata == Metadata()


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".caf", ".opus", ".flac"])
def test_long_tags_are_left_out(extension: str) -> None:
    """libsndfile would write files that it cannot read."""
    metadata = tags(comment="long " * 20_000, title="short")
    with pytest.warns(UserWarning, match="cannot hold these tags: comment"):
        data = written(sound(3000), extension, metadata=metadata)
    assert tags_of(data) == {"title": "short"}
    assert read(data).shape == (3000, 2)


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".caf", ".flac", ".ogg", ".mp3"])
@pytest.mark.parametrize("text", ["\0", "a\0b"])
def test_tags_with_zero_bytes_are_left_out(extension: str, text: str) -> None:
    """libsndfile takes a zero byte for the end, and refuses what begins with it."""
    metadata = tags(comment=text, title="short")
    with pytest.warns(UserWarning, match="cannot hold these tags: comment"):
        data = written(sound(3000), extension, metadata=metadata)
    assert tags_of(data) == {"title": "short"}


@pytest.mark.parametrize("block", [b"{", b"[]", b'{"title": 3}', b"\xff\xfe", b"[" * 10**5])
def test_damaged_tags_are_left_out(block: bytes) -> None:
    with pytest.warns(UserWarning, match="damaged tags are left out"):
        data = written(sound(100), ".wav", metadata=Metadata(tags=block))
    assert tags_of(data) == {}


def test_tags_in_no_known_alphabet_are_left_out() -> None:
    data = written(sound(100), ".wav", metadata=tags(title="Name", artist="me"))
    with pytest.warns(UserWarning, match="damaged tags are left out: title"):
        assert tags_of(data.replace(b"Name", b"N\xe4me")) == {"artist": "me"}


def test_half_characters_in_tags_are_replaced() -> None:
    data = written(sound(100), ".wav", metadata=Metadata(tags=b'{"title": "a\\ud800b"}'))
    assert tags_of(data) == {"title": "a?b"}
