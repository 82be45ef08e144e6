"""Videos that are asked for in direct messages: they count as one server's, and are their member's alone."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from services.errors import ChannelNotAllowedError, LimitReachedError, LimitRule, LimitSource, StorageError
from services.generation.handover import DIRECT_LIMIT, limit_of
from services.generation.originals import may_have
from services.jobs import AgainOutcome, Detours
from services.limits import LimitEntry, ServerChoices
from services.models import FailureReason, Job, JobState, Requester, Route
from services.results import Press, Removal, Unavailable
from services.videos import Accepted, CancelOutcome
from tests.cogs.samples import JOB
from tests.services.jobs.samples import MEBIBYTE, NOON, House, asker, manager, new_job
from tests.services.test_results import Counter, counter_over, on_its_message
from tests.services.test_videos import ASK, asking

ALICE, BOB = asker(1), asker(2)
NOWHERE: Final = Requester(user_id=1, guild_id=0)
"""Alice in direct messages that count as no server, or not as hers."""
MODERATOR: Final = Requester(user_id=3, guild_id=1, is_moderator=True)
TWO_A_DAY: Final = LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=2)
DIRECT: Final = replace(JOB, in_direct_messages=True)


@pytest.fixture
async def counter(tmp_path: Path, house: House) -> AsyncGenerator[Counter]:
    made, desk = counter_over(house, tmp_path / "clips")
    yield made
    await desk.videos.catalogue.close()


async def asked(counter: Counter, requester: Requester = ALICE, *, interaction: int = 500) -> Job:
    """Ask in direct messages."""
    there = replace(asking(interaction, at=NOON), in_direct_messages=True)
    accepted = await counter.desk.videos.request(replace(ASK, is_private=True), requester, there)
    assert isinstance(accepted, Accepted)
    return accepted.job


async def posted(counter: Counter) -> Job:
    """Have a video made in alice's direct messages."""
    seen = await counter.house.jobs.acknowledge((await asked(counter)).id, 10_000, now=NOON)
    assert seen is not None
    return await counter.house.walked(seen, JobState.DELIVERED)


async def test_it_is_stored_with_its_server_and_is_not_private_besides(counter: Counter) -> None:
    job = await asked(counter)

    assert job.in_direct_messages
    assert not job.is_private
    assert (job.guild_id, job.home_guild_id, job.route) == (1, None, Route.CHANNEL)
    assert job.is_only_for_member
    assert job.is_posted_directly
    assert await counter.house.jobs.get(job.id) == job


async def test_without_a_server_nothing_can_be_reserved(house: House) -> None:
    new = replace(new_job(500), in_direct_messages=True)

    with pytest.raises(StorageError):
        await house.jobs.reserve(new, NOWHERE, now=NOON)


@pytest.mark.parametrize("change", ["is_private = 1, route = 'direct'", "route = 'elsewhere', route_channel_id = 5"])
async def test_the_schema_shows_it_nowhere_else(house: House, change: str) -> None:
    job = (await house.jobs.reserve(replace(new_job(500), in_direct_messages=True), ALICE, now=NOON)).job

    with pytest.raises(StorageError):
        async with house.database.transaction() as tx:
            await tx.execute(f"UPDATE jobs SET {change} WHERE id = :id", {"id": job.id})  # noqa: S608  # no user's words


async def test_it_uses_the_day_of_its_server(counter: Counter) -> None:
    house = counter.house
    await house.servers.choose(ServerChoices(channels=(5,)), manager(), now=NOON)
    with pytest.raises(ChannelNotAllowedError):
        await counter.desk.ask(ALICE)
    # A server's choice of channels says nothing about direct messages.
    first = await asked(counter)
    left = (await house.jobs.standing(ALICE, at=NOON, latest=5))[0].left

    assert first.guild_id == 1
    assert left == (await house.jobs.standing(BOB, at=NOON, latest=5))[0].left - 1


async def test_a_limit_that_is_used_up_in_the_server_is_used_up_there(counter: Counter) -> None:
    await counter.house.limits.set(TWO_A_DAY, manager(), now=NOON)
    await counter.desk.ask(ALICE, interaction=1)
    await asked(counter, interaction=2)

    with pytest.raises(LimitReachedError) as there:
        await asked(counter, interaction=3)
    with pytest.raises(LimitReachedError) as here:
        await counter.desk.ask(ALICE, interaction=4)
    assert there.value.rule is here.value.rule is LimitRule.VIDEOS_PER_DAY


async def test_its_member_cancels_it_from_anywhere_and_nobody_else(counter: Counter) -> None:
    job = await asked(counter)
    cancel = counter.desk.videos.cancel

    for other in (BOB, MODERATOR, replace(NOWHERE, user_id=2)):
        assert await cancel(job.id, other) == (CancelOutcome.UNKNOWN_JOB, None)
    outcome, cancelled = await cancel(job.id, NOWHERE)
    assert outcome is CancelOutcome.CANCELLED
    assert cancelled is not None


async def test_only_its_member_can_press_under_its_result(counter: Counter) -> None:
    job = await posted(counter)
    press: Press = on_its_message(job)
    results = counter.results

    for other in (BOB, MODERATOR):
        assert await results.again(press, other) is Unavailable.UNKNOWN
        assert await results.remove(press, other) == (Removal.UNKNOWN, None)
    assert await results.again(press, NOWHERE) is Unavailable.UNKNOWN
    again = await results.again(press, ALICE)
    assert not isinstance(again, Unavailable)
    # Who has left the server may still remove what is theirs.
    assert (await results.remove(press, NOWHERE))[0] is Removal.REMOVED


async def test_what_came_directly_from_another_server_is_made_again_in_this_one(counter: Counter) -> None:
    elsewhere = asker(1, 2)
    job = await counter.posted(replace(ASK, is_private=True), elsewhere)

    again = await counter.results.again(on_its_message(job), ALICE)
    assert not isinstance(again, Unavailable)
    assert (await counter.order(again, ALICE)).guild_id == 1
    assert await counter.results.again(on_its_message(job), BOB) is Unavailable.UNKNOWN


async def test_it_is_sent_again_to_no_channel(counter: Counter) -> None:
    house = counter.house
    seen = await house.jobs.acknowledge((await asked(counter)).id, 10_000, now=NOON)
    assert seen is not None
    job = await house.walked(seen, JobState.DELIVERING)
    failed = await house.jobs.move(job, JobState.FAILED, reason=FailureReason.UNDELIVERABLE, now=NOON)
    await house.jobs.told(failed, now=NOON, next_at=NOON.replace(hour=23))

    outcome, again = await Detours(database=house.database).send_again(
        job.id, ALICE, channel_id=5, upload_limit=MEBIBYTE, now=NOON
    )

    assert outcome is AgainOutcome.SENT
    assert again is not None
    assert (again.route, again.route_channel_id, again.is_posted_directly) == (Route.DIRECT, None, True)


@pytest.mark.parametrize(
    ("job", "limit"),
    [
        (replace(DIRECT, upload_limit=500 * MEBIBYTE), DIRECT_LIMIT),
        (replace(DIRECT, upload_limit=MEBIBYTE), MEBIBYTE),
        (replace(JOB, upload_limit=500 * MEBIBYTE), 500 * MEBIBYTE),
        (replace(JOB, upload_limit=MEBIBYTE, route=Route.DIRECT), DIRECT_LIMIT),
    ],
)
def test_what_a_member_has_paid_discord_for_does_not_count_for_the_bot(job: Job, limit: int) -> None:
    assert limit_of(job) == limit


def test_the_original_of_a_direct_result_is_its_members_alone() -> None:
    job = replace(DIRECT, state=JobState.DELIVERED, result_channel_id=5, result_message_id=6, user_id=1)

    assert may_have(job, message=(5, 6), user_id=1)
    assert not may_have(job, message=(5, 6), user_id=2)
    assert may_have(replace(job, in_direct_messages=False), message=(5, 6), user_id=2)
