"""When Discord fails: whatever it does to one request, the member gets one answer, one clip, or one refusal."""

import structlog.testing

from sandbox.discord.entities import Channel
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e.house import ANSWER, EDIT, HISTORY, PATIENCE, POST, House, status_of

NOTHING_RUNS = "Nothing is running."


async def answers_given(house: House, count: int) -> None:
    """Wait until the bot has tried to answer so often, whatever became of it."""

    def look() -> bool:
        tried = house.discord.requests_to(ANSWER)
        return len([record for record in tried if record.status is not None or record.fault]) >= count

    await house.discord.wait_until(look, timeout=PATIENCE)


def look_for_the_answer_now(house: House) -> None:
    """Let the time pass, between two runs, for which an answer may be on its way."""
    house.rows("UPDATE jobs SET next_at = 0")


# --- the answer to the command ---------------------------------------------------------------------------------------


async def test_an_answer_that_discord_did_not_take_at_first_is_given_again(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.ANSWER, status=502)
    async with house.running():
        asked = await house.video()
        await house.ended(asked)

    assert house.bought == len(house.clips()) == 1


async def test_an_answer_that_was_shown_though_discord_said_otherwise_is_found_and_the_video_made(
    house: House,
) -> None:
    """The library tries again after the 502, and is told that the interaction was answered already."""
    house.on_discord(ANSWER, FaultKind.ANSWER_AFTER_DOING, status=502)
    async with house.running():
        asked = await house.video()
        await answers_given(house, 2)
        assert "Video 1: about to start" in await house.reads("status")
    assert house.bought == 0

    look_for_the_answer_now(house)
    async with house.running():
        await house.ended(asked)

    assert house.bought == len(house.clips()) == 1
    assert house.jobs()[0]["status_message_id"] == status_of(asked).id


async def test_an_answer_whose_connection_broke_after_it_was_shown_is_found_and_the_video_made(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.RESET_AFTER_DOING)
    async with house.running():
        asked = await house.video()
        assert "Video 1: about to start" in await house.reads("status")
    assert house.bought == 0

    look_for_the_answer_now(house)
    async with house.running():
        await house.ended(asked)

    assert house.bought == len(house.clips()) == 1


async def test_a_video_whose_answer_was_never_shown_is_not_bought(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.RESET)
    async with house.running():
        await house.send("video", options={"prompt": "a fox"})
        await answers_given(house, 1)
        assert "Video 1: about to start" in await house.reads("status")

    look_for_the_answer_now(house)
    async with house.running():
        await house.discord.wait_until(
            lambda: [record for record in house.discord.requests_to(HISTORY) if record.status], timeout=PATIENCE
        )

    (job,) = house.jobs()
    assert (job["state"], job["counts"], job["held_microusd"], house.bought) == ("cancelled", 0, 0, 0)


async def test_a_command_that_discord_has_given_up_on_is_withdrawn_and_released(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.ANSWER, status=404, json={"message": "Unknown interaction", "code": 10062})
    async with house.running():
        await house.send("video", options={"prompt": "a fox"})
        await house.until(lambda: [job["state"] for job in house.jobs()] == ["cancelled"])
        told = await house.reads("status")

    assert NOTHING_RUNS in told
    assert "5 of 5 videos a day" in told
    (job,) = house.jobs()
    assert (job["state"], job["counts"], house.bought) == ("cancelled", 0, 0)


async def test_a_refusal_that_cannot_be_told_costs_nothing_and_is_no_fault_of_the_bot(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.RESET)
    async with house.running():
        with structlog.testing.capture_logs() as logged:
            await house.send("video", options={"prompt": "a fox", "model": "sora"})
            await answers_given(house, 1)
            assert NOTHING_RUNS in await house.reads("status")

    assert [event["event"] for event in logged if event["log_level"] in {"warning", "error"}] == []
    assert house.jobs() == []


# --- the result ------------------------------------------------------------------------------------------------------


async def test_a_result_that_was_posted_though_discord_said_otherwise_is_posted_once(house: House) -> None:
    house.on_discord(POST, FaultKind.ANSWER_AFTER_DOING, status=502)
    async with house.running():
        await house.ended(await house.video())

    assert len(house.posts()) == 2
    assert {record.body["nonce"] for record in house.posts()} == {f"r{house.jobs()[0]['interaction_id']}"}
    assert_one_clip(house)


async def test_a_result_whose_connection_broke_after_it_was_posted_is_found_and_not_posted_again(
    house: House,
) -> None:
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
    async with house.running():
        asked = await house.video()
        await house.clip_in()
        house.discord.world.messages.forget_nonces()
        await house.ended(asked)

    assert len(house.posts()) == 1
    assert_one_clip(house)


async def test_a_connection_that_breaks_during_the_upload_is_followed_by_another(house: House) -> None:
    house.on_discord(POST, FaultKind.RESET)
    async with house.running():
        await house.ended(await house.video())

    assert len(house.posts()) == 2
    assert_one_clip(house)
    assert house.bought == 1


async def test_the_clip_arrives_even_where_the_status_message_was_deleted(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        house.discord.world.messages.delete(status_of(asked))
        house.openrouter.clock.advance(1000)
        result = await house.clip_in()

    assert result.pings.users == frozenset({house.user("alice").id})
    assert house.jobs()[0]["state"] == "delivered"


async def test_the_clip_arrives_without_a_reply_where_the_history_was_closed_meanwhile(house: House) -> None:
    async with house.running():
        await made_after(house, house.channel("videos"), deny=Permission.READ_MESSAGE_HISTORY)
        result = await house.clip_in()

    assert result.reference is None
    assert_one_clip(house)


async def test_a_servers_filter_that_dislikes_the_prompt_gets_the_clip_without_it(house: House) -> None:
    blocked = {"message": "Message was blocked by automatic moderation", "code": 200000}
    house.on_discord(POST, FaultKind.ANSWER, status=400, json=blocked)
    async with house.running():
        await house.video("a red fox")
        result = await house.clip_in()

    assert "a red fox" not in plain(result.text)
    assert result.text.startswith(f"<@{house.user('alice').id}> your video is ready.")
    assert_one_clip(house)


async def test_a_failed_edit_of_the_status_message_does_not_hold_the_clip_up(house: House) -> None:
    house.on_discord(EDIT, FaultKind.RESET, times=2)
    async with house.running():
        await house.video()
        await house.clip_in()

    assert_one_clip(house)


async def test_bad_news_whose_connection_broke_after_they_were_told_are_told_once(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed"))
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
    async with house.running():
        asked = await house.video()
        await house.discord.wait_until(house.posts, timeout=PATIENCE)
        house.discord.world.messages.forget_nonces()
        await house.bad_news_about(asked)

    assert len(house.posts()) == 1


async def made_after(house: House, channel: Channel, *, deny: Permission) -> Interaction:
    """Ask for a video, take a permission from the bot while it is made, and let it be made."""
    house.openrouter.script(JobPlan(seconds=1000))
    asked = await house.video(where=channel.name or "")
    await house.openrouter.requests.wait_for("submit", answered=True)
    house.discord.world.set_overwrite(channel.id, house.discord.world.bot.id, deny=deny)
    house.openrouter.clock.advance(1000)
    return asked


def assert_one_clip(house: House) -> None:
    (clip,) = house.clips()
    assert clip.pings.users == frozenset({house.user("alice").id})
