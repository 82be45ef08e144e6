"""Plays a row: one member is disturbed, another asks beside them and must notice nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Final

from cogs.replies.jobs import COUNTED
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.discord.user_client import Circumstances
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e.house import PATIENCE, House, status_of, watching
from tests.faults.discord.rows import Ask, Charged, Hears, Moment, Reads, Row, Stage
from tests.faults.hurrying import hurried

DISTURBED: Final = "a red fox"
HEALTHY: Final = "a blue whale"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
UNTOLD: Final = "SELECT id FROM notices WHERE told_at IS NULL"
LOOK_NOW: Final = "UPDATE jobs SET next_at = 0 WHERE status_message_id IS NULL AND ended_at IS NULL"
"""Lets the time pass for which an answer may be on its way."""


async def play(house: House, row: Row) -> None:
    """Play a row to its end, and look at what it promises and at what every row promises."""
    if row.moment is Moment.START:
        row.script(_stage(house, row))
    async with AsyncExitStack() as stack:
        with hurried() if row.is_long and row.moment is Moment.START else nullcontext():
            await stack.enter_async_context(house.running())
        stage = _stage(house, row)
        await _disturb(stage, row)
        healthy = await house.video(HEALTHY, by="bob", where="general")
        await house.ended(healthy)
        with hurried() if row.is_long else nullcontext():
            await at_rest(house, jobs=2)
    _look_at_the_healthy(house, healthy)
    _look_at_the_disturbed(stage, row)
    told = [message.text for message in house.discord.messages(stage.direct_id)]
    assert [plain(text).startswith("Video 1 cost ") for text in told] == ([True] if row.hears is Hears.DEARER else [])


def _stage(house: House, row: Row) -> Stage:
    world = house.discord.world
    return Stage(
        house=house,
        interaction_id=world.ids.mint(datetime.now(UTC) - row.age),
        channel_id=house.channel("videos").id,
        direct_id=world.direct_channel(house.user("owner").id).id,
    )


async def _disturb(stage: Stage, row: Row) -> None:
    """Let the member ask while the row's script is in force, until their request is answered or taken back."""
    house = stage.house
    if row.moment is Moment.MAKING:
        house.openrouter.script(JobPlan(seconds=1000))
    question = await house.video(DISTURBED, **DEAR) if row.ask is Ask.YES else None
    if row.moment is Moment.ASKING:
        row.script(stage)
    async with _looked_for(house, row) if row.is_answer_lost else _nothing():
        _say_yes(house, question) if question else _ask(stage)
        await _until(lambda: bool(house.jobs()))
        if row.reads is not Reads.NO_ANSWER and not row.is_answer_lost:
            await _until(lambda: _mine(house)["status_message_id"] is not None)
    if row.moment is Moment.MAKING:
        await house.openrouter.requests.wait_for("submit", answered=True)
        row.script(stage)
        house.openrouter.clock.advance(1000)


def _ask(stage: Stage) -> Interaction:
    house = stage.house
    return house.discord.user.run_command(
        user_id=house.user("alice").id,
        channel_id=stage.channel_id,
        name="video",
        options={"prompt": DISTURBED},
        circumstances=Circumstances(interaction_id=stage.interaction_id),
    )


def _say_yes(house: House, question: Interaction) -> Interaction:
    message = status_of(question)
    (custom_id,) = (
        button["custom_id"]
        for line in message.components
        for button in line["components"]
        if "yes" in button["custom_id"]
    )
    return house.discord.user.click(
        user_id=house.user("alice").id, message_id=message.id, custom_id=custom_id, values=None
    )


@asynccontextmanager
async def _looked_for(house: House, row: Row) -> AsyncGenerator[None]:
    """Wait until the bot knows that its answer may be lost; then let the time pass until it looks for it."""
    with watching("answer_not_posted") as lost:
        yield
        with hurried() if row.is_long else nullcontext():
            await asyncio.wait_for(lost.wait(), PATIENCE)
    # Beside the loop, which the bot needs to end a transaction that is open.
    await asyncio.to_thread(house.rows, LOOK_NOW)


@asynccontextmanager
async def _nothing() -> AsyncGenerator[None]:
    yield


async def _until(look: Callable[[], bool]) -> None:
    """Wait for something on the bot's own disk, which tells nobody when it changes."""
    async with asyncio.timeout(PATIENCE):
        while not look():  # noqa: ASYNC110  # another process could have written it: a file wakes nobody
            await asyncio.sleep(0.1)


async def at_rest(house: House, *, jobs: int) -> None:
    """Wait until there are so many jobs, all of them ended, and everybody was told."""

    def look() -> bool:
        found = house.jobs()
        return len(found) == jobs and all(job["told_at"] is not None for job in found) and not house.rows(UNTOLD)

    await _until(look)


def look_at_one_clip_each(house: House, prompts: Mapping[str, str]) -> None:
    """Look whether each prompt was ordered once, and each member given one clip and charged one video."""
    assert _orders(house) == Counter(prompts.keys())
    assert len(house.clips()) == len(prompts)
    for name in prompts.values():
        job = _job_of(house, name)
        (clip,) = _clips_of(house, job)
        assert clip.pings.users == {job["user_id"]}
        assert (job["state"], job["counts"], job["held_microusd"]) == ("delivered", 1, job["cost_microusd"])


def _mine(house: House) -> dict[str, Any]:
    return _job_of(house, "alice")


def _job_of(house: House, name: str) -> dict[str, Any]:
    (job,) = (job for job in house.jobs() if job["user_id"] == house.user(name).id)
    return job


def _look_at_the_healthy(house: House, asked: Interaction) -> None:
    """Whatever happened beside it: ordered once, posted once, charged its price, only its own member pinged."""
    job = _job_of(house, "bob")
    (clip,) = _clips_of(house, job)
    assert (job["state"], job["counts"], job["held_microusd"]) == ("delivered", 1, job["cost_microusd"])
    assert clip.channel_id == house.channel("general").id
    assert clip.pings.users == {house.user("bob").id}
    assert status_of(asked).text.startswith(f"Video {job['id']} is ready: ")
    assert _orders(house)[HEALTHY] == 1


def _look_at_the_disturbed(stage: Stage, row: Row) -> None:
    house = stage.house
    job = _mine(house)
    _look_at_the_charge(job, row.charged)
    assert _orders(house)[DISTURBED] == (0 if row.charged is Charged.NOTHING else 1)
    clips = _clips_of(house, job)
    match row.reads:
        case Reads.CLIP:
            (clip,) = clips
            assert clip.channel_id == stage.channel_id
            assert clip.pings.users == {job["user_id"]}
            assert not row.is_status_final or _status(stage, job).startswith(f"Video {job['id']} is ready: ")
        case Reads.CLIP_IN_DIRECT:
            (clip,) = clips
            assert house.discord.world.channels[clip.channel_id].recipient_id == job["user_id"]
        case Reads.TOO_LARGE:
            assert clips == []
            (told,) = (message for message in house.discord.messages(stage.channel_id) if message.pings.users)
            assert "larger than may be posted here" in told.text
            assert COUNTED.text in told.text
        case Reads.NO_ANSWER:
            assert clips == []
            assert house.discord.messages(stage.channel_id) == []


def _look_at_the_charge(job: dict[str, Any], charged: Charged) -> None:
    if charged is Charged.NOTHING:
        assert (job["state"], job["counts"], job["held_microusd"]) == ("cancelled", 0, 0)
    else:
        assert job["counts"] == 1
        assert job["held_microusd"] == (job["cost_microusd"] or job["reserved_microusd"]) > 0


def _status(stage: Stage, job: dict[str, Any]) -> str:
    message = stage.house.discord.world.messages.get(stage.channel_id, job["status_message_id"])
    assert message is not None
    return plain(message.text)


def _clips_of(house: House, job: dict[str, Any]) -> list[Message]:
    """Return every message of the world that carries the job's clip."""
    return [clip for clip in house.clips() if clip.attachments[0].filename == f"video-{job['id']}.mp4"]


def _orders(house: House) -> Counter[str]:
    return Counter(order["prompt"] for order in house.orders)
