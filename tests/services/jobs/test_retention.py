"""What members wrote is forgotten, by their wish or with time; what their videos weigh is not, until no limit asks."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from services.database import Database, stored
from services.errors import LimitReachedError, LimitRule, LimitSource, StorageError
from services.jobs import OfferBook, PersonalData, retention
from services.limits import LimitEntry
from services.models import FailureReason, Job, JobState, VideoRequest
from tests import canaries
from tests.refusing import BY_CHECK
from tests.services.jobs.samples import NOON, SPEC, House, asker, manager, new_job

DAY: Final = timedelta(days=1)


@pytest.fixture
def data(database: Database) -> PersonalData:
    return PersonalData(database=database)


async def prompt_of(house: House, job: Job) -> str:
    return (await house.stored(job)).prompt


async def owner_of(house: House, job: Job) -> int:
    return (await house.stored(job)).user_id


async def told(house: House, job: Job) -> Job:
    """Let a job that has ended come to rest."""
    return await house.jobs.told(job, now=NOON, next_at=None)


# --- by a member's wish ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.SUBMITTING, JobState.GENERATING, JobState.DELIVERING])
async def test_a_living_job_keeps_its_prompt_until_it_ends_and_loses_it_then(
    house: House, data: PersonalData, state: JobState
) -> None:
    job = await house.job(state)

    forgotten = await data.forget(job.user_id, now=NOON)
    kept = await prompt_of(house, job)
    ended = await house.walked(await house.stored(job), JobState.DELIVERED)

    assert (forgotten.prompts, forgotten.living) == (0, 1)
    assert kept == job.prompt
    assert await prompt_of(house, ended) == ""


async def test_a_job_that_fails_or_is_cancelled_loses_it_as_well(house: House, data: PersonalData) -> None:
    running, waiting = await house.job(JobState.GENERATING), await house.queued()
    await data.forget(running.user_id, now=NOON)

    await house.jobs.move(running, JobState.FAILED, now=NOON, reason=FailureReason.REFUSED)
    await house.jobs.cancel(waiting.id, now=NOON, told=True)

    assert [await prompt_of(house, job) for job in (running, waiting)] == ["", ""]


async def test_an_ended_job_loses_its_prompt_at_once_and_others_keep_theirs(house: House, data: PersonalData) -> None:
    own, others = await house.job(JobState.DELIVERED, user=1), await house.job(JobState.DELIVERED, user=2)
    elsewhere = await house.job(JobState.DELIVERED, user=1, guild=2)

    forgotten = await data.forget(1, now=NOON)
    again = await data.forget(1, now=NOON)

    assert (forgotten.prompts, again.prompts) == (2, 0)
    assert [await prompt_of(house, job) for job in (own, elsewhere)] == ["", ""]
    assert await prompt_of(house, others) == others.prompt


async def test_it_changes_nothing_that_a_limit_counts(house: House, data: PersonalData) -> None:
    entry = LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=1)
    await house.limits.set(entry, manager(), now=NOON)
    await told(house, await house.job(JobState.DELIVERED))

    await data.forget(1, now=NOON)
    await data.unlink(before=NOON - 30 * DAY)

    with pytest.raises(LimitReachedError) as refused:
        await house.reserved()
    assert refused.value.rule is LimitRule.VIDEOS_PER_DAY


async def test_open_offers_go(house: House, data: PersonalData) -> None:
    offers = OfferBook(database=house.database)
    for user in (1, 2):
        who = replace(asker(user), interaction_id=user)
        await offers.make(VideoRequest(prompt="a fox"), SPEC, who, channel_id=7, microusd=1, now=NOON)

    forgotten = await data.forget(1, now=NOON)

    assert forgotten.offers == [1]
    assert [row["user_id"] for row in await house.rows("SELECT * FROM offers")] == [2]


async def test_what_is_still_to_be_sent_cannot_lose_its_prompt_whoever_writes(house: House) -> None:
    job = await house.queued()

    with pytest.raises(StorageError, match=BY_CHECK):
        await house.rows("UPDATE jobs SET prompt = '' WHERE id = :id", {"id": job.id})


# --- whose they were -------------------------------------------------------------------------------------------------


async def test_once_no_limit_looks_that_far_back_nobody_can_tell_whose_they_were(
    house: House, data: PersonalData
) -> None:
    job = await told(house, await house.job(JobState.DELIVERED))
    await data.forget(1, now=NOON)

    too_early = await data.unlink(before=NOON - timedelta(milliseconds=1))
    unlinked = await data.unlink(before=NOON)
    again = await data.unlink(before=NOON)

    assert (too_early, unlinked, again) == (0, 1, 0)
    assert await owner_of(house, job) == 0
    assert (await house.stored(job)).cost_microusd == job.cost_microusd


async def test_who_did_not_ask_for_it_is_never_taken_off(house: House, data: PersonalData) -> None:
    job = await told(house, await house.job(JobState.DELIVERED, user=2))
    await data.forget(1, now=NOON)

    assert await data.unlink(before=NOON + 365 * DAY) == 0
    assert await owner_of(house, job) == 2


async def test_a_job_that_is_not_at_rest_keeps_its_member(house: House, data: PersonalData) -> None:
    for state in (JobState.QUEUED, JobState.GENERATING, JobState.DELIVERED):
        await house.job(state)
    await data.forget(1, now=NOON)

    assert await data.unlink(before=NOON + 365 * DAY) == 0


async def test_a_bonus_that_was_used_stays_used(house: House, data: PersonalData) -> None:
    await house.limits.set(LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=0), manager(), now=NOON)
    await house.limits.grant(1, 1, manager(interaction=5), now=NOON)
    job = await told(house, await house.job(JobState.DELIVERED))

    await data.forget(1, now=NOON)
    await data.unlink(before=NOON + 365 * DAY)

    assert await owner_of(house, job) == 1
    with pytest.raises(LimitReachedError):
        await house.reserved(at=NOON + 300 * DAY)


# --- with time -------------------------------------------------------------------------------------------------------


async def test_an_old_prompt_is_forgotten_and_a_younger_or_living_one_is_not(house: House, data: PersonalData) -> None:
    old = await house.job(JobState.DELIVERED, now=NOON)
    young = await house.job(JobState.DELIVERED, now=NOON + DAY)
    living = await house.job(JobState.GENERATING, now=NOON)

    assert await data.forget_old(before=NOON) == 1
    assert await data.forget_old(before=NOON) == 0
    assert [await prompt_of(house, job) for job in (old, young, living)] == ["", young.prompt, living.prompt]


async def test_many_are_forgotten_a_part_at_a_time(
    house: House, data: PersonalData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(3):
        await house.job(JobState.DELIVERED)

    assert [await data.forget_old(before=NOON) for _ in range(3)] == [2, 1, 0]


async def test_where_nothing_is_kept_the_end_of_the_job_is_the_end_of_its_prompt(house: House) -> None:
    new = replace(new_job(1), forgets_prompt=True)
    job = (await house.jobs.reserve(new, asker(), now=NOON)).job
    waiting = await house.jobs.acknowledge(job.id, 5, now=NOON)
    assert waiting is not None
    assert waiting.prompt == new.prompt

    ended = await house.walked(waiting, JobState.DELIVERED)

    assert await prompt_of(house, ended) == ""


# --- what there is ---------------------------------------------------------------------------------------------------


async def test_what_is_told_is_what_is_there(house: House, data: PersonalData) -> None:
    await house.job(JobState.DELIVERED)
    await house.job(JobState.GENERATING, guild=2)
    await house.job(JobState.GENERATING, user=2)
    await house.limits.grant(1, 3, manager(interaction=5), now=NOON)
    await house.servers.block(1, 1, manager(), now=NOON)
    await house.limits.set(LimitEntry(source=LimitSource.MEMBER, source_id=1, videos_per_day=9), manager(), now=NOON)

    found = await data.about(1)
    everything = await data.everything(1)

    assert (found.videos, found.described, found.living, found.servers) == (2, 2, 1, 2)
    assert (found.offers, found.bonuses, found.limits, found.blocks) == (0, 3, 1, 1)
    assert found.first_at == NOON
    assert [job.user_id for job in everything.jobs] == [1, 1]
    assert [row["videos"] for row in everything.bonuses] == [3]
    assert [row["videos_per_day"] for row in everything.limits] == [9]
    assert [row["blocked_at"] for row in everything.blocks] == [stored(NOON)]


async def test_of_a_stranger_there_is_nothing(data: PersonalData) -> None:
    found = await data.about(404)

    assert (found.videos, found.described, found.offers, found.pictures, found.first_at) == (0, 0, 0, 0, None)


@pytest.mark.sqlite("when a server gives up what was deleted is decided by those who run it")
async def test_what_was_forgotten_is_in_no_file_any_more(house: House, data: PersonalData, tmp_path: Path) -> None:
    canary, offers = "member 1 of server 1", OfferBook(database=house.database)
    for number in range(3):
        await house.job(JobState.DELIVERED)
        who = replace(asker(), interaction_id=number)
        await offers.make(VideoRequest(prompt=canary * 50), SPEC, who, channel_id=77, microusd=2, now=NOON)

    await data.forget(1, now=NOON)
    await house.database.empty_log()

    assert canaries.found({"a prompt": [canary]}, canaries.files_in(tmp_path)) == []
