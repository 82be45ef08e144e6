"""Commands and buttons in the bot's own direct messages: served as in the server that they count as, or not at all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from cogs import replies
from cogs.replies import direct as words
from cogs.replies import results
from sandbox.discord.entities import Channel
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.discord.uploads import Upload
from sandbox.openrouter import JobPlan
from services.errors import BlockedError
from services.results import Removal, Unavailable
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, POST, House, answer_of, status_of
from tests.picture_files import picture

MEMBER: Final = "GET /guilds/{guild_id}/members/{user_id}"
LITE: Final = "google/veo-3.1-lite"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
COUNTED: Final = "In direct messages you count as in **Sandbox**"


def sandbox(house: House) -> dict[str, int]:
    """Return the setting by which direct messages count as the first server."""
    return {"direct_messages_server": house.discord.world.guild("Sandbox").id}


def direct(house: House, by: str = "alice") -> Channel:
    return house.discord.world.direct_channel(house.user(by).id)


async def run(
    house: House, name: str, *, by: str = "alice", options: Mapping[str, object] | None = None
) -> Interaction:
    """Run a command in the bot's direct messages, and wait for the answer."""
    interaction = await house.discord.run_command(
        user_id=house.user(by).id, channel_id=direct(house, by).id, name=name, options=options or {}
    )
    await interaction.answered(timeout=PATIENCE)
    return interaction


async def video(house: House, prompt: str = "a red fox", *, by: str = "alice", **options: object) -> Interaction:
    return await run(house, "video", by=by, options={"prompt": prompt} | options)


async def reads(house: House, name: str = "video", *, by: str = "alice", **options: object) -> str:
    """Run a command whose answer only its user sees, and return what it says."""
    given = {"prompt": "a red fox"} | options if name == "video" else options
    interaction = await run(house, name, by=by, options=given)
    assert interaction.ephemeral
    return plain(answer_of(interaction))


async def press(house: House, label: str, *, on: Message, by: str = "alice") -> Interaction:
    """Press the button with that label, and wait for the answer."""
    buttons = {button["label"]: button["custom_id"] for row in on.components for button in row["components"]}
    click = await house.discord.click(user_id=house.user(by).id, message_id=on.id, custom_id=buttons[label])
    await click.answered(timeout=PATIENCE)
    return click


async def posted(house: House, **options: object) -> Message:
    """Have a video made in direct messages, and return its result."""
    known = house.clips()
    asked = await video(house, **options)  # type: ignore[arg-type]  # options of the command
    await house.ended(asked)
    (result,) = [clip for clip in house.clips() if clip not in known]
    return result


async def under_way(house: House) -> Interaction:
    """Ask for a video that is made once the clock is moved on."""
    house.openrouter.script(JobPlan(seconds=1000))
    asked = await video(house)
    await house.openrouter.requests.wait_for("submit", answered=True)
    return asked


def takes_direct_messages(house: House, *, yes: bool) -> None:
    house.discord.world.replace_user(replace(house.user("alice"), accepts_direct_messages=yes))


def a_stranger(house: House) -> None:
    """Let somebody be in the other server alone, where the bot is too."""
    world = house.discord.world
    world.add_member(world.guild("Elsewhere").id, world.add_user("dora").id)


def assert_nothing_was_reserved(house: House) -> None:
    assert house.jobs() == []
    assert house.bought == 0


# --- served ----------------------------------------------------------------------------------------------------------


async def test_what_is_asked_for_in_direct_messages_is_posted_there(house: House) -> None:
    async with house.running(**sandbox(house)):
        asked = await video(house)
        status = await house.ended(asked)

    (clip,) = house.clips()
    link = f"https://discord.com/channels/@me/{direct(house).id}/{clip.id}"
    assert not asked.ephemeral
    assert plain(answer_of(asked)).startswith("**Video 1**\n> a red fox")
    assert clip.channel_id == status.channel_id == direct(house).id
    assert clip.text.startswith(f"<@{house.user('alice').id}> your video is ready.\n> a red fox")
    assert clip.pings.users == frozenset({house.user("alice").id})
    assert clip.reference is not None
    assert clip.reference.message_id == status.id
    assert status.text == f"Video 1 is ready: {link}"
    assert house.bought == 1
    (job,) = house.jobs()
    assert (job["state"], job["route"], job["in_direct_messages"]) == ("delivered", "channel", 1)
    assert (job["guild_id"], job["channel_id"]) == (*sandbox(house).values(), direct(house).id)


async def test_a_failure_is_told_there(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed"))
    async with house.running(**sandbox(house)):
        news = await house.bad_news_about(asked := await video(house))

    assert news.channel_id == direct(house).id
    assert news.text.startswith(f"<@{house.user('alice').id}> video 1 was not made. The model failed")
    assert status_of(asked).text == (
        f"Video 1 was not made: https://discord.com/channels/@me/{direct(house).id}/{news.id}"
    )


async def test_private_adds_nothing_there_and_takes_nothing_away(house: House) -> None:
    async with house.running(**sandbox(house)):
        asked = await video(house, private=True)
        await house.ended(asked)

    assert not asked.ephemeral
    assert [clip.reference is not None for clip in house.clips()] == [True]
    assert house.jobs()[0]["is_private"] == 0


async def test_a_video_starts_from_a_picture_there(house: House) -> None:
    fox = Upload(filename="fox.png", content=picture())
    async with house.running(**sandbox(house)):
        await house.ended(await video(house, image=fox, model=LITE))
        message = await house.discord.post(
            user_id=house.user("alice").id, channel_id=direct(house).id, content="", uploads=[fox]
        )
        chosen = await house.discord.use_on_message(
            user_id=house.user("alice").id, channel_id=direct(house).id, name="Animate this", target_id=message.id
        )
        await chosen.answered(timeout=PATIENCE)
        sent = await house.discord.submit_modal(interaction_id=chosen.id, values={"prompt": "it runs"})
        await sent.answered(timeout=PATIENCE)
        await house.ended(sent)

    assert [job["frames"] for job in house.jobs()] == [1, 1]
    # Alice's own message carries a file as well.
    assert [clip.channel_id for clip in house.clips()] == [direct(house).id] * 3


async def test_suggestions_come_there_and_ask_discord_nothing(house: House) -> None:
    async with house.running(**sandbox(house)):
        found = await house.discord.autocomplete(
            user_id=house.user("alice").id, channel_id=direct(house).id, name="video", option="model", text="lite"
        )

    assert LITE in [choice["value"] for choice in found]
    assert house.discord.requests_to(MEMBER) == []


async def test_status_history_and_models_say_as_what_one_counts(house: House) -> None:
    async with house.running(**sandbox(house)):
        await house.ended(await video(house))
        answers = {name: await reads(house, name) for name in ("status", "history", "models")}
        in_server = {name: await house.reads(name) for name in ("status", "history", "models")}

    link = f"https://discord.com/channels/@me/{direct(house).id}/{house.clips()[0].id}"
    assert all(COUNTED in text for text in answers.values())
    assert not any(COUNTED in text for text in in_server.values())
    # The same videos and the same limits, from wherever one looks.
    for name in ("status", "history"):
        assert link in answers[name]
        assert link in in_server[name]
    assert "4 of 5 videos a day" in answers["status"]
    assert "4 of 5 videos a day" in in_server["status"]


# --- not served ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["video", "status", "history", "models"])
async def test_where_no_server_is_set_everybody_is_sent_to_one(house: House, name: str) -> None:
    async with house.running():
        told = await reads(house, name)

    assert told == plain(words.off())
    assert house.discord.requests_to(MEMBER) == []
    assert_nothing_was_reserved(house)


async def test_whoever_is_no_member_is_refused(house: House) -> None:
    a_stranger(house)
    async with house.running(**sandbox(house)):
        told = [await reads(house, name, by="dora") for name in ("video", "status", "history", "models")]

    assert set(told) == {plain(words.not_a_member("Sandbox"))}
    assert "**Sandbox**" in told[0]
    assert_nothing_was_reserved(house)


async def test_whoever_has_left_is_refused_from_then_on(house: House) -> None:
    world = house.discord.world
    async with house.running(**sandbox(house)):
        result = await posted(house)
        world.remove_member(world.guild("Sandbox").id, house.user("alice").id)
        told = await reads(house)
        again = await press(house, "Again", on=result)

    assert told == plain(answer_of(again)) == plain(words.not_a_member("Sandbox"))
    assert len(house.jobs()) == house.bought == 1


async def test_whoever_is_timed_out_there_is_refused_here(house: House) -> None:
    world = house.discord.world
    member = world.members[world.guild("Sandbox").id, house.user("alice").id]
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    world.replace_member(replace(member, timed_out_until=until))
    async with house.running(**sandbox(house)):
        told = await reads(house)
        world.replace_member(replace(member, timed_out_until=datetime.now(UTC) - timedelta(seconds=1)))
        await house.ended(await video(house))

    assert told == plain(words.timed_out("Sandbox", until=until))
    assert house.bought == 1


async def test_whoever_has_not_accepted_the_rules_there_is_refused_here(house: House) -> None:
    world = house.discord.world
    member = world.members[world.guild("Sandbox").id, house.user("alice").id]
    world.replace_member(replace(member, is_pending=True))
    async with house.running(**sandbox(house)):
        told = await reads(house)

    assert told == plain(words.not_yet("Sandbox"))
    assert_nothing_was_reserved(house)


async def test_whoever_may_use_no_commands_there_is_refused_here(house: House) -> None:
    world = house.discord.world
    everyone = world.roles[world.guild("Sandbox").id]
    world.replace_role(replace(everyone, permissions=everyone.permissions & ~Permission.USE_APPLICATION_COMMANDS))
    async with house.running(**sandbox(house)):
        told = await reads(house)
        await house.ended(await video(house, by="owner"))

    assert told == plain(words.no_commands("Sandbox"))
    assert [job["user_id"] for job in house.jobs()] == [house.user("owner").id]


@pytest.mark.parametrize("kind", [FaultKind.ANSWER, FaultKind.RESET, FaultKind.HANG])
async def test_where_discord_does_not_say_who_somebody_is_nothing_is_reserved(house: House, kind: FaultKind) -> None:
    async with house.running(**sandbox(house)):
        house.on_discord(MEMBER, kind, times=100, **({"status": 500} if kind is FaultKind.ANSWER else {}))
        told = await reads(house)
        assert_nothing_was_reserved(house)
        house.discord.faults.clear()
        await house.ended(await video(house))

    assert told == plain(words.unreachable())
    assert house.bought == 1


async def test_a_server_that_the_bot_is_not_in_serves_nobody(house: House) -> None:
    async with house.running(direct_messages_server=1234):
        told = await reads(house)

    assert told == plain(words.unreachable())
    assert_nothing_was_reserved(house)


async def test_what_the_bot_knows_of_somebody_it_says_to_anybody_there(house: House) -> None:
    a_stranger(house)
    async with house.running():
        told = await reads(house, "privacy show", by="dora")

    assert told != plain(words.off())
    assert house.discord.requests_to(MEMBER) == []


async def test_commands_of_managers_and_owners_are_not_offered_there_and_refused(house: House) -> None:
    async with house.running(**sandbox(house)):
        with pytest.raises(ClientRefusedError):
            await run(house, "limits show", by="manager")
        forged = [
            await forging.command(house, name, by="owner", channel_id=direct(house, "owner").id)
            for name in ("limits show", "settings show", "pause", "resume", "usage", "owner pause")
        ]

    assert {plain(answer_of(each)) for each in forged} == {plain(replies.ONLY_IN_SERVERS.text)}
    assert house.rows("SELECT * FROM pauses") == []


async def test_a_group_of_friends_is_not_the_bots_own_direct_messages(house: House) -> None:
    async with house.running(**sandbox(house)):
        answer = await forging.command(
            house,
            "video",
            by="alice",
            channel_id=direct(house).id,
            options={"prompt": "a fox"},
            changes={"context": 2},
        )

    assert plain(answer_of(answer)) == plain(replies.ONLY_IN_SERVERS.text)
    assert_nothing_was_reserved(house)


# --- the limits of the server ----------------------------------------------------------------------------------------


async def test_a_day_is_one_wherever_it_is_used(house: House) -> None:
    async with house.running(**sandbox(house)):
        await house.reads("limits default", by="manager", options={"videos_per_day": 2})
        await house.ended(await house.video())
        await house.ended(await video(house))
        here, there = await reads(house), await house.reads("video", options={"prompt": "a fox"})

    assert here.startswith("You have used your 2 videos of today (this server's limit).")
    assert COUNTED in here
    assert there.startswith("You have used your 2 videos of today (this server's limit).")
    assert house.bought == 2


async def test_the_limit_of_a_role_holds_for_who_has_it_now(house: House) -> None:
    world = house.discord.world
    regulars = world.role("Regulars")
    member = world.members[world.guild("Sandbox").id, house.user("carol").id]
    async with house.running(**sandbox(house)):
        await house.reads("limits set", by="manager", options={"role": regulars.id, "videos_per_day": 1})
        await house.ended(await video(house, by="carol"))
        told = await reads(house, by="carol")
        world.replace_member(replace(member, role_ids=frozenset()))
        await house.ended(await video(house, by="carol"))

    assert f"the limit of your role <@&{regulars.id}>" in told
    assert house.bought == 2


async def test_who_is_blocked_there_is_blocked_here(house: House) -> None:
    async with house.running(**sandbox(house)):
        await house.reads("limits block", by="manager", options={"user": house.user("alice").id})
        told = await reads(house)

    assert told.startswith(plain(replies.refusal(BlockedError(everywhere=False))))
    assert_nothing_was_reserved(house)


async def test_a_pause_and_the_budget_of_the_server_hold(house: House) -> None:
    guild = str(house.discord.world.guild("Sandbox").id)
    async with house.running(**sandbox(house)):
        await house.command("pause", by="manager")
        paused = await reads(house)
        await house.command("resume", by="manager")
        await house.command("owner budget", by="owner", options={"usd": 0.0, "server": guild})
        spent = await reads(house)

    assert paused.startswith("A manager has paused the bot in this server.")
    assert spent.startswith("This server has used its budget")
    assert_nothing_was_reserved(house)


async def test_the_models_of_the_server_hold_and_its_channels_do_not(house: House) -> None:
    async with house.running(**sandbox(house)):
        await house.reads("settings model add", by="manager", options={"model": LITE})
        await house.reads("settings channel add", by="manager", options={"channel": house.channel("general").id})
        await house.ended(await video(house))
        other = await reads(house, model="google/veo-3.1")
        elsewhere = await house.reads("video", options={"prompt": "a fox"})

    assert house.orders[0]["model"] == LITE
    assert other.startswith("This server does not allow google/veo-3.1.")
    assert elsewhere.startswith("This server makes videos in")
    assert house.bought == 1


# --- buttons ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["before a restart", "after a restart"])
def restarts(request: pytest.FixtureRequest) -> bool:
    """Whether the bot that is pressed is another process than the one that posted."""
    return bool(request.param)


async def test_a_waiting_video_is_cancelled_whatever_has_become_of_direct_messages(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(**sandbox(house), running_at_once=1):
        await house.video(by="bob")
        await house.openrouter.requests.wait_for("submit", answered=True)
        asked = await video(house)
    async with house.running(running_at_once=1):
        await press(house, "Cancel", on=status_of(asked))
        await house.ended(asked)

    assert status_of(asked).text.startswith("Video 2 was cancelled")
    assert house.bought == 1


async def test_the_buttons_under_a_result_work_there(house: House, restarts: bool) -> None:  # noqa: FBT001  # pytest's
    async with house.running(**sandbox(house)):
        result = await posted(house, seed=7)
        if not restarts:
            await press_them_all(house, result)
    if restarts:
        async with house.running(**sandbox(house)):
            await press_them_all(house, result)

    assert [clip.channel_id for clip in house.clips()] == [direct(house).id] * 2
    assert [order["prompt"] for order in house.orders] == ["a red fox", "a red fox", "a blue fox"]
    assert [job["in_direct_messages"] for job in house.jobs()] == [1, 1, 1]
    assert [job["removed_at"] is not None for job in house.jobs()] == [True, False, False]


async def press_them_all(house: House, result: Message) -> None:
    """Press Again, Edit and Delete."""
    await house.ended(await press(house, "Again", on=result))
    form = await press(house, "Edit", on=result)
    sent = await house.discord.submit_modal(interaction_id=form.id, values={"prompt": "a blue fox"})
    await sent.answered(timeout=PATIENCE)
    await house.ended(sent)
    await press(house, "Delete", on=result)
    await house.discord.wait_until(lambda: result.id not in {clip.id for clip in house.clips()}, timeout=PATIENCE)


async def test_a_dear_video_is_made_there_after_a_yes_and_not_after_a_no(house: House) -> None:
    async with house.running(**sandbox(house)):
        first, second = await video(house, **DEAR), await video(house, **DEAR)
        no = await press(house, "Cancel", on=status_of(first))
        yes = await press(house, "Generate", on=status_of(second))
        await house.ended(yes)

    assert plain(status_of(no).text) == plain(replies.OFFER_DECLINED.text)
    assert [clip.channel_id for clip in house.clips()] == [direct(house).id]
    assert house.bought == 1


async def test_what_came_privately_from_a_server_is_made_again_there(house: House) -> None:
    async with house.running(**sandbox(house)):
        await house.ended(await house.video(private=True))
        (private,) = house.clips()
        await house.ended(await press(house, "Again", on=private))

    assert [clip.channel_id for clip in house.clips()] == [direct(house).id] * 2
    assert [(job["is_private"], job["in_direct_messages"]) for job in house.jobs()] == [(1, 0), (0, 1)]


async def test_another_ones_direct_messages_are_nobodys_business(house: House) -> None:
    async with house.running(**sandbox(house)):
        result = await posted(house)
        waiting = await under_way(house)
        with pytest.raises(ClientRefusedError):
            await press(house, "Again", on=result, by="bob")
        forged = {
            custom_id: forging.click(house, custom_id, on=on, by="bob")
            for custom_id, on in {
                "result:1:again": result,
                "result:1:edit": result,
                "result:1:delete": result,
                "original:1": result,
                "job:2:cancel": status_of(waiting),
                "job:2:again": status_of(waiting),
            }.items()
        }
        for click in forged.values():
            await click.answered(timeout=PATIENCE)

    answers = {custom_id: plain(answer_of(click)) for custom_id, click in forged.items()}
    unknown = plain(results.unavailable(Unavailable.UNKNOWN))
    assert answers["result:1:again"] == answers["result:1:edit"] == unknown
    assert answers["result:1:delete"] == plain(results.removal(Removal.UNKNOWN, None))
    assert not any("fox" in text for text in answers.values())
    assert len(house.jobs()) == house.bought == 2
    assert house.clips() == [result]
    assert house.jobs()[0]["removed_at"] is None


# --- what goes wrong on the way --------------------------------------------------------------------------------------


async def test_a_restart_in_between_is_not_seen(house: House) -> None:
    async with house.running(**sandbox(house)):
        asked = await under_way(house)
    house.openrouter.clock.advance(1000)
    # Neither the setting nor the membership is asked for again: what was paid for is delivered.
    async with house.running():
        await house.ended(asked)

    assert [clip.channel_id for clip in house.clips()] == [direct(house).id]
    assert house.bought == 1


async def test_an_answer_whose_connection_broke_is_found_in_the_direct_messages(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.RESET_AFTER_DOING)
    async with house.running(**sandbox(house)):
        asked = await video(house)
        assert "Video 1: about to start" in await house.reads("status")
    assert house.bought == 0

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running(**sandbox(house)):
        await house.ended(asked)

    assert house.bought == len(house.clips()) == 1
    assert house.jobs()[0]["status_message_id"] == status_of(asked).id


async def test_a_result_whose_post_broke_off_is_found_and_not_posted_twice(house: House) -> None:
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
    async with house.running(**sandbox(house)):
        await house.ended(await video(house))

    assert house.bought == len(house.clips()) == 1


async def test_direct_messages_that_close_keep_the_clip_until_they_are_open_again(house: House) -> None:
    async with house.running(**sandbox(house)):
        asked = await under_way(house)
        takes_direct_messages(house, yes=False)
        house.openrouter.clock.advance(1000)
        status = await house.ended(asked)
        assert house.clips() == []
        assert [job["reason"] for job in house.jobs()] == ["undeliverable"]
        tried = house.posts()
        takes_direct_messages(house, yes=True)
        standing = await run(house, "status")
        again = await press(house, "Send video 1 again", on=status_of(standing))
        clip = await house.discord.next_message(
            direct(house).id, where=lambda message: bool(message.attachments), timeout=PATIENCE
        )
        await house.discord.wait_until(lambda: "is ready" in status_of(asked).text, timeout=PATIENCE)

    assert "let the bot write to you again" in status.text
    # Closed direct messages are asked once, and not once more for the bad news.
    assert [record.status for record in tried] == [403]
    assert plain(answer_of(again)).startswith("It is on its way: you are pinged here")
    assert clip.text.startswith(f"<@{house.user('alice').id}> your video is ready.\n> a red fox")
    assert status_of(asked).text.endswith(f"https://discord.com/channels/@me/{direct(house).id}/{clip.id}")
    assert house.bought == 1


async def test_a_clip_that_was_asked_for_there_is_sent_to_no_channel(house: House) -> None:
    async with house.running(**sandbox(house)):
        asked = await under_way(house)
        takes_direct_messages(house, yes=False)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)
        takes_direct_messages(house, yes=True)
        standing = await house.command("status")
        await press(house, "Send video 1 again", on=status_of(standing))
        await house.discord.wait_until(lambda: "is ready" in status_of(asked).text, timeout=PATIENCE)

    assert [clip.channel_id for clip in house.clips()] == [direct(house).id]


async def test_who_shares_no_server_with_the_bot_any_more_has_their_clip_kept(house: House) -> None:
    world = house.discord.world
    async with house.running(**sandbox(house)):
        asked = await under_way(house)
        for guild in ("Sandbox", "Elsewhere"):
            world.remove_member(world.guild(guild).id, house.user("alice").id)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)
        world.add_member(world.guild("Sandbox").id, house.user("alice").id)
        kept = await run(house, "status")

    (job,) = house.jobs()
    assert (job["reason"], job["counts"], house.bought) == ("undeliverable", 1, 1)
    assert house.clips() == []
    assert [button["label"] for button in status_of(kept).components[0]["components"]] == ["Send video 1 again"]
