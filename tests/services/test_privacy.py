"""The file that a member is given, and the loop that forgets beside the worker."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from services.database import Database
from services.jobs import OfferBook, PersonalData
from services.limits.rules import DAY, MONTH
from services.models import JobState, VideoRequest
from services.privacy import LONGEST_WINDOW, Privacy, Retention
from tests.services.jobs.samples import NOON, SPEC, HandClock, House, asker, manager

MONTH_OF_PROMPTS = timedelta(days=30)


async def _nothing(interaction_id: int) -> None:
    del interaction_id


def privacy(house: House, *, let_go: Callable[[int], Awaitable[None]] = _nothing) -> Privacy:
    data = PersonalData(database=house.database)
    return Privacy(data=data, keeps_prompts=DAY, let_go=let_go, wake=lambda: None, clock=HandClock())


def retention(house: House, clock: HandClock, *, keeps: timedelta = MONTH_OF_PROMPTS) -> Retention:
    return Retention(data=PersonalData(database=house.database), keeps_prompts=keeps, clock=clock)


async def test_the_file_says_all_in_words_that_programs_read_and_holds_no_secret(house: House) -> None:
    await house.job(JobState.DELIVERED)
    await house.limits.grant(1, 3, manager(interaction=5), now=NOON)
    offers = OfferBook(database=house.database)
    who = replace(asker(), interaction_id=50)
    await offers.make(VideoRequest(prompt="a fox"), SPEC, who, channel_id=77, microusd=2, now=NOON)

    content = await privacy(house).export(asker())

    file = json.loads(content)
    (video,), (offer,), (bonus,) = file["videos"], file["offers"], file["bonuses"]
    assert (video["number"], video["prompt"], video["cost_usd"]) == (1, "member 1 of server 1", "0.400000")
    assert video["asked_at"] == NOON.isoformat()
    assert (offer["prompt"], offer["channel_id"], offer["expires_at"][:4]) == ("a fox", "77", "2026")
    assert bonus == {"guild_id": "1", "videos": 3, "granted_at": NOON.isoformat()}
    assert "remote" not in content.decode()
    assert "interaction" not in content.decode()


async def test_the_pictures_of_forgotten_offers_are_let_go(house: House) -> None:
    offers = OfferBook(database=house.database)
    who = replace(asker(), interaction_id=50)
    await offers.make(VideoRequest(prompt="a fox"), SPEC, who, channel_id=77, microusd=2, now=NOON)
    gone: list[int] = []

    async def let_go(interaction_id: int) -> None:
        gone.append(interaction_id)

    service = privacy(house, let_go=let_go)
    await service.forget(asker())
    await service.forget(asker())

    assert gone == [50]


async def test_a_prompt_is_forgotten_when_its_time_is_over_and_not_before(house: House) -> None:
    job, clock = await house.job(JobState.DELIVERED), HandClock()
    forgetting = retention(house, clock)

    clock.advance(MONTH_OF_PROMPTS - timedelta(milliseconds=1))
    early = await forgetting.forget()
    clock.advance(timedelta(milliseconds=1))
    late = await forgetting.forget()

    assert (early, late) == ((0, 0), (1, 0))
    assert (await house.stored(job)).prompt == ""


async def test_more_than_one_part_is_forgotten_at_one_look(house: House) -> None:
    await house.job(JobState.DELIVERED)
    await house.rows(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
        "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, "
        "upload_limit, counts, reserved_microusd, held_microusd, created_at, ended_at) "
        "SELECT 100000 + i, 1, 1, 2, 'cancelled', 'old', 'm', 5, 10, 0, 0, 0, 0, 0 FROM n"
    )

    assert await retention(house, HandClock()).forget() == (1200, 0)


async def test_the_loop_looks_at_once_and_goes_on_after_the_database_failed(house: House) -> None:
    job = await house.job(JobState.DELIVERED)
    data = PersonalData(database=house.database)
    forgetting = Retention(data=data, keeps_prompts=timedelta(0), clock=HandClock(), every=timedelta(milliseconds=5))
    await house.rows("ALTER TABLE offers RENAME TO hidden")
    running = asyncio.create_task(forgetting.run())
    await asyncio.sleep(0.02)
    assert not running.done()
    await house.rows("ALTER TABLE hidden RENAME TO offers")

    async with asyncio.timeout(20):
        while (await house.stored(job)).prompt:  # noqa: ASYNC110  # a row sets no event here
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.wait({running})


def test_nobody_is_taken_off_before_the_longest_window_has_passed() -> None:
    assert max(DAY, MONTH) <= LONGEST_WINDOW


async def test_a_new_database_has_nothing_to_forget(database: Database) -> None:
    forgetting = Retention(data=PersonalData(database=database), keeps_prompts=timedelta(0), clock=HandClock())

    assert await forgetting.forget() == (0, 0)
