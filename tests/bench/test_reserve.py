"""The small form of `bench.reserve`: everything is measured, and a history is what it says."""

from datetime import UTC, datetime

import pytest

from bench.reserve import history
from bench.reserve.__main__ import HISTORIES, Paces, rows_of
from bench.reserve.sides import Pace, Reserving, paced
from services.database import Database


async def test_a_history_is_spread_over_members_servers_and_a_year(database: Database) -> None:
    now = datetime.now(UTC)

    await history.write(database, 500, now=now)

    async with database.transaction() as tx:
        found = await tx.fetch_one(
            "SELECT COUNT(*) AS jobs, COUNT(DISTINCT user_id) AS members, COUNT(DISTINCT guild_id) AS servers,"
            " MAX(created_at) - MIN(created_at) AS span FROM jobs WHERE state = 'delivered'"
        )
    assert found is not None
    assert (found["jobs"], found["members"]) == (500, 500)
    assert found["servers"] > 300
    assert found["span"] / 1000 == pytest.approx(history.SPAN.total_seconds(), rel=0.01)


async def test_every_reservation_that_is_timed_is_stored(database: Database) -> None:
    bot = Reserving(database)

    pace = await paced(bot.one, times=10, callers=3)

    async with database.transaction() as tx:
        assert await tx.fetch_all("SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'queued'") == [{"jobs": 10}]
    assert pace.per_second > 0
    assert pace.ms == pytest.approx(1000 / pace.per_second)


@pytest.mark.parametrize(("name", "per_second"), [("bare", 200), ("many", 499), ("100000", 75), ("1000000", 75)])
def test_each_goal_is_missed_by_the_figure_it_is_about(name: str, per_second: float) -> None:
    def seen(**changed: float) -> Paces:
        good = {"bare": 110.0, "0": 100.0, "many": 600.0, "100000": 90.0, "1000000": 90.0, **changed}
        return {each: [Pace(per_second=rate, p99_ms=9)] for each, rate in good.items()}

    assert {row.is_met for row in rows_of(seen(), HISTORIES) if row.goal} == {True}
    assert [row.is_met for row in rows_of(seen(**{name: per_second}), HISTORIES)].count(False) == 1
