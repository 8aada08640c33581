"""Names of items are possible on every system, and those that are not can still be decoded."""

from __future__ import annotations

import ntpath
from pathlib import PureWindowsPath
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inrcodec.container.names import check_name
from inrcodec.container.portable import check_portable, portable
from inrcodec.errors import UsageError

# Names of all sorts, with much of what means something to a system.
TELLING = st.sampled_from([*':?*"<>|. %/\\', "con", "NUL", "Com1", "lpt9", "a", "é", "\udcff"])
NAMES = st.lists(TELLING | st.characters(), max_size=6).map("".join)


@pytest.mark.parametrize(
    "name",
    [
        *("a:b", "why?.png", "*.png", 'say "x".png', "<a>.png", "a|b", "a.", "a ", "...", "con"),
        *("CON.png", "Aux.tar.gz", "nul .png", "com1.png", "LPT9", "lpt¹.png", "CONIN$"),
        *("a/b", "a\\b", "C:a", "..", "", "a\n", "\x7f", "x" * 256, "caf\udce9.png"),
    ],
)
def test_names_that_not_every_system_has_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as error:
        check_portable(name)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "name", ["photo.png", "grün 2.tiff", ".hidden", "console.png", "com10.png", "a.con", "x" * 255]
)
def test_other_names_are_possible(name: str) -> None:
    check_portable(name)
    assert portable(name, windows=True) == name


@given(NAMES)
@example("con .%41")
@example("COM1. ")
def test_names_made_for_windows_are_possible_there(name: str) -> None:
    try:
        check_name(name)
    except UsageError:
        return
    made = portable(name, windows=True)
    check_portable(made[:200])
    assert PureWindowsPath(made).parts == (made,)
    assert not _is_reserved(made)
    # No two of them become one, unless one holds what the other is made to.
    assert unquote(made) == unquote(name)
    assert portable(made, windows=True) == made
    assert portable(name, windows=False) == name


def _is_reserved(name: str) -> bool:
    """What Python knows of it, which has moved in 3.13."""
    known = getattr(ntpath, "isreserved", None)
    return known(name) if known else PureWindowsPath(name).is_reserved()
