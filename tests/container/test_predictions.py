"""The `PRED` and `time` sections."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.container.predictions import Prediction, read_prediction, read_time, time_section
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import MalformedError


@given(st.integers(1, 98), st.lists(st.booleans(), min_size=1, max_size=40))
def test_what_is_written_is_read(back: int, blocks: list[bool]) -> None:
    written = Prediction(back, np.array(blocks)).to_bytes()
    container = Container(build([Section(b"PRED", 99, written)]))
    read = read_prediction(container, 99, len(blocks))
    assert read is not None
    assert read.back == back
    np.testing.assert_array_equal(read.blocks, blocks)
    for count in (len(blocks) + 8, max(0, len(blocks) - 8)):
        with pytest.raises(MalformedError):
            read_prediction(container, 99, count)


def test_a_time_that_is_damaged_is_none() -> None:
    assert read_time(Container(build([time_section(40_000, 3)])), 3) == 40_000
    assert read_time(Container(build([Section(b"time", 3, b"\x80")])), 3) is None
    assert read_time(Container(build([time_section(1, 3)])), 1) is None
