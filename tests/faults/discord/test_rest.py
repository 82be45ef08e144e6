"""Whatever Discord does to one call: the member gets one clip or one refusal, and everybody else's video goes on."""

from itertools import chain

import pytest

from tests.e2e.house import House
from tests.faults.discord.play import play
from tests.faults.discord.rows import Row
from tests.faults.discord.table import ANSWERS, CLICKS, EDITS, LOOKS, NOTICES, POSTS, STARTS

TABLE = {row.name: row for row in chain(ANSWERS, CLICKS, POSTS, LOOKS, EDITS, NOTICES, STARTS)}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
async def test_a_fault_of_discord_costs_nobody_a_video_or_a_cent(house: House, row: Row) -> None:
    await play(house, row)


def test_no_row_hides_another_of_the_same_name() -> None:
    assert len(TABLE) == len([*ANSWERS, *CLICKS, *POSTS, *LOOKS, *EDITS, *NOTICES, *STARTS])
