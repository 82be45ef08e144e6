"""What the video API's failures mean for the owner's money and for everybody else.

Every fault of it on every route is a row of `tests/faults/upstream`; here is what takes more than one job to see.
"""

from sandbox.openrouter import Answer, JobPlan
from tests.e2e.house import House


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
