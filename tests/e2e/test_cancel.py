"""The button under the status message: who may press it, when it still helps, and what a forged press does."""

import logging

import pytest
import structlog.testing

from cogs import replies
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import CallbackType
from sandbox.discord.permissions import Permission
from sandbox.openrouter import JobPlan
from services.videos import CancelOutcome
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, House, answer_of, status_of

CANCELLED = "Video 2 was cancelled before it was sent. Nothing was spent, and it does not count."
FULL_DISK = "CREATE TRIGGER full_disk BEFORE UPDATE OF state ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END"
FORGED = (
    "job:0:cancel",
    "job:3:cancel",
    "job:999999999999999999:cancel",
    "job:99999999999999999999999999:cancel",
    "job:-1:cancel",
    "job:1 OR 1=1:cancel",
    "job:2:cancel:2",
    "job::cancel",
    "job:\N{FULLWIDTH DIGIT TWO}:cancel",
    "JOB:2:CANCEL",
    "x" * 100,
    "\N{RIGHT-TO-LEFT OVERRIDE}🦊\n;DROP TABLE jobs;--",
)


async def one_made_one_waiting(house: House) -> None:
    """Leave no place for the next video: the first is upstream and stays there."""
    house.openrouter.script(JobPlan(never_ends=True))
    await house.video("in the way")
    await house.openrouter.requests.wait_for("submit", answered=True)


async def test_a_member_cancels_a_waiting_video_and_gets_it_back(house: House) -> None:
    async with house.running(running_at_once=1, videos_per_day=2):
        await one_made_one_waiting(house)
        asked = await house.video()
        assert "You have 0 videos left today." in answer_of(asked)
        click = await house.cancel(asked)
        again = await house.video()

    assert click.response is CallbackType.UPDATE
    assert status_of(asked).text == CANCELLED
    assert status_of(asked).components == ()
    assert "You have 0 videos left today." in answer_of(again)
    assert house.bought == 1
    job = house.jobs()[1]
    assert (job["state"], job["counts"], job["held_microusd"]) == ("cancelled", 0, 0)


async def test_a_cancelled_video_is_shown_as_such_even_where_the_answer_to_the_press_is_lost(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        house.on_discord(ANSWER, FaultKind.RESET)
        forging.click(house, "job:2:cancel", on=status_of(asked), by="alice")
        status = await house.ended(asked)

    assert status.text == CANCELLED
    assert status.components == ()


async def test_the_next_in_line_moves_up_when_a_waiting_video_is_cancelled(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked, behind = await house.video(), await house.video()
        assert "place 2." in answer_of(behind)
        await house.cancel(asked)

        assert "Video 3: waiting, place 1" in await house.reads("status")


async def test_a_moderator_cancels_the_video_of_another(house: House) -> None:
    world = house.discord.world
    guild = world.guild("Sandbox")
    role = world.add_role(guild.id, "Moderators", permissions=Permission.MANAGE_MESSAGES)
    world.add_member(guild.id, world.add_user("moderator").id, role_ids={role.id})
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        await house.cancel(asked, by="moderator")

    assert status_of(asked).text == CANCELLED


@pytest.mark.parametrize("stranger", ["bob", "manager"])
async def test_a_stranger_cancels_nothing(house: House, stranger: str) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        click = await house.cancel(asked, by=stranger)

    assert click.ephemeral
    assert plain(answer_of(click)) == replies.not_cancelled(CancelOutcome.NOT_ALLOWED)
    assert house.jobs()[1]["state"] == "queued"
    assert status_of(asked).components


async def test_the_button_works_after_a_restart(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
    async with house.running(running_at_once=1):
        await house.cancel(asked)

    assert status_of(asked).text == CANCELLED
    assert house.jobs()[1]["state"] == "cancelled"
    assert house.bought == 1


async def test_a_video_that_was_sent_cannot_be_cancelled_and_nothing_changes(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        with_button = status_of(asked)
        await house.openrouter.requests.wait_for("submit", answered=True)
        click = forging.click(house, "job:1:cancel", on=with_button, by="alice")
        await click.answered(timeout=PATIENCE)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    assert click.ephemeral
    assert plain(answer_of(click)) == replies.not_cancelled(CancelOutcome.TOO_LATE)
    assert house.jobs()[0]["state"] == "delivered"


async def test_a_video_that_has_ended_cannot_be_cancelled(house: House) -> None:
    async with house.running():
        asked = await house.video()
        status = await house.ended(asked)
        click = forging.click(house, "job:1:cancel", on=status, by="alice")
        await click.answered(timeout=PATIENCE)

    assert click.ephemeral
    assert plain(answer_of(click)) == replies.not_cancelled(CancelOutcome.ENDED)
    assert status_of(asked).text == status.text


async def test_a_second_press_says_the_same_as_the_first(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        with_button = status_of(asked)
        await house.cancel(asked)
        again = forging.click(house, "job:2:cancel", on=with_button, by="alice")
        await again.answered(timeout=PATIENCE)

    assert again.response is CallbackType.UPDATE
    assert status_of(asked).text == CANCELLED
    assert [job["counts"] for job in house.jobs()] == [1, 0]


async def test_a_forged_button_changes_nothing_and_logs_no_traceback(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        before = house.jobs()
        with structlog.testing.capture_logs() as logged, caplog.at_level(logging.WARNING):
            for custom_id in FORGED:
                forging.click(house, custom_id, on=status_of(asked), by="alice")
            # Answered after those before it, so that they have been looked at.
            click = forging.click(house, "job:4:cancel", on=status_of(asked), by="alice")
            await click.answered(timeout=PATIENCE)
            await house.reads("status")
        after = house.jobs()

    assert [job["state"] for job in after] == [job["state"] for job in before] == ["generating", "queued"]
    assert plain(answer_of(click)) == replies.not_cancelled(CancelOutcome.UNKNOWN_JOB)
    assert [event for event in logged if event.get("exc_info")] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_button_of_another_server_is_unknown_here_even_to_its_own_member(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        await house.video()
        elsewhere = await house.video("another", where="lobby")
        click = forging.click(house, "job:2:cancel", on=status_of(elsewhere), by="alice")
        await click.answered(timeout=PATIENCE)

    assert plain(answer_of(click)) == replies.not_cancelled(CancelOutcome.UNKNOWN_JOB)
    assert [job["state"] for job in house.jobs()] == ["generating", "queued", "queued"]


@pytest.mark.sqlite("the trigger is written in its words")
async def test_a_press_that_the_database_does_not_take_is_answered_and_can_be_repeated(house: House) -> None:
    async with house.running(running_at_once=1):
        await one_made_one_waiting(house)
        asked = await house.video()
        await house.stored.fetched(FULL_DISK)
        refused = await house.cancel(asked)
        await house.stored.fetched("DROP TRIGGER full_disk")
        await house.cancel(asked)

    assert plain(answer_of(refused)) == replies.SOMETHING_WENT_WRONG.text
    assert house.jobs()[1]["state"] == "cancelled"
