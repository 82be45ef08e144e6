"""The sums that the database keeps of each hour are what its jobs say, whatever happens to the jobs."""

import asyncio
import shutil
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from services.database import MIGRATIONS, Database, Transaction, Values, stored
from services.database.copying import Progress, copy
from services.database.migrations import POSTGRESQL_MIGRATIONS
from services.errors import StorageError
from services.jobs import PersonalData
from services.limits.rules import MONTH
from services.models import FailureReason, JobState
from tests.postgresql.ground import PostgresGround
from tests.refusing import BY_CHECK
from tests.services.jobs.samples import NOON, PATH, House
from tests.stored import Stored

HOUR_MS: Final = 3_600_000
SERVERS: Final = (0, 1, 2)
"""No job of the bot's is of server 0; one that somebody writes by hand must not count twice."""


def around_the_edge(hours: int, within: int) -> int:
    return stored(NOON - MONTH) + hours * HOUR_MS + within


TIMES: Final[SearchStrategy[int]] = st.builds(
    around_the_edge,
    st.integers(-2, 2),
    st.sampled_from((0, 1, 1_799_999, HOUR_MS - 1)),
)
HELD: Final = st.integers(0, 3)
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, upload_limit,
                  reserved_microusd, held_microusd, created_at, next_at)
VALUES (:number, :guild_id, 1, 1, 'queued', 'a fox', 'acme/clip-1', 5, 10, 9, :held, :created_at, 0)
"""
CHANGES: Final = {
    "new": INSERT,
    "settled": "UPDATE jobs SET held_microusd = :held WHERE interaction_id = :number",
    "moved to another time": "UPDATE jobs SET created_at = :created_at WHERE interaction_id = :number",
    "moved to another server": "UPDATE jobs SET guild_id = :guild_id WHERE interaction_id = :number",
    "all of it": """UPDATE jobs SET held_microusd = :held, created_at = :created_at, guild_id = :guild_id
        WHERE interaction_id = :number""",
    "unlinked": "UPDATE jobs SET user_id = 0 WHERE interaction_id = :number",
    "gone": "DELETE FROM jobs WHERE interaction_id = :number",
    "all settled": "UPDATE jobs SET held_microusd = :held",
    "all gone": "DELETE FROM jobs",
}
KEPT: Final = "SELECT guild_id, hour, microusd FROM hourly_sums ORDER BY guild_id, hour"
DERIVED: Final = f"""
SELECT guild_id, created_at / {HOUR_MS} AS hour, CAST(SUM(held_microusd) AS BIGINT) AS microusd FROM jobs
WHERE guild_id <> 0 AND held_microusd > 0 GROUP BY guild_id, created_at / {HOUR_MS}
UNION ALL
SELECT 0 AS guild_id, created_at / {HOUR_MS} AS hour, CAST(SUM(held_microusd) AS BIGINT) AS microusd FROM jobs
WHERE held_microusd > 0 GROUP BY created_at / {HOUR_MS}
ORDER BY guild_id, hour
"""  # noqa: S608  # put together from our own constants
RACERS: Final = 8
TURNS: Final = 12


async def is_true(tx: Transaction) -> bool:
    return await tx.fetch_all(KEPT) == await tx.fetch_all(DERIVED)


async def add(tx: Transaction, number: int, *, guild: int = 1, held: int = 5, at: int = stored(NOON)) -> None:
    await tx.execute(INSERT, {"number": number, "guild_id": guild, "held": held, "created_at": at})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_the_sums_are_what_the_jobs_say_after_every_change(house: House, data: DataObject) -> None:
    async with house.database.transaction() as tx:
        await tx.execute("DELETE FROM jobs")
        made = 0
        for _ in range(data.draw(st.integers(2, 12))):
            what = data.draw(st.sampled_from(tuple(CHANGES))) if made else "new"
            values: dict[str, int] = {
                "number": made + 1 if what == "new" else data.draw(st.integers(1, made)),
                "guild_id": data.draw(st.sampled_from(SERVERS)),
                "held": data.draw(HELD),
                "created_at": data.draw(TIMES),
            }
            made += what == "new"
            statement = CHANGES[what]
            await tx.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement})
            assert await is_true(tx), what


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jobs=st.lists(st.tuples(st.sampled_from(SERVERS), HELD, TIMES), max_size=8),
    past=st.sampled_from((-HOUR_MS, -1, 0, 1, 1_799_999, HOUR_MS - 1)),
)
async def test_a_window_is_exact_to_the_millisecond(house: House, jobs: list[tuple[int, int, int]], past: int) -> None:
    at = NOON + timedelta(milliseconds=past)
    async with house.database.transaction() as tx:
        await tx.execute("DELETE FROM jobs")
        for number, (guild, held, created_at) in enumerate(jobs, start=1):
            await add(tx, number, guild=guild, held=held, at=created_at)

        found = await house.limits.budgets(tx, 1, at=at)

    within = [(guild, held) for guild, held, created_at in jobs if created_at > stored(at - MONTH)]
    assert found.total.spent == sum(held for _, held in within)
    assert found.server.spent == sum(held for guild, held in within if guild == 1)


async def test_an_undone_change_leaves_the_sums_as_they_were(house: House) -> None:
    async with house.database.transaction() as tx:
        await add(tx, 1)

    async def fail() -> None:
        async with house.database.transaction() as tx:
            await add(tx, 2)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert [row["microusd"] for row in await house.rows(KEPT)] == [5, 5]


async def test_a_sum_below_nothing_is_refused(house: House) -> None:
    with pytest.raises(StorageError, match=BY_CHECK):
        await house.rows("INSERT INTO hourly_sums (guild_id, hour, microusd) VALUES (1, 1, -1)")


async def test_every_end_of_a_job_leaves_true_sums(house: House) -> None:
    for state in (*PATH[1:], JobState.CANCELLED):
        job = await house.queued()
        if state is JobState.CANCELLED:
            await house.jobs.cancel(job.id, now=NOON, told=True)
        else:
            await house.walked(job, state)
    for reason in FailureReason:
        await house.failed(reason)

    async with house.database.transaction() as tx:
        assert await is_true(tx)
        assert await tx.fetch_all(KEPT)


async def test_forgetting_a_member_leaves_the_sums(house: House) -> None:
    await house.jobs.rest(await house.walked(await house.queued(), JobState.DELIVERED))
    before = await house.rows(KEPT)
    privacy = PersonalData(database=house.database)

    await privacy.forget(1, now=NOON)
    assert await privacy.unlink(before=NOON + MONTH) == 1

    assert await house.rows(KEPT) == before


async def test_reservations_and_settlements_that_race_add_up(house: House) -> None:
    async def race(racer: int) -> None:
        random = Random(racer)  # noqa: S311  # which comes when is no secret
        for turn in range(TURNS):
            number = racer * TURNS + turn + 1
            values: Values = {"number": number, "held": random.randrange(3)}
            async with house.database.transaction() as tx:
                await add(tx, number, guild=random.choice((1, 2)), at=random.choice((0, HOUR_MS)))
            async with house.database.transaction() as tx:
                await tx.execute(CHANGES["settled"], values)

    await asyncio.gather(*(race(racer) for racer in range(RACERS)))

    async with house.database.transaction() as tx:
        assert await is_true(tx)
        assert await tx.fetch_all(KEPT)


def _scripts_before(where: Path | str, folder: Path) -> None:
    source = MIGRATIONS if isinstance(where, Path) else POSTGRESQL_MIGRATIONS
    [sums] = source.glob("*_sums.sql")
    folder.mkdir()
    for script in source.glob("*.sql"):
        if script.name < sums.name:
            shutil.copy(script, folder)


async def _older(where: Path | str, folder: Path) -> None:
    """Make a database of the schema before the sums, with jobs in it."""
    _scripts_before(where, folder)
    database = await Database.open(where, migrations=folder)
    async with database.transaction() as tx:
        for number in range(1, 20):
            await add(tx, number, guild=number % 3, held=number % 4, at=number * HOUR_MS // 3)
    await database.close()


@pytest.fixture
def server(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    """A PostgreSQL database that no bot ever opened."""
    with postgresql.stored(tmp_path / "data", is_empty=True) as made:
        yield made


@pytest.mark.sqlite("of a file")
async def test_an_older_file_has_the_sums_of_its_jobs_from_the_start(tmp_path: Path) -> None:
    await _becomes_true(tmp_path / "bot.sqlite3", tmp_path / "sql")


@pytest.mark.sqlite("of a server, which the fixture starts")
async def test_an_older_database_on_a_server_has_them_too(server: Stored, tmp_path: Path) -> None:
    await _becomes_true(server.where, tmp_path / "sql")


async def _becomes_true(where: Path | str, folder: Path) -> None:
    await _older(where, folder)
    database = await Database.open(where)
    async with database.transaction() as tx:
        assert await is_true(tx)
        assert len(await tx.fetch_all(KEPT)) > len(SERVERS)
    await database.close()


@pytest.mark.sqlite("a copy from file to file")
async def test_a_copy_has_the_same_sums_and_keeps_them(house: House, stored: Stored, tmp_path: Path) -> None:
    await house.walked(await house.queued(), JobState.DELIVERED)
    await house.database.mark()
    before = await house.rows(KEPT)
    await house.database.close()
    assert isinstance(stored.where, Path)

    await copy(stored.where, tmp_path / "copy.sqlite3", report=_nothing)

    database = await Database.open(tmp_path / "copy.sqlite3")
    async with database.transaction() as tx:
        assert await tx.fetch_all(KEPT) == before
        await add(tx, 10**9)
        assert await is_true(tx)
    await database.close()


def _nothing(_: Progress) -> None:
    """Show nothing."""
