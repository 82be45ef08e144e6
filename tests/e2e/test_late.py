"""Jobs that take longer than usual: their members read so, and what comes within a day is delivered as always."""

from cogs.replies.jobs import LATE, WHY
from sandbox.discord.interactions import Interaction
from sandbox.openrouter import JobPlan
from services.models import FailureReason
from tests.e2e.house import PATIENCE, House, answer_of, status_of

SOON = 0.3 / 60
"""Minutes: a soft deadline for tests."""


async def late(house: House) -> Interaction:
    """Ask for a video and wait until its member reads that it takes longer than usual."""
    house.openrouter.script(JobPlan(seconds=1000))
    asked = await house.video()
    await reads_that_it_is_late(house, asked)
    return asked


async def reads_that_it_is_late(house: House, asked: Interaction) -> None:
    await house.discord.wait_until(lambda: LATE.text in status_of(asked).text, timeout=PATIENCE)


async def test_a_member_reads_once_that_it_takes_longer_and_what_becomes_of_it(house: House) -> None:
    async with house.running(soft_deadline_minutes=SOON):
        asked = await late(house)
        looks = len(house.openrouter.requests.of("status"))
        await house.openrouter.requests.wait_for("status", count=looks + 5)
        listed = await house.reads("status")

    assert LATE.text not in answer_of(asked)
    assert len([edit for edit in house.edits() if LATE.text in str(edit.body["content"])]) == 1
    assert status_of(asked).pings.is_silent
    assert "Video 1: being made, which takes longer than usual, asked for" in listed
    assert "4 of 5 videos a day" in listed


async def test_a_late_video_is_delivered_with_a_ping_and_charged_as_always(house: House) -> None:
    async with house.running(soft_deadline_minutes=SOON):
        asked = await late(house)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    (clip,) = house.clips()
    assert clip.pings.users == frozenset({house.user("alice").id})
    (job,) = house.jobs()
    assert (job["state"], job["counts"], house.bought) == ("delivered", 1, 1)
    assert job["held_microusd"] == job["cost_microusd"] > 0


async def test_a_restart_goes_on_with_a_late_video_and_changes_nothing_that_its_member_reads(house: House) -> None:
    async with house.running(soft_deadline_minutes=SOON):
        asked = await late(house)
    before, late_at = status_of(asked).text, house.jobs()[0]["late_at"]

    async with house.running(soft_deadline_minutes=SOON):
        looks = len(house.openrouter.requests.of("status"))
        await house.openrouter.requests.wait_for("status", count=looks + 2)
        assert (status_of(asked).text, house.jobs()[0]["late_at"]) == (before, late_at)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    assert house.bought == len(house.clips()) == 1


async def test_a_video_that_became_late_while_nobody_ran_is_said_to_be_late(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        await house.openrouter.requests.wait_for("status", answered=True)

    async with house.running(soft_deadline_minutes=SOON / 100):
        await reads_that_it_is_late(house, asked)


async def test_a_late_video_lets_the_next_one_start(house: House) -> None:
    async with house.running(soft_deadline_minutes=SOON, running_at_once=1):
        asked = await late(house)
        following = await house.video()
        await house.ended(following)

    assert status_of(asked).text.startswith("**Video 1**")
    assert house.bought == 2


async def test_a_late_video_that_does_not_come_within_the_deadline_is_given_up_and_told(house: House) -> None:
    async with house.running(soft_deadline_minutes=SOON, deadline_hours=1.5 / 3600):
        asked = await late(house)
        news = await house.bad_news_about(asked)

    assert WHY[FailureReason.DEADLINE].text in news.text
    assert news.pings.users == frozenset({house.user("alice").id})
    (job,) = house.jobs()
    assert (job["state"], job["reason"], job["counts"]) == ("failed", "deadline", 0)
    assert job["held_microusd"] == job["reserved_microusd"]


async def test_a_video_that_was_made_while_nobody_ran_is_delivered_even_after_the_deadline(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        await house.openrouter.requests.wait_for("status", answered=True)
    house.openrouter.clock.advance(1000)

    async with house.running(soft_deadline_minutes=SOON, deadline_hours=0.01 / 3600):
        await house.ended(asked)

    assert len(house.clips()) == 1
