"""What a member reads when the video API fails, whether it counts, and that nothing is ever bought twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from cogs.replies.jobs import NOT_COUNTED, WHY
from sandbox.openrouter import Answer, Fault, JobPlan, Reset
from services.models import FailureReason
from tests.e2e.house import House

OWN_WORDS = "upstream-canary @everyone <script>"


def refusal(status: int, **metadata: object) -> Answer:
    """An answer of the API to a submit, with words of its own that no member may read."""
    return Answer(
        route="submit",
        status=status,
        json={"error": {"code": status, "message": OWN_WORDS, "metadata": metadata}},
    )


@dataclass(frozen=True, kw_only=True)
class Failing:
    """What the video API does, and what becomes of the job."""

    faults: Sequence[Fault]
    reason: FailureReason
    charges: int = 0


CASES = {
    "moderation at the door": Failing(
        faults=[refusal(403, reasons=["violence"], flagged_input="a fox")], reason=FailureReason.REFUSED
    ),
    "a request it does not take": Failing(faults=[refusal(400)], reason=FailureReason.REJECTED),
    "an error after it has accepted": Failing(
        faults=[Answer(route="submit", status=500, text=OWN_WORDS, after_work=True)],
        reason=FailureReason.SUBMIT_UNKNOWN,
        charges=1,
    ),
    "a broken connection after it has accepted": Failing(
        faults=[Reset(route="submit", after_work=True)], reason=FailureReason.SUBMIT_UNKNOWN, charges=1
    ),
    "garbage after it has accepted": Failing(
        faults=[Answer(route="submit", status=202, text="<html>", after_work=True)],
        reason=FailureReason.SUBMIT_UNKNOWN,
        charges=1,
    ),
    "a job that fails": Failing(
        faults=[JobPlan(status="failed", error=OWN_WORDS)], reason=FailureReason.UPSTREAM_FAILED
    ),
    "a job whose content is filtered": Failing(
        faults=[JobPlan(status="failed", error=f"Content was filtered: {OWN_WORDS}")], reason=FailureReason.REFUSED
    ),
    "a job that is cancelled there": Failing(
        faults=[JobPlan(status="cancelled")], reason=FailureReason.UPSTREAM_FAILED
    ),
    "a job that expires": Failing(faults=[JobPlan(status="expired")], reason=FailureReason.EXPIRED),
    "a clip that is no longer there": Failing(
        faults=[Answer(route="content", status=410, times=None)], reason=FailureReason.EXPIRED, charges=1
    ),
    "something that is called a clip and is none": Failing(
        faults=[
            Answer(
                route="content",
                status=200,
                headers={"Content-Type": "video/mp4"},
                text="<html>not a clip</html>",
                times=None,
            )
        ],
        reason=FailureReason.UNPLAYABLE,
        charges=1,
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_failure_is_told_once_in_our_own_words_and_never_bought_again(house: House, case: str) -> None:
    failing = CASES[case]
    house.openrouter.script(*failing.faults)

    async with house.running():
        asked = await house.video()
        told = await house.bad_news_about(asked)
        status = await house.ended(asked)
        after = await house.reads("status")
    house.openrouter.clock.advance(1000)  # what was accepted is made, whether or not anybody waits for it

    alice = house.user("alice").id
    assert told.text == f"<@{alice}> video 1 was not made. {WHY[failing.reason]} {NOT_COUNTED}"
    assert told.pings.users == frozenset({alice})
    place = f"{told.guild_id}/{told.channel_id}/{told.id}"
    assert status.text == f"Video 1 was not made: https://discord.com/channels/{place}"
    assert "5 of 5 videos a day" in after
    assert house.bought == 1
    assert len(house.openrouter.ledger) == failing.charges
    assert house.clips() == []
    (job,) = house.jobs()
    assert (job["state"], job["reason"], job["counts"]) == ("failed", failing.reason.value, 0)
    for message in house.discord.messages(told.channel_id, viewer_id=alice):
        assert "canary" not in message.text


async def test_money_that_may_have_been_spent_stays_held_against_the_owner(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=500, after_work=True), JobPlan(nth=2, status="failed"))
    async with house.running():
        await house.ended(await house.video("an unknown one"))
        await house.ended(await house.video("a failed one"))

    unknown, failed = house.jobs()
    assert unknown["held_microusd"] == unknown["reserved_microusd"] > 0
    assert failed["held_microusd"] == 0


async def test_a_busy_api_is_asked_again_and_the_clip_arrives(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=429, headers={"Retry-After": "1"}))
    async with house.running():
        asked = await house.video()
        await house.ended(asked)

    assert house.bought == 2
    assert len(house.openrouter.ledger) == len(house.clips()) == 1
    assert house.jobs()[0]["state"] == "delivered"


async def test_a_page_instead_of_a_clip_is_an_error_in_passing(house: House) -> None:
    house.openrouter.script(Answer(route="content", status=200, text="<html>not a clip</html>"))
    async with house.running():
        await house.ended(await house.video())

    assert house.bought == len(house.clips()) == 1


async def test_the_videos_of_others_go_on_beside_one_that_fails(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=500, after_work=True), JobPlan(nth=2, status="failed"))
    async with house.running():
        unknown = await house.video("unknown")
        await house.openrouter.requests.wait_for("submit")
        failed = await house.video("failed", by="carol")
        await house.openrouter.requests.wait_for("submit", count=2)
        fine = await house.video("fine", by="bob")
        for asked in (unknown, failed, fine):
            await house.ended(asked)

    assert [job["state"] for job in house.jobs()] == ["failed", "failed", "delivered"]
    assert house.bought == 3
