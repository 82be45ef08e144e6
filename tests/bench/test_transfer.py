"""A clip goes through the bot's memory piece by piece, whatever it weighs, and through curl the same way."""

import sys
from pathlib import Path

import pytest

from bench.transfer.__main__ import CURL, NO_CURL, measure
from bench.transfer.passage import Clips
from bench.transfer.sides import by_the_bot, find_curl

MOST_ADDED = 5.0
"""MiB. A clip that was held whole on its way would add 24 MB."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process its own peak, and begins it anew"
)


async def test_a_clip_adds_next_to_nothing_to_the_memory_that_it_goes_through(tmp_path: Path) -> None:
    passage = await by_the_bot(await Clips.make(24, folder=tmp_path))

    assert passage.arrived_whole
    assert passage.download_adds_mib < MOST_ADDED
    assert passage.upload_adds_mib < MOST_ADDED


async def test_curl_stands_beside_the_bot_wherever_there_is_one(tmp_path: Path) -> None:
    report = await measure(1, rounds=1, folder=tmp_path)

    rows = {row.name: row for row in report.rows}
    assert rows["1 MB arrived whole"].ours == [1]
    if find_curl():
        assert rows["1 MB arrived whole"].baseline == [1]
        assert all(row.against == CURL and row.ratio is not None for row in rows.values() if row.base and row.base > 0)
    else:
        assert NO_CURL in report.notes
        assert rows["1 MB download"].verdict == "not measured"
