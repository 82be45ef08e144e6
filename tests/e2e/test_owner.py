"""`/owner`: what only those who pay may do, what each command changes, and that nobody else gets at it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from cogs import replies
from cogs.replies import owner as words
from sandbox import openrouter
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.openrouter import Answer, JobPlan
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of, watching

COMMANDS: dict[str, dict[str, object]] = {
    "owner servers": {},
    "owner budget": {"usd": 900},
    "owner pause": {},
    "owner resume": {},
    "owner unknown": {},
    "owner resolve": {"video": 1, "was_spent": False},
    "owner takedown": {"video": 1},
    "owner unblock": {"user": 1},
    "owner words add": {"word": "fox"},
    "owner words remove": {"word": "fox"},
    "owner words show": {},
}
SUBGROUP = 2
REMOVE = "DELETE /channels/{channel_id}/messages/{message_id}"
AUDIT = "SELECT guild_id, actor_id, action, subject, before, after FROM audit ORDER BY id"
STATE = (
    AUDIT,
    "SELECT * FROM budgets",
    "SELECT * FROM pauses",
    "SELECT * FROM blocks",
    "SELECT * FROM words",
    "SELECT id, held_microusd, resolved_at FROM jobs",
)
UNKNOWN = Answer(route="submit", status=500, after_work=True)


async def owner(house: House, name: str, **options: object) -> str:
    """Run one of the owner's commands as the owner, and return the private answer, also where it is promised first."""
    interaction = await house.command(f"owner {name}", by="owner", options=options)
    await house.discord.wait_until(lambda: not status_of(interaction).is_loading, timeout=PATIENCE)
    assert interaction.ephemeral
    return plain(status_of(interaction).text)


def everything(house: House) -> dict[str, Any]:
    """Return all that an owner's command can change, as it lies on disk."""
    return {statement: house.rows(statement) for statement in STATE}


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
async def test_discord_hides_the_command_from_members_and_managers(house: House, name: str) -> None:
    async with house.running():
        for who in ("alice", "manager"):
            with pytest.raises(ClientRefusedError, match="hidden"):
                await house.command(name, by=who, options=COMMANDS[name])


async def test_the_group_has_no_command_that_the_tests_of_its_door_leave_out(house: House) -> None:
    async with house.running():
        (group,) = [each for each in house.discord.commands.listed(None) if each["name"] == "owner"]

    found = {
        " ".join(("owner", option["name"], *inner))
        for option in group["options"]
        for inner in ([(each["name"],) for each in option["options"]] if option["type"] == SUBGROUP else [()])
    }
    assert found == set(COMMANDS)
    assert group["default_member_permissions"] == str(discord.Permissions(administrator=True).value)


@pytest.mark.parametrize("who", ["alice", "carol", "manager"])
@pytest.mark.parametrize("name", COMMANDS)
async def test_whoever_gets_past_discords_check_is_refused_by_the_bots_own(house: House, name: str, who: str) -> None:
    house.openrouter.script(UNKNOWN)
    async with house.running():
        await house.ended(await house.video())
        before = everything(house)
        answer = await forging.command(house, name, by=who, options=COMMANDS[name])

    assert answer.ephemeral
    assert plain(answer_of(answer)) == replies.ONLY_OWNER.text
    assert everything(house) == before


async def test_an_administrator_of_the_server_is_not_the_owner_of_the_bot(house: House) -> None:
    async with house.running(owner_ids=frozenset({house.user("alice").id})):
        told = await house.reads("owner pause", by="owner")

    assert told == replies.ONLY_OWNER.text
    assert house.rows("SELECT * FROM pauses") == []


async def test_the_settings_name_owners_who_need_no_right_in_the_server(house: House) -> None:
    async with house.running(owner_ids=frozenset({house.user("alice").id})):
        answer = await forging.command(house, "owner pause", by="alice")

    assert plain(answer_of(answer)) == plain(words.PAUSED.text)


# --- budgets ---------------------------------------------------------------------------------------------------------


async def test_the_owner_sets_a_servers_budget_and_reads_what_it_was(house: House) -> None:
    sandbox = str(house.discord.world.guild("Sandbox").id)
    async with house.running(server_budget_usd="4"):
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        first = await owner(house, "budget", usd=12.5, server=sandbox)
        second = await owner(house, "budget", usd=0.1, server=sandbox)
        refused = await house.reads("video", options={"prompt": "one more"})

    assert first == (
        "The budget of Sandbox was $4.00 (from the settings) and is $12.50 in 30 days now; $0.12 of it are used."
    )
    assert second == (
        "The budget of Sandbox was $12.50 and is $0.10 in 30 days now; $0.12 of it are used. "
        "Nothing more can be made under it until some of it is free again."
    )
    assert refused.startswith("This server has used its budget: $0.00 is left of $0.10 in 30 days")
    assert [(row["action"], row["before"], row["after"]) for row in house.rows(AUDIT)] == [
        ("owner budget", "", "microusd=12500000"),
        ("owner budget", "microusd=12500000", "microusd=100000"),
    ]


async def test_without_a_server_the_budget_is_that_of_everything(house: House) -> None:
    async with house.running():
        told = await owner(house, "budget", usd=0)
        here = await house.reads("video", options={"prompt": "a fox"})
        there = await house.reads("video", where="lobby", options={"prompt": "a fox"})

    assert told == (
        "The budget of everything was $20.00 (from the settings) and is $0.00 in 30 days now; $0.00 of it are used. "
        "Nothing more can be made under it until some of it is free again."
    )
    assert here.startswith("The bot's budget is used: $0.00 is left of $0.00 in 30 days")
    assert here == there
    (change,) = house.rows(AUDIT)
    assert (change["actor_id"], change["subject"]) == (house.user("owner").id, "everything")


async def test_cents_are_kept_as_they_were_typed(house: House) -> None:
    async with house.running():
        await owner(house, "budget", usd=0.29)

    assert [row["microusd"] for row in house.rows("SELECT * FROM budgets")] == [290_000]


@pytest.mark.parametrize("server", ["1", "0", "-1", "everything", "\uff11\uff12", "9" * 20, "1; DROP TABLE budgets"])
async def test_a_server_that_the_bot_is_not_in_gets_no_budget(house: House, server: str) -> None:
    async with house.running():
        told = await forging.command(house, "owner budget", by="owner", options={"usd": 5, "server": server})

    assert answer_of(told) in {words.NO_SUCH_SERVER.text, replies.SOMETHING_WENT_WRONG.text}
    assert house.rows("SELECT * FROM budgets") == []


@pytest.mark.parametrize("usd", [-1, 1_000_001, 10**30])
async def test_an_amount_beyond_the_bounds_is_refused_also_when_forged(house: House, usd: int) -> None:
    async with house.running():
        with pytest.raises(ClientRefusedError):
            await owner(house, "budget", usd=usd)
        answer = await forging.command(house, "owner budget", by="owner", options={"usd": usd})

    assert answer.ephemeral
    assert house.rows("SELECT * FROM budgets") == house.rows(AUDIT) == []


async def test_the_servers_are_listed_with_what_they_used_of_their_budgets(house: House) -> None:
    world = house.discord.world
    elsewhere = world.guild("Elsewhere").id
    async with house.running(server_budget_usd="4"):
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=8, where="lobby"))
        await owner(house, "budget", usd=7, server=str(elsewhere))
        told = await owner(house, "servers")

    assert told.splitlines() == [
        "**Everything:** $0.36 of $20.00 in 30 days, by 2 servers.",
        f"Elsewhere (`{elsewhere}`): $0.24 of $7.00, 1 video.",
        f"Sandbox (`{world.guild('Sandbox').id}`): $0.12 of $4.00, 1 video.",
    ]


# --- pausing ---------------------------------------------------------------------------------------------------------


async def test_a_pause_holds_every_server_through_a_restart_until_it_ends(house: House) -> None:
    async with house.running():
        paused = await owner(house, "pause")
        again = await owner(house, "pause")
    async with house.running():
        here = await house.reads("video", options={"prompt": "a fox"})
        there = await house.reads("video", where="lobby", options={"prompt": "a fox"})
        resumed = await owner(house, "resume")
        idle = await owner(house, "resume")
        await house.ended(await house.video())

    assert (paused, again) == (plain(words.PAUSED.text), plain(words.PAUSED_BEFORE.text))
    assert here == there == "The bot's owner has paused it in every server. Please try again later."
    assert (resumed, idle) == (plain(words.RESUMED.text), plain(words.NOT_PAUSED.text))
    assert house.bought == 1
    assert [(row["before"], row["after"]) for row in house.rows(AUDIT)] == [
        ("running", "paused (owner)"),
        ("paused (owner)", "running"),
    ]


# --- the bill --------------------------------------------------------------------------------------------------------


async def test_the_bill_shows_what_we_count_beside_what_the_key_says(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        told = await owner(house, "unknown")

    head, counted, key, title, nothing = told.splitlines()
    assert (head, title) == ("**Spent**", "**Orders that may or may not have been bought**")
    assert counted == "The bot counts $0.12 in 30 days, what is held for videos under way included."
    assert key.startswith("The key has spent $0.12 today and $0.12 this month, by UTC.")
    assert nothing == words.NOTHING_UNKNOWN.text


async def test_a_video_service_that_is_silent_leaves_our_own_count(house: House) -> None:
    house.openrouter.script(Answer(route="key", status=500, times=None))
    async with house.running():
        told = await owner(house, "unknown")

    assert words.NO_BALANCE.text in told
    assert "The bot counts $0.00" in told


@pytest.mark.parametrize("was_spent", [True, False])
async def test_the_owner_settles_an_order_that_nobody_can_tell_of(house: House, *, was_spent: bool) -> None:
    house.openrouter.script(UNKNOWN)
    async with house.running():
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        listed = await owner(house, "unknown")
        told = await owner(house, "resolve", video=1, was_spent=was_spent)
        again = await owner(house, "resolve", video=1, was_spent=was_spent)
        after = await owner(house, "unknown")

    held = house.jobs()[0]["reserved_microusd"]
    assert "Video 1: asked for <t:" in listed
    assert listed.endswith(plain(words.HOW_TO_SETTLE.text))
    assert told == plain(replies_of_settling(held, was_spent=was_spent))
    assert again == "There is nothing to settle about video 1: `/owner unknown` lists what there is."
    assert after.endswith(words.NOTHING_UNKNOWN.text)
    assert house.jobs()[0]["held_microusd"] == (held if was_spent else 0)
    (change,) = house.rows(AUDIT)
    assert (change["action"], change["subject"]) == ("owner unknown", "video 1")


def replies_of_settling(held: int, *, was_spent: bool) -> str:
    amount = replies.dollars(held)
    if was_spent:
        return f"Settled: the {amount} of video 1 stay counted as spent."
    return f"Settled: the {amount} that were held for video 1 are free again."


# --- taking a video down ---------------------------------------------------------------------------------------------


async def test_a_takedown_removes_both_messages_and_blocks_the_member_in_every_server(house: House) -> None:
    alice = house.user("alice").id
    async with house.running():
        asked = await house.video()
        status = await house.ended(asked)
        told = await owner(house, "takedown", video=1)
        here = await house.reads("video", options={"prompt": "again"})
        there = await house.reads("video", where="lobby", options={"prompt": "again"})

    assert told == (
        f"<@{alice}> is blocked in every server: `/owner unblock` ends it. The clip of video 1 is removed. "
        "Its status message is removed."
    )
    assert house.clips() == []
    assert status.id not in {message.id for message in house.discord.messages(status.channel_id, viewer_id=alice)}
    assert (
        here
        == there
        == "The bot's owner has blocked you: you cannot make videos with this bot. Only its owner can change that."
    )
    assert {record.authorization.value for record in house.discord.requests_to(REMOVE)} == {"bot"}
    (change,) = house.rows(AUDIT)
    assert (change["guild_id"], change["action"], change["after"]) == (0, "owner takedown", "blocked")
    assert change["subject"] == f"video 1 of member {alice}"


async def test_the_owner_ends_the_block_that_a_takedown_left(house: House) -> None:
    alice = house.user("alice").id
    async with house.running():
        await house.ended(await house.video())
        await owner(house, "takedown", video=1)
        ended = await owner(house, "unblock", user=alice)
        again = await owner(house, "unblock", user=alice)
        await house.ended(await house.video())

    assert ended.startswith(f"<@{alice}> may make videos again.")
    assert again.startswith(f"<@{alice}> was not blocked everywhere.")
    assert len(house.clips()) == 1
    assert [row["action"] for row in house.rows(AUDIT)] == ["owner takedown", "block"]


async def test_a_second_takedown_finds_nothing_left(house: House) -> None:
    async with house.running():
        await house.ended(await house.video())
        await owner(house, "takedown", video=1)
        told = await owner(house, "takedown", video=1)

    assert told.endswith("The clip of video 1 was gone already. Its status message was gone already.")
    assert [row["action"] for row in house.rows(AUDIT)] == ["owner takedown"] * 2


async def test_the_owner_takes_down_a_video_of_another_server(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(where="lobby"))
        await owner(house, "takedown", video=1)

    assert house.clips() == []


async def test_a_message_that_discord_does_not_remove_is_told(house: House) -> None:
    house.on_discord(REMOVE, FaultKind.ANSWER, status=403, json={"message": "Missing Permissions", "code": 50013})
    async with house.running():
        await house.ended(await house.video())
        told = await owner(house, "takedown", video=1)

    assert "The clip of video 1 could not be removed: run this again, or remove it by hand." in told
    assert told.endswith("Its status message is removed.")


async def test_a_video_that_is_still_being_made_is_never_posted_and_stays_paid_for(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video(model="google/veo-3.1-lite", duration=4)
        await house.openrouter.requests.wait_for("submit", answered=True)
        told = await owner(house, "takedown", video=1)
    # What the owner said outlives the process that heard it.
    async with house.running():
        house.openrouter.clock.advance(1000)
        job = await at_rest(house)

    assert "The clip of video 1 was never posted." in told
    assert told.endswith("It is still under way and paid for, so it ends by itself: its clip will not be posted.")
    assert house.clips() == []
    assert not [message for message in house.discord.world.messages.everything() if message.reference is not None]
    assert asked.original is None
    assert (job["state"], job["held_microusd"], job["counts"], job["prompt"]) == ("failed", 120_000, 1, "")
    assert not list((house.data / "clips").glob("**/*.mp4"))


async def at_rest(house: House) -> dict[str, Any]:
    """Wait until nothing is left to do about the only job, and return its row."""

    def look() -> dict[str, Any] | None:
        (job,) = house.jobs()
        return job if job["ended_at"] is not None and job["next_at"] is None else None

    return await house.discord.wait_until(look, timeout=PATIENCE)


async def test_a_video_that_waits_in_line_is_cancelled_and_costs_nothing(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        await house.video(by="bob")
        await owner(house, "takedown", video=2)

    _, waiting = house.jobs()
    assert (waiting["state"], waiting["held_microusd"], waiting["prompt"]) == ("cancelled", 0, "")
    assert house.bought == 1


async def test_a_private_video_is_removed_from_direct_messages(house: House) -> None:
    alice = house.user("alice").id
    async with house.running():
        await house.video(private=True)
        await house.discord.wait_until(lambda: house.clips() or None, timeout=PATIENCE)
        (clip,) = house.clips()
        await house.discord.wait_until(lambda: house.jobs()[0]["state"] == "delivered" or None, timeout=PATIENCE)
        told = await owner(house, "takedown", video=1)

    assert "The clip of video 1 is removed." in told
    assert house.discord.world.channels[clip.channel_id].recipient_id == alice
    assert house.clips() == []


async def test_a_clip_that_is_kept_is_removed_and_can_not_be_sent_again(house: House) -> None:
    world, alice = house.discord.world, house.user("alice")
    async with house.running():
        world.replace_user(replace(alice, accepts_direct_messages=False))
        house.openrouter.script(JobPlan(seconds=1000))
        await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        world.set_overwrite(house.channel("videos").id, world.bot.id, deny=Permission.VIEW_CHANNEL)
        house.openrouter.clock.advance(1000)
        await house.discord.wait_until(lambda: house.jobs()[0]["told_at"] is not None or None, timeout=PATIENCE)
        kept = list((house.data / "clips").glob("**/*.mp4"))
        await owner(house, "takedown", video=1)
        await at_rest(house)
        status = await house.reads("status", where="general")

    assert len(kept) == 1
    assert not list((house.data / "clips").glob("**/*.mp4"))
    assert "Kept for you" not in status
    assert "Video 1 was taken down" in status


async def test_a_video_that_never_was_is_named(house: House) -> None:
    async with house.running():
        told = await owner(house, "takedown", video=77)

    assert told == plain(words.no_video(77))
    assert house.rows(AUDIT) == []


# --- being told ------------------------------------------------------------------------------------------------------


async def told_privately(house: House, *, by: str = "owner") -> list[str]:
    """Wait for a direct message of the bot, and return all of them."""
    world = house.discord.world
    who = house.user(by).id

    def look() -> list[str]:
        private = [channel.id for channel in world.channels.values() if channel.recipient_id == who]
        return [plain(message.text) for channel_id in private for message in house.discord.messages(channel_id)]

    return await house.discord.wait_until(look, timeout=PATIENCE)


async def test_the_owner_hears_of_an_unknown_order_in_a_direct_message(house: House) -> None:
    house.openrouter.script(UNKNOWN)
    async with house.running():
        await house.ended(await house.video())
        told = await told_privately(house)

    (text,) = told
    assert text.startswith("Nobody can say whether video 1 was bought: the connection broke while it was ordered.")
    assert "/owner unknown" in text


async def log_to(house: House, channel: str) -> None:
    """Choose the channel in which a server hears of its budget."""
    await house.reads("settings log", by="manager", options={"channel": house.channel(channel).id})


async def test_a_server_hears_of_its_budget_in_its_log_channel(house: House) -> None:
    async with house.running(server_budget_usd="0.40"):
        await log_to(house, "general")
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        heard = await house.discord.next_message(house.channel("general").id, timeout=PATIENCE)

    assert plain(heard.text).startswith("The budget for this server: $0.")
    assert not heard.pings.users


async def test_a_log_channel_that_was_closed_is_passed_over_for_the_owner_and_tried_once(house: House) -> None:
    world, general = house.discord.world, house.channel("general").id
    async with house.running(server_budget_usd="0.40"):
        await log_to(house, "general")
        world.set_overwrite(general, world.bot.id, deny=Permission.VIEW_CHANNEL)
        with watching("notice_told") as noted:
            await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
            (told,) = await told_privately(house)
            await noted.wait()

    assert told.startswith("The budget for the server Sandbox: $0.36 of $0.40 in 30 days are used (90 %).")
    assert len([record for record in house.posts() if f"/channels/{general}/" in record.path]) == 1
    assert house.rows("SELECT id FROM notices WHERE told_at IS NULL") == []


async def test_an_owner_who_takes_no_messages_is_not_asked_again(house: House) -> None:
    world = house.discord.world
    hermit = world.add_user("hermit", accepts_direct_messages=False)
    world.add_member(world.guild("Sandbox").id, hermit.id)
    house.openrouter.script(UNKNOWN)
    async with house.running(owner_ids=frozenset({hermit.id})):
        with watching("nobody_to_tell") as given_up, watching("notice_told") as noted:
            await house.ended(await house.video())
            await given_up.wait()
            await noted.wait()

    private = next(channel.id for channel in world.channels.values() if channel.recipient_id == hermit.id)
    assert len([record for record in house.posts() if f"/channels/{private}/" in record.path]) == 1
    assert house.rows("SELECT id FROM notices WHERE told_at IS NULL") == []


# --- what members see of it ------------------------------------------------------------------------------------------


async def test_the_limits_on_money_stand_in_the_status(house: House) -> None:
    async with house.running(user_usd_everywhere="3", server_budget_usd="4"):
        await house.ended(await house.video(model="google/veo-3.1-lite", duration=4))
        told = await house.reads("status")

    left = told.partition("**Left**\n")[2].partition("\n**Your last videos**")[0]
    assert left.splitlines()[1:] == [
        "Your dollars over all servers (the bot's limit): $0.12 of $3.00 used in 30 days, $2.88 left.",
        "This server's budget: $0.12 of $4.00 used in 30 days, $3.88 left.",
    ]


async def test_the_models_are_listed_with_the_price_of_what_they_make_here(house: House) -> None:
    async with house.running(default_duration=4):
        shown = await house.command("models")

    assert shown.ephemeral
    lines = answer_of(shown).splitlines()
    assert lines[0] == "**Models**"
    (lite,) = [line for line in lines if line.startswith("Google: Veo 3.1 Lite")]
    assert lite.split()[4:] == ["$0.12", "4", "s", "720p", "?", "4-8", "720p-1080p", "choose", "$0.12*", "yes"]


async def test_a_long_list_of_models_is_turned_by_buttons_that_outlive_a_restart(house: House) -> None:
    house.openrouter.script(Answer(route="models", status=200, json=many_models(40), times=None))
    async with house.running():
        shown = await house.command("models")
        first = status_of(shown).text
    async with house.running():
        await turn(house, shown, "models:2")
        second = status_of(shown).text
        await turn(house, shown, "models:3")
        third = status_of(shown).text
        beyond = forging.click(house, "models:999", on=status_of(shown), by="alice")
        await beyond.answered(timeout=PATIENCE)

    assert [text.splitlines()[0] for text in (first, second, third)] == [
        f"**Models**, page {page} of 3" for page in (1, 2, 3)
    ]
    assert status_of(shown).text == third
    names = {line.split(" ", 2)[1] for text in (first, second, third) for line in text.splitlines()[3:-2]}
    assert names == {str(number) for number in range(40)}


async def turn(house: House, shown: Interaction, custom_id: str) -> None:
    """Press a button under the list of models, and wait until it has turned."""
    alice = house.user("alice").id
    click = await house.discord.click(user_id=alice, message_id=status_of(shown).id, custom_id=custom_id)
    await click.answered(timeout=PATIENCE)


def many_models(number: int) -> dict[str, Any]:
    """Return a list of so many models, as the video service gives it."""
    listed = json.loads(Path(openrouter.__file__).with_name("models.json").read_text(encoding="utf-8"))["data"]
    (lite,) = [model for model in listed if model["id"] == "google/veo-3.1-lite"]
    return {"data": [lite | {"id": f"google/veo-{each}", "name": f"Veo {each} x"} for each in range(number)]}
