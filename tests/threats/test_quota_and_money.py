"""Quota and money: one test for each attack of that part of the threat model, named after it.

Most of these have tests of their own that go deeper; here is the attack itself, from outside where it comes from there.
"""

import ast
import asyncio
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import bot
from sandbox.discord.interactions import Interaction
from sandbox.openrouter import Answer, JobPlan, Reset
from services.database import Database
from services.errors import (
    AlreadyRunningError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    StaleJobError,
    StorageError,
)
from services.jobs import UsageBook, UsageBy
from services.limits import BotLimits, LimitEntry
from services.limits.rules import DAY, MONTH
from services.models import FailureReason, JobState
from services.privacy import LONGEST_WINDOW
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of
from tests.services.jobs.samples import NOON, RESERVED, asker, house_over, manager, new_job, owner
from tests.services.jobs.samples import House as Books
from tests.threats import anybody

SERVICES: Final = Path(bot.__file__).parent / "services"
FOR_ALL: Final = LimitEntry(source=LimitSource.SERVER, source_id=0)
BEYOND: Final = (-1, 2**63 - 1)
"""Less than nothing, and the largest number that SQLite can hold."""


def refused(asked: Interaction) -> str | None:
    """Return why a request was refused, or None where it was accepted."""
    return plain(answer_of(asked)) if asked.ephemeral else None


async def ask(house: House, times: int, *, where: tuple[str, ...] = ("videos",)) -> list[Interaction]:
    """Ask for so many videos at the same moment, in one channel after the other."""
    asked = [await house.send("video", where=where[n % len(where)], options={"prompt": "a fox"}) for n in range(times)]
    await asyncio.gather(*(each.answered(timeout=100) for each in asked))
    return asked


async def test_q1_commands_at_once_are_accepted_up_to_the_limit_and_no_further(house: House) -> None:
    house.discord.interactions.answer_within = timedelta(minutes=1)
    async with house.running(videos_per_day=3):
        asked = await ask(house, 20)

    assert [refused(each) for each in asked].count(None) == len(house.jobs()) == 3


async def test_q2_several_servers_are_no_way_around_the_ceiling_for_one_member(house: House) -> None:
    async with house.running(user_videos_per_day_everywhere=1):
        here, there = await house.video(where="videos"), await house.video(where="lobby")

    assert (refused(here), len(house.jobs())) == (None, 1)
    assert (refused(there) or "").startswith("You have used your 1 video a day over all servers.")


async def test_q2_a_bot_that_only_a_member_installed_makes_nothing(house: House) -> None:
    installed = {"authorizing_integration_owners": {"1": str(house.user("alice").id)}}
    async with house.running():
        answer = await forging.command(house, "video", by="alice", options={"prompt": "a fox"}, changes=installed)

    assert answer.ephemeral
    assert house.jobs() == []


async def test_q3_a_hundred_accounts_spend_no_more_than_the_budget(database: Database) -> None:
    limits = BotLimits(videos_per_day=9, everywhere_per_day=9, total_microusd=10 * RESERVED)
    books = house_over(database, bot_limits=limits)

    outcomes = await asyncio.gather(*(books.reserved(user=user) for user in range(1, 101)), return_exceptions=True)

    turned_away = [outcome for outcome in outcomes if isinstance(outcome, LimitReachedError)]
    assert len(turned_away) == 90
    assert {error.rule for error in turned_away} == {LimitRule.TOTAL_BUDGET}


async def test_q4_prompts_that_always_fail_run_out_of_tries(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed", error="the model gave up", times=20))
    async with house.running(videos_per_day=3, attempts_per_video=3):
        asked = [await house.video() for _ in range(3)]
        while refused(asked[-1]) is None:
            await house.ended(asked[-1])
            asked.append(await house.video())

    assert len(house.jobs()) == house.bought == 9
    assert (refused(asked[-1]) or "").startswith("You have asked 9 times in 24 hours, and 9 is the most")
    assert {row["counts"] for row in house.jobs()} == {0}


@pytest.mark.parametrize("state", [state for state in JobState if state not in {JobState.QUEUED, JobState.FAILED}])
async def test_q5_only_what_still_waits_can_be_cancelled_for_a_refund(books: Books, state: JobState) -> None:
    job = await books.job(state) if state is not JobState.CANCELLED else await books.queued()
    if state is JobState.CANCELLED:
        await books.jobs.cancel(job.id, now=NOON, told=True)
    before = await books.rows("SELECT * FROM jobs")

    assert await books.jobs.cancel(job.id, now=NOON, told=True) is None

    assert await books.rows("SELECT * FROM jobs") == before


@pytest.mark.parametrize("host", [timedelta(days=-1), timedelta(), timedelta(days=400)], ids=str)
async def test_q6_the_hosts_clock_does_not_decide_to_which_day_a_video_belongs(books: Books, host: timedelta) -> None:
    await books.limits.set(replace(FOR_ALL, videos_per_day=1), manager(), now=NOON)
    await books.jobs.reserve(new_job(1, at=NOON), asker(), now=NOON + host)

    with pytest.raises(LimitReachedError):
        await books.jobs.reserve(new_job(2, at=NOON + DAY - timedelta(milliseconds=1)), asker(), now=NOON + host)
    await books.jobs.reserve(new_job(3, at=NOON + DAY), asker(), now=NOON - host)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ],
)
async def test_q6_a_day_has_24_hours_when_the_hosts_zone_puts_its_clocks_forward_or_back(
    books: Books, monkeypatch: pytest.MonkeyPatch, zone: str, midnight: datetime
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        await books.limits.set(replace(FOR_ALL, videos_per_day=1), manager(), now=NOON)
        await books.reserved(at=midnight)
        with pytest.raises(LimitReachedError) as caught:
            await books.reserved(at=midnight + timedelta(hours=23, minutes=59))
        await books.reserved(at=midnight + DAY)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert caught.value.frees_at == midnight + DAY


async def test_q6_a_bill_belongs_to_the_month_of_its_request_whenever_it_comes(books: Books) -> None:
    job = await books.job(JobState.GENERATING)
    late = NOON + timedelta(days=400)
    job = await books.jobs.move(job, JobState.DOWNLOADING, now=late, cost_microusd=7)
    await books.walked(job, JobState.DELIVERED, now=late)

    now, _, _ = await books.jobs.standing(asker(), at=NOON, latest=1)
    then, _, _ = await books.jobs.standing(asker(), at=NOON + MONTH, latest=1)
    assert (now.spent, then.spent) == (7, 0)


async def test_q7_nothing_that_a_member_deletes_gives_the_quota_back(house: House) -> None:
    async with house.running(videos_per_day=1):
        asked = await house.video()
        result = await house.clip_in()
        await house.ended(asked)
        for message in (status_of(asked), result):
            house.discord.world.messages.delete(message)
        again = await house.video()

    assert (refused(again) or "").startswith("You have used your 1 video of today")
    assert len(house.jobs()) == 1


def test_q7_no_statement_of_the_bot_removes_a_job_or_says_that_it_was_somebody_elses() -> None:
    files = [file for kind in ("*.py", "*.sql") for file in SERVICES.rglob(kind)]
    statements = [" ".join(text.lower().split()) for file in files for text in texts_in(file)]
    removed = [text for text in statements if re.search(r"\b(delete from|drop table|replace into) jobs\b", text)]
    given_away = [text for text in statements if re.search(r"\bset\b.*\buser_id = ", text.partition(" where ")[0])]

    assert any(text.startswith("update jobs set") for text in statements)
    assert removed == []
    # The one that takes a member off a job, who is then nobody, waits until no limit looks that far back.
    [unlink] = given_away
    assert unlink.startswith("update jobs set user_id = 0, member_language = 'en-us' where ")
    assert "forgets_member = 1" in unlink
    assert "created_at <= :before" in unlink
    assert max(DAY, MONTH) <= LONGEST_WINDOW


def texts_in(file: Path) -> list[str]:
    """Return the statements of a migration, or every text in a module."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".sql":
        return content.split(";")
    return [
        node.value
        for node in ast.walk(ast.parse(content))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


async def test_q7_a_member_who_has_everything_about_them_deleted_has_used_what_they_used(house: House) -> None:
    async with house.running(videos_per_day=1, prompt_retention_days=0):
        await house.ended(await house.video())
        question = await house.command("privacy delete")
        for _ in range(2):
            click = forging.click(house, "privacy:forget", on=status_of(question), by="alice")
            await click.answered(timeout=PATIENCE)
        again = await house.video()
    async with house.running(videos_per_day=1, prompt_retention_days=0):
        after_a_restart = await house.video()

    for asked in (again, after_a_restart):
        assert (refused(asked) or "").startswith("You have used your 1 video of today")
    assert len(house.jobs()) == house.bought == 1


async def test_q8_two_workers_that_fail_the_same_job_settle_it_once(books: Books) -> None:
    job = await books.job(JobState.GENERATING)
    fail = (
        books.jobs.move(job, JobState.FAILED, now=NOON, reason=reason, cost_microusd=cost)
        for reason, cost in ((FailureReason.REFUSED, 5), (FailureReason.EXPIRED, 90))
    )

    first, second = await asyncio.gather(*fail, return_exceptions=True)

    assert sorted(isinstance(each, StaleJobError) for each in (first, second)) == [False, True]
    [row] = await books.rows("SELECT reason, held_microusd, counts FROM jobs")
    assert row == {"reason": "refused", "held_microusd": 5, "counts": 0}
    [usage] = await UsageBook(database=books.database).sums(1, UsageBy.MEMBER, since=NOON, until=NOON + DAY)
    assert usage.microusd == 5


async def test_q9_a_bill_ten_times_the_price_stops_the_next_video_before_it_is_ordered(house: House) -> None:
    house.openrouter.script(JobPlan(cost=Decimal(5)))
    async with house.running(budget_usd=2):
        asked = await house.video()
        await house.ended(asked)
        again = await house.video()

    [job] = house.jobs()
    assert job["held_microusd"] == job["cost_microusd"] == 5_000_000 > job["reserved_microusd"]
    assert house.bought == 1
    assert refused(again) is not None
    assert [row["kind"] for row in house.rows("SELECT kind FROM notices WHERE job_id IS NOT NULL")] == ["dearer"]


async def test_q9_after_five_orders_of_unknown_outcome_nothing_more_is_ordered(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=500, after_work=True, times=9))
    async with house.running(videos_per_day=9):
        for _ in range(5):
            await house.ended(await house.video())
        sixth = await house.video()

    assert house.bought == len(house.jobs()) == 5
    assert refused(sixth) is not None
    assert [row["reason"] for row in house.rows("SELECT reason FROM pauses")] == ["ambiguous"]


async def test_q10_an_order_whose_answer_was_lost_or_makes_no_sense_is_never_sent_again(house: House) -> None:
    lost = (
        Reset(route="submit", after_work=True),
        Answer(route="submit", status=500, after_work=True),
        Answer(route="submit", status=202, text="{", after_work=True),
        Answer(route="submit", status=408, after_work=True),
    )
    async with house.running():
        for number, fault in enumerate(lost, start=1):
            house.openrouter.clear_faults()
            house.openrouter.script(fault)
            await house.ended(await house.video())
            assert house.bought == number

    assert {row["reason"] for row in house.jobs()} == {"submit_unknown"}
    # The member's count is given back, the owner's money is not.
    assert all(row["counts"] == 0 and row["held_microusd"] > 0 for row in house.jobs())


@pytest.mark.sqlite("several may share a server")
async def test_q11_a_second_bot_on_the_same_data_leaves_and_a_second_delivery_makes_nothing(house: House) -> None:
    async with house.running():
        with pytest.raises(AlreadyRunningError):
            await bot.serve(house.settings())
        asked = await house.send("video", options={"prompt": "a fox"})
        forging.replay(house, asked)
        await asked.answered(timeout=100)
        await house.ended(asked)
        forging.replay(house, asked)
        await house.command("status")

    assert len(house.jobs()) == house.bought == len(house.clips()) == 1


@pytest.mark.parametrize("name", ["videos_per_day", "running_at_once", "microusd", "longest_clip", "dearest_clip"])
@pytest.mark.parametrize("value", BEYOND)
async def test_q12_a_limit_beyond_all_bounds_is_not_stored(books: Books, name: str, value: int) -> None:
    changes: dict[str, Any] = {name: value}
    with pytest.raises(StorageError):
        await books.limits.set(replace(FOR_ALL, **changes), manager(), now=NOON)

    assert await books.limits.entries(1) == []
    assert await books.rows("SELECT id FROM audit") == []


@pytest.mark.parametrize("value", BEYOND)
async def test_q12_a_budget_or_a_grant_beyond_all_bounds_is_not_stored(books: Books, value: int) -> None:
    for guild in (0, 1):
        with pytest.raises(StorageError):
            await books.limits.set_budget(guild, value, owner(), now=NOON)
    with pytest.raises(StorageError):
        await books.limits.grant(1, value, manager(interaction=1), now=NOON)

    assert await books.rows("SELECT * FROM budgets") == await books.rows("SELECT * FROM bonuses") == []


async def test_q12_every_number_that_a_command_takes_has_a_least_and_a_most(house: House) -> None:
    async with house.running():
        commands = dict(anybody.leaves(house.discord.commands.listed(None)))

    numbers = {
        f"{name} {option['name']}": option.keys()
        for name, leaf in commands.items()
        for option in leaf.get("options", ())
        if option["type"] in {anybody.INTEGER, anybody.NUMBER} and not option.get("choices")
    }
    assert len(numbers) > 5
    assert [name for name, bounds in numbers.items() if not {"min_value", "max_value"} <= bounds] == []
