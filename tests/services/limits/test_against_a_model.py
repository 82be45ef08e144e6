"""What the statements say of the table of jobs is what a plain reading of the same jobs says, whatever is in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import stored
from services.limits import BotLimits
from services.limits.rules import DAY, MONTH
from tests.services.jobs.samples import NOON, House, asker, house_over

USERS, GUILDS = (1, 2), (1, 2, 3)
EDGES: Final = st.sampled_from((0, DAY // timedelta(milliseconds=1), MONTH // timedelta(milliseconds=1)))
"""Milliseconds before the question: the edges of both windows, and a little to either side of each."""
LIMITS: Final = BotLimits(videos_per_day=5, everywhere_per_day=9, total_microusd=1_000, server_microusd=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One job as the limits see it."""

    user: int
    guild: int
    created_at: datetime
    counts: bool
    uses_bonus: bool
    held: int
    is_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A bonus that was given."""

    user: int
    guild: int
    videos: int


def shortly_before(edge: int, near: int) -> datetime:
    return NOON - timedelta(milliseconds=edge + near)


JOBS: Final = st.lists(
    st.builds(
        Made,
        user=st.sampled_from(USERS),
        guild=st.sampled_from(GUILDS),
        created_at=st.builds(shortly_before, EDGES, st.integers(-2, 2)),
        counts=st.booleans(),
        uses_bonus=st.booleans(),
        held=st.integers(0, 400),
        is_alive=st.booleans(),
    ),
    max_size=14,
)
GRANTS: Final = st.lists(
    st.builds(Grant, user=st.sampled_from(USERS), guild=st.sampled_from(GUILDS), videos=st.integers(1, 5)), max_size=4
)
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, reason, prompt, model, duration, upload_limit,
                  reserved_microusd, held_microusd, counts, uses_bonus, created_at, ended_at, next_at)
VALUES (:number, :guild, 1, :user, :state, :reason, 'a fox', 'acme/clip-1', 5, 10,
        :held, :held, :counts, :uses_bonus, :created_at, :ended_at, 0)
"""
GIVE: Final = """
INSERT INTO bonuses (interaction_id, guild_id, user_id, videos, granted_by, granted_at)
VALUES (:number, :guild, :user, :videos, 1, 0)
"""


async def fill(house: House, jobs: list[Made], grants: list[Grant], budgets: dict[int, int]) -> None:
    numbers = count(1)
    async with house.database.transaction() as tx:
        for table in ("jobs", "bonuses", "budgets"):
            await tx.execute(f"DELETE FROM {table}")  # noqa: S608  # names from above
        for job in jobs:
            await tx.execute(
                INSERT,
                {
                    "number": next(numbers),
                    "guild": job.guild,
                    "user": job.user,
                    "state": "queued" if job.is_alive else "failed",
                    "reason": None if job.is_alive else "deadline",
                    "held": job.held,
                    "counts": int(job.counts),
                    "uses_bonus": int(job.uses_bonus),
                    "created_at": stored(job.created_at),
                    "ended_at": None if job.is_alive else 0,
                },
            )
        for grant in grants:
            values = {"number": next(numbers), "guild": grant.guild, "user": grant.user, "videos": grant.videos}
            await tx.execute(GIVE, values)
        for guild, microusd in budgets.items():
            await tx.execute("INSERT INTO budgets VALUES (:guild, :usd, 1, 0)", {"guild": guild, "usd": microusd})


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jobs=JOBS,
    grants=GRANTS,
    budgets=st.dictionaries(st.sampled_from((0, *GUILDS)), st.integers(0, 900)),
    user=st.sampled_from(USERS),
    guild=st.sampled_from(GUILDS),
)
async def test_what_the_statements_say_is_what_the_jobs_say(  # five things that vary
    house: House, jobs: list[Made], grants: list[Grant], budgets: dict[int, int], user: int, guild: int
) -> None:
    await fill(house, jobs, grants, budgets)
    limited = house_over(house.database, bot_limits=LIMITS)

    async with house.database.transaction() as tx:
        found = await limited.limits.allowance(tx, asker(user, guild), at=NOON)

    today = [job for job in jobs if job.created_at > NOON - DAY]
    month = [job for job in jobs if job.created_at > NOON - MONTH]
    mine = [job for job in today if job.user == user]
    given_ = sum(grant.videos for grant in grants if (grant.user, grant.guild) == (user, guild))
    here = [job for job in mine if job.guild == guild]
    used_bonus = [job for job in jobs if (job.user, job.guild) == (user, guild) and job.counts and job.uses_bonus]
    assert found.used == sum(job.counts and not job.uses_bonus for job in here)
    assert found.used_everywhere == sum(job.counts for job in mine)
    # An order that was found again may take back a bonus that was given away meanwhile; nobody owes one.
    assert found.bonus_left == max(0, given_ - len(used_bonus))
    assert found.attempts_used == len(here)
    assert found.attempts == 3 * (5 + found.bonus_left + sum(job in here for job in used_bonus))
    assert found.running == sum(job.is_alive for job in jobs if (job.user, job.guild) == (user, guild))
    assert found.spent == sum(job.held for job in month if (job.user, job.guild) == (user, guild))
    assert found.spent_everywhere == sum(job.held for job in month if job.user == user)
    assert (found.server_spent, found.total_spent) == (
        sum(job.held for job in month if job.guild == guild),
        sum(job.held for job in month),
    )
    assert found.server_budget == budgets.get(guild, 500)
    assert found.total_budget == budgets.get(0, 1_000)
