"""The whole bot, called by the video API: the clip comes at once, and an order that nobody could tell of is found."""

import asyncio
from typing import Final

from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import Answer, Delay, JobPlan, Reset, WebhookPlan
from tests.e2e.house import PATIENCE, House, status_of
from tests.e2e.listening import PUBLIC, reachable

BROKEN: Final = Reset(route="submit", after_work=True)
LONG: Final = 10_000
"""Seconds of the video API's clock, which the test moves by hand."""


async def called(house: House, count: int = 1) -> list[int | None]:
    """Wait for so many answers of the bot to the video API, and return them."""
    async with asyncio.timeout(PATIENCE):
        records = await house.openrouter.webhooks.log.wait_for("webhook", count=count, answered=True)
    return [record.status for record in records]


async def ready(house: House, asked: Interaction) -> Message:
    """Wait until the status message says that the video is there, whatever it said before."""

    def look() -> Message | None:
        status = status_of(asked)
        return status if "is ready" in status.text else None

    return await house.discord.wait_until(look, timeout=PATIENCE)


def link_to(message: Message) -> str:
    return f"https://discord.com/channels/{message.guild_id}/{message.channel_id}/{message.id}"


async def test_a_clip_is_delivered_when_the_video_api_says_that_it_is_done(house: House) -> None:
    async with house.running(**reachable(house)):
        asked = await house.video()
        await house.clip_in()
        await house.ended(asked)
        assert await called(house) == [204]

    assert len(house.openrouter.requests.of("status")) == 1
    assert (house.bought, len(house.clips()), len(house.openrouter.ledger)) == (1, 1, 1)


async def test_every_order_has_an_address_of_its_own_that_is_nowhere_on_disk(house: House) -> None:
    async with house.running(**reachable(house)):
        for prompt in ("one", "two"):
            await house.ended(await house.video(prompt))

    first, second = (str(order["callback_url"]) for order in house.orders)
    assert first != second
    files = b"".join(file.read_bytes() for file in house.data.rglob("*") if file.is_file())
    for url in (first, second):
        assert url.startswith(f"{PUBLIC}/callbacks/")
        assert url.rpartition("/")[2].encode() not in files


async def test_without_the_settings_no_address_is_sent_and_nobody_listens(house: House) -> None:
    async with house.running():
        await house.ended(await house.video())

    assert "callback_url" not in house.orders[0]
    assert len(house.openrouter.webhooks.log) == 0


async def test_an_order_that_broke_off_is_found_and_its_video_delivered_once(house: House) -> None:
    house.openrouter.script(BROKEN, JobPlan(seconds=LONG))
    async with house.running(**reachable(house)):
        asked = await house.video()
        told = await house.bad_news_about(asked)
        (unknown,) = house.jobs()
        assert (unknown["reason"], unknown["counts"]) == ("submit_unknown", 0)

        house.openrouter.clock.advance(LONG)
        clip = await house.clip_in(after=told.id)
        status = await ready(house, asked)

    (job,) = house.jobs()
    (charge,) = house.openrouter.ledger
    assert (job["state"], job["counts"], job["reason"]) == ("delivered", 1, None)
    assert job["held_microusd"] == job["cost_microusd"] == int(charge.usd * 1_000_000)
    assert (house.bought, len(house.clips())) == (1, 1)
    assert clip.pings.users == frozenset({house.user("alice").id})
    assert status.text == f"Video 1 is ready: {link_to(clip)}"


async def test_the_owner_hears_that_there_is_nothing_left_to_settle(house: House) -> None:
    house.openrouter.script(BROKEN, JobPlan(seconds=LONG))
    async with house.running(**reachable(house)):
        asked = await house.video()
        direct = house.discord.world.direct_channel(house.user("owner").id)
        unknown = await house.discord.next_message(direct.id, timeout=PATIENCE)
        assert unknown.text.startswith("Nobody can say whether video 1 was bought")

        house.openrouter.clock.advance(LONG)
        found = await house.discord.next_message(direct.id, after=unknown.id, timeout=PATIENCE)
        await ready(house, asked)

    assert found.text.startswith("The order of video 1, which had broken off, was bought after all")
    assert house.rows("SELECT kind FROM notices") == [{"kind": "found"}]


async def test_an_order_that_the_owner_had_settled_as_free_is_made_and_paid_all_the_same(house: House) -> None:
    house.openrouter.script(BROKEN, JobPlan(seconds=LONG))
    async with house.running(**reachable(house)):
        asked = await house.video()
        await house.bad_news_about(asked)
        await house.reads("owner resolve", by="owner", options={"video": 1, "was_spent": False})
        assert house.jobs()[0]["held_microusd"] == 0

        house.openrouter.clock.advance(LONG)
        await ready(house, asked)
        log = await house.reads("limits log", by="manager")

    (job,) = house.jobs()
    (charge,) = house.openrouter.ledger
    assert (job["held_microusd"], job["resolved_at"]) == (int(charge.usd * 1_000_000), None)
    assert "The bot itself learnt that video 1 was bought after all" in log


async def test_a_message_that_overtakes_the_answer_to_the_order_is_no_second_video(house: House) -> None:
    house.openrouter.script(Delay(route="submit", seconds=3, after_work=True), JobPlan(seconds=0))
    async with house.running(**reachable(house)):
        asked = await house.video()
        await called(house)
        await house.ended(asked)

    (job,) = house.jobs()
    assert job["state"] == "delivered"
    assert (house.bought, len(house.clips()), len(house.openrouter.ledger)) == (1, 1, 1)


async def test_an_api_that_accepts_and_says_it_is_too_busy_is_not_asked_to_make_it_again(house: House) -> None:
    busy = Answer(route="submit", status=429, headers={"Retry-After": "300"}, after_work=True)
    house.openrouter.script(busy, JobPlan(seconds=0))
    async with house.running(**reachable(house)):
        await house.ended(await house.video())

    assert (house.bought, len(house.clips()), len(house.openrouter.ledger)) == (1, 1, 1)


async def test_a_failure_that_is_told_early_is_looked_up_and_costs_nothing(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed"))
    async with house.running(**reachable(house)):
        await house.bad_news_about(await house.video())

    (job,) = house.jobs()
    assert (job["reason"], job["held_microusd"]) == ("upstream_failed", 0)


async def test_a_message_that_was_lost_is_made_up_for_by_looking(house: House) -> None:
    house.openrouter.script(WebhookPlan(is_missing=True))
    async with house.running(**reachable(house) | {"first_look_seconds": 0.1, "look_every_seconds": 0.1}):
        await house.ended(await house.video())

    assert len(house.clips()) == 1
    assert len(house.openrouter.webhooks.log) == 0


async def test_messages_that_come_many_times_late_and_in_another_order_deliver_each_clip_once(house: House) -> None:
    house.openrouter.script(
        WebhookPlan(seconds=2, copies=3), WebhookPlan(nth=2, copies=5), WebhookPlan(nth=3, seconds=1, copies=2)
    )
    async with house.running(**reachable(house)):
        asked = [await house.video(f"take {number}") for number in range(3)]
        for each in asked:
            await house.ended(each)
        answers = await called(house, 10)

    assert set(answers) == {204}
    assert (house.bought, len(house.clips()), len(house.openrouter.ledger)) == (3, 3, 3)
    assert {job["state"] for job in house.jobs()} == {"delivered"}
