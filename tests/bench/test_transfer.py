"""A clip goes through the bot's memory piece by piece, whatever it weighs: the small form of `bench.transfer`."""

import sys
from pathlib import Path

import pytest

from bench.transfer.passage import pass_through

MOST_ADDED = 5.0
"""MiB. A clip that was held whole on its way would add 24 MB."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak, and begins it anew")
async def test_a_clip_adds_next_to_nothing_to_the_memory_that_it_goes_through(tmp_path: Path) -> None:
    passage = await pass_through(24, folder=tmp_path)

    assert passage.arrived_whole
    assert passage.download_adds_mib < MOST_ADDED
    assert passage.upload_adds_mib < MOST_ADDED
