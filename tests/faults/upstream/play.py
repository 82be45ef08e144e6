"""Play a row through the real bot: a disturbed job, a healthy one of somebody else beside it, and what came of both."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

from cogs.replies.jobs import COUNTED, NOT_COUNTED, NOT_MADE, NOT_POSTED, WHY
from cogs.replies.money import NOTICES
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from services.limits import NoticeKind
from tests.e2e.house import House, status_of
from tests.faults.hurrying import hurried
from tests.faults.upstream.rows import Money, Row

STORM: Final = "a storm over the harbour"
"""The prompt of the disturbed job, by which its faults find it."""
LAKE: Final = "a quiet lake"
LONG: Final = 3_000.0
"""Seconds of the loop that an end is waited for: longer than the longest patience of the bot's own client."""


async def play(house: House, row: Row) -> None:
    """Play a row and check everything that it says."""
    house.openrouter.script(
        *(replace(fault, about=STORM) for fault in row.script),
        JobPlan(about=STORM, seconds=0.05, times=None),  # where the row has no plan of its own, which comes first
        JobPlan(about=LAKE, seconds=0.15, times=None),
    )
    async with house.running(**row.settings):
        healthy = await house.video(LAKE, by="bob")
        await house.openrouter.requests.wait_for("submit", answered=True)
        disturbed = await house.video(STORM, by="alice")
        if NoticeKind.ACCOUNT_WORKS in row.owner:
            await _mend_the_account(house)
        with ExitStack() as stack:
            if row.hurries:
                stack.enter_context(hurried())
            await ended(house, disturbed)
        await ended(house, healthy)
        with hurried():  # notices are looked for every few seconds
            await _until(house, lambda: len(told_owner(house)) >= len(row.owner))
        standing = await house.reads("status", by="alice")
    house.openrouter.clock.advance(1000)  # what was accepted is made, whether or not anybody waits for it

    _check_the_member(house, row, disturbed, standing=standing)
    _check_the_money(house, row)
    _check_the_owner(house, row)
    _check_the_neighbour(house, healthy)
    _check_the_words(house)


async def ended(house: House, asked: Interaction) -> None:
    """Wait until the status message of a request has its last text."""

    def look() -> bool | None:
        message = asked.original
        return None if message is None or message.text.startswith("**") else True

    await house.discord.wait_until(look, timeout=LONG)


def told_owner(house: House) -> list[str]:
    """Return what the owner has read in direct messages."""
    direct = house.discord.world.direct_channel(house.user("owner").id)
    return [message.text for message in house.discord.messages(direct.id)]


async def _mend_the_account(house: House) -> None:
    """Wait until the owner was told, then let the bot's own pause be over. Somebody who asks wakes it up."""
    await _until(house, lambda: bool(told_owner(house)))
    # Beside the loop, which the bot needs to end a transaction that is open.
    await asyncio.to_thread(house.rows, "UPDATE pauses SET until = 1 WHERE until IS NOT NULL")
    await house.video(LAKE, by="carol")


def _check_the_owner(house: House, row: Row) -> None:
    assert house.rows("SELECT kind FROM notices WHERE told_at IS NULL") == []
    for told, kind in zip(told_owner(house), row.owner, strict=True):
        opening, _, _ = NOTICES[kind].text.partition("{")
        assert told.startswith(opening)


async def _until(house: House, is_so: Callable[[], bool]) -> None:
    await house.discord.wait_until(lambda: is_so() or None, timeout=LONG)


def _check_the_member(house: House, row: Row, asked: Interaction, *, standing: str) -> None:
    alice, status = house.user("alice").id, status_of(asked)
    [told] = _answers_to(house, status)
    assert told.pings.users == frozenset({alice})
    place = f"https://discord.com/channels/{told.guild_id}/{told.channel_id}/{told.id}"
    if row.reason is None:
        assert len(told.attachments) == 1
        assert told.text.startswith(f"<@{alice}> your video is ready.")
        assert status.text == f"Video 2 is ready: {place}"
    else:
        outcome = (NOT_POSTED if row.reason.counts_for_member else NOT_MADE).text
        weight = (COUNTED if row.counts else NOT_COUNTED).text
        assert told.attachments == ()
        assert told.text == f"<@{alice}> video 2 {outcome}. {WHY[row.reason].text} {weight}"
        assert status.text == f"Video 2 {outcome}: {place}"
    assert f"{5 - row.counts} of 5 videos a day" in standing


def _answers_to(house: House, status: Message) -> list[Message]:
    return [
        message
        for message in house.discord.messages(status.channel_id)
        if message.reference is not None and message.reference.message_id == status.id
    ]


def _check_the_money(house: House, row: Row) -> None:
    job = house.jobs()[1]
    expected = {Money.FREE: 0, Money.HELD: job["reserved_microusd"], Money.BILLED: job["cost_microusd"]}[row.money]
    assert job["held_microusd"] == expected
    assert (expected or 0) > 0 or row.money is Money.FREE
    assert job["counts"] == row.counts
    assert _orders(house, STORM) == row.posts
    assert _sales(house, STORM) == row.sales


def _check_the_neighbour(house: House, asked: Interaction) -> None:
    """Whatever befell the disturbed job, this one was bought once and arrived."""
    [clip] = _answers_to(house, status_of(asked))
    assert len(clip.attachments) == 1
    assert clip.pings.users == frozenset({house.user("bob").id})
    job = house.jobs()[0]
    assert (job["state"], job["attempts"], job["held_microusd"]) == ("delivered", 0, job["cost_microusd"])
    assert _orders(house, LAKE) == _sales(house, LAKE) == len([job for job in house.jobs() if job["prompt"] == LAKE])


def _check_the_words(house: House) -> None:
    """Nobody reads a word of the API's own, and nothing half-fetched stays behind."""
    read = [message.text for message in house.discord.world.messages.everything()] + told_owner(house)
    assert [text for text in read if "canary" in text] == []
    kept = {f"video-{job['id']}.mp4" for job in house.jobs() if job["next_at"] is not None}
    assert {file.name for file in house.clip_folder.iterdir()} <= kept


def _orders(house: House, prompt: str) -> int:
    """Count the POSTs for a prompt, whatever they were answered."""
    return len([order for order in house.orders if order["prompt"] == prompt])


def _sales(house: House, prompt: str) -> int:
    jobs: dict[str, Any] = dict(house.openrouter.jobs)
    return len([charge for charge in house.openrouter.ledger if jobs[charge.job_id].order.prompt == prompt])
