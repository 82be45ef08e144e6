"""What managers may do to their own server, what nobody may do to another, and a pause that outlives a restart."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from cogs.replies import settings as words
from sandbox.discord.entities import Channel
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.permissions import Permission
from sandbox.openrouter import JobPlan
from tests.cogs import forged
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import House, answer_of

TABLES = ("limits", "bonuses", "blocks", "pauses", "servers", "budgets", "words", "audit")
REFUSED = "Only members who may manage this server can do that. Ask one of them."
LITE = "google/veo-3.1-lite"

Option = tuple[str, int, object]
NUMBERS: list[Option] = [("videos_per_day", forged.INTEGER, 9), ("usd_per_30_days", forged.NUMBER, 9.5)]
PLAIN: dict[str, list[Option]] = {
    "limits show": [],
    "limits default": NUMBERS,
    "limits clear": [],
    "limits log": [],
    "settings show": [],
    "settings model add": [("model", forged.STRING, LITE)],
    "settings model remove": [("model", forged.STRING, LITE)],
    "settings defaults": [("duration", forged.INTEGER, 8)],
    "settings log": [],
    "settings language": [("language", forged.STRING, "de")],
    "settings channel age-restricted": [("only", forged.BOOLEAN, True)],
    "settings words add": [("word", forged.STRING, "nude")],
    "settings words remove": [("word", forged.STRING, "nude")],
    "settings words show": [],
    "settings reset": [],
    "pause": [],
    "resume": [],
    "usage": [],
}
ABOUT_A_MEMBER: dict[str, list[Option]] = {
    "limits set": NUMBERS,
    "limits clear": [],
    "limits grant": [("videos", forged.INTEGER, 5)],
    "limits block": [],
    "limits unblock": [],
}
ABOUT_A_CHANNEL = ("settings channel add", "settings channel remove", "settings log")


def contents(house: House) -> dict[str, list[dict[str, object]]]:
    """Return everything that a manager or an owner can change, as it lies on disk."""
    return {table: house.rows(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608  # our own names


def boss_elsewhere(house: House) -> str:
    """Add a manager of the other server, who is a plain member of the first, and return their name."""
    world = house.discord.world
    elsewhere = world.guild("Elsewhere").id
    managers = world.add_role(elsewhere, "Bosses", permissions=Permission.MANAGE_GUILD)
    boss = world.add_user("boss").id
    world.add_member(elsewhere, boss, role_ids={managers.id})
    world.add_member(world.guild("Sandbox").id, boss)
    return "boss"


def resolved_user(user_id: int) -> dict[str, object]:
    user = {"id": str(user_id), "username": "somebody", "discriminator": "0", "avatar": None}
    return {"users": {str(user_id): user}}


def resolved_channel(channel: Channel) -> dict[str, object]:
    shown = {"id": str(channel.id), "type": 0, "name": channel.name, "permissions": str(2**40)}
    return {"channels": {str(channel.id): shown | {"guild_id": str(channel.guild_id)}}}


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alice", "boss"])
async def test_who_does_not_manage_the_server_changes_and_learns_nothing_by_any_command(house: House, who: str) -> None:
    boss_elsewhere(house)
    alice, general = house.user("alice").id, house.channel("general")
    async with house.running():
        await house.reads("limits default", by="manager", options={"videos_per_day": 3})
        await house.reads("limits block", by="manager", options={"user": house.user("bob").id})
        await house.reads("settings model add", by="manager", options={"model": LITE})
        await house.reads("pause", by="manager")
        before = contents(house)

        for name, options in PLAIN.items():
            with pytest.raises(ClientRefusedError, match="hidden"):
                await house.command(name, by=who)
            answer = await forged.command(house, name, by=who, options=options)
            assert (name, answer.ephemeral, answer_of(answer)) == (name, True, REFUSED)
        for name, options in ABOUT_A_MEMBER.items():
            user: Option = ("user", forged.USER, str(alice))
            answer = await forged.command(house, name, by=who, options=[user, *options], resolved=resolved_user(alice))
            assert (name, answer_of(answer)) == (name, REFUSED)
        for name in ABOUT_A_CHANNEL:
            channel: Option = ("channel", forged.CHANNEL, str(general.id))
            answer = await forged.command(house, name, by=who, options=[channel], resolved=resolved_channel(general))
            assert (name, answer_of(answer)) == (name, REFUSED)

    assert contents(house) == before


async def test_every_command_of_managers_is_hidden_from_others_and_in_the_matrix_above(house: House) -> None:
    async with house.running():
        listed = house.discord.commands.listed(None)

    hidden = [
        command for command in listed if command["default_member_permissions"] == str(int(Permission.MANAGE_GUILD))
    ]
    assert {command["name"] for command in hidden} == {"limits", "settings", "pause", "resume", "usage"}
    assert {name for command in hidden for name in leaves(command)} == {*PLAIN, *ABOUT_A_MEMBER, *ABOUT_A_CHANNEL}


def leaves(command: Mapping[str, Any]) -> list[str]:
    """Return the full names of a command's subcommands, or its own."""
    children = [each for each in command.get("options", ()) if each["type"] in {1, 2}]
    found = [f"{command['name']} {leaf}" for child in children for leaf in leaves(child)]
    return found or [str(command["name"])]


async def test_a_manager_of_one_server_changes_nothing_for_another_by_any_command(house: House) -> None:
    boss = boss_elsewhere(house)
    world = house.discord.world
    sandbox, elsewhere = world.guild("Sandbox").id, world.guild("Elsewhere").id
    alice, regulars = house.user("alice").id, world.role("Regulars").id
    async with house.running(server_budget_usd=5):
        await house.reads("limits default", by="manager", options={"videos_per_day": 2})
        await house.reads("limits set", by="manager", options={"user": alice, "videos_per_day": 1})
        before = contents(house)
        status_before = await house.reads("status")

        for name, options in PLAIN.items():
            await forged.command(house, name, by=boss, where="lobby", options=options)
        for name, options in ABOUT_A_MEMBER.items():
            user: Option = ("user", forged.USER, str(alice))
            await forged.command(
                house, name, by=boss, where="lobby", options=[user, *options], resolved=resolved_user(alice)
            )
        await forging.command(house, "limits set", by=boss, where="lobby", options={"role": regulars})
        shown = await house.reads("limits show", by=boss, where="lobby")
        status_after = await house.reads("status")

    after = contents(house)
    ours = {table: [row for row in rows if row["guild_id"] == sandbox] for table, rows in after.items()}
    assert ours == before
    assert {row["guild_id"] for rows in after.values() for row in rows} == {sandbox, elsewhere}
    assert status_after == status_before
    assert "2 a day" not in shown
    assert after["budgets"] == []


async def test_no_forged_channel_makes_the_bot_speak_in_another_server(house: House) -> None:
    boss = boss_elsewhere(house)
    general = house.channel("general")
    async with house.running():
        channel: Option = ("channel", forged.CHANNEL, str(general.id))
        answer = await forged.command(
            house, "settings log", by=boss, where="lobby", options=[channel], resolved=resolved_channel(general)
        )

    assert answer.ephemeral
    assert house.rows("SELECT * FROM servers") == []
    assert house.rows("SELECT * FROM audit") == []


async def test_what_managers_share_out_stays_under_the_owners_budget(house: House) -> None:
    """A video of this model is held with $0.36, so that the second does not fit, whatever a manager sets."""
    generous: dict[str, object] = {
        "usd_per_30_days": 1_000_000,
        "videos_per_day": 10_000,
        "dearest_clip_usd": 1_000_000,
    }
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(server_budget_usd="0.40"):
        await house.reads("limits default", by="manager", options=generous)
        await house.reads("limits set", by="manager", options={"user": house.user("alice").id} | generous)
        await house.video(model=LITE, duration=4)
        refused = await house.reads("video", options={"prompt": "a fox", "model": LITE, "duration": 4})

    assert refused.startswith("This server has used its budget")
    assert len(house.jobs()) == 1


async def test_a_servers_budget_is_told_in_the_log_channel_that_its_managers_chose(house: House) -> None:
    general = house.channel("general").id
    async with house.running(server_budget_usd="0.40"):
        await house.reads("settings log", by="manager", options={"channel": general})
        await house.ended(await house.video(model=LITE, duration=4))
        told = await house.discord.next_message(general, timeout=100)

    assert "The budget for this server" in told.text


# --- the pause -------------------------------------------------------------------------------------------------------


async def test_a_pause_stops_what_is_new_and_what_waits_and_survives_a_restart(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        made = await house.video("in the making")
        await house.openrouter.requests.wait_for("submit", answered=True)
        waiting = await house.video("waiting", by="bob")
        told = await house.reads("pause", by="manager")
        again = await house.reads("pause", by="manager")
        refused = await house.video("new", by="carol")
        house.openrouter.clock.advance(1000)
        await house.ended(made)
        elsewhere = await house.video("elsewhere", where="lobby")
        await house.ended(elsewhere)
        bought_before = house.bought
    async with house.running(running_at_once=1):
        still = await house.video("new again", by="carol")
        await house.ended(await house.video("elsewhere again", where="lobby"))
        bought_while_paused = house.bought - bought_before
        resumed = await house.reads("resume", by="manager")
        await house.ended(waiting)
        await house.ended(await house.video("new at last", by="carol"))

    assert (told, again) == (plain(words.PAUSED.text), plain(words.PAUSED_ALREADY.text))
    assert refused.ephemeral
    assert still.ephemeral
    assert bought_before == 2
    assert bought_while_paused == 1
    assert resumed == plain(words.RESUMED.text)
    assert [(job["prompt"], job["state"]) for job in house.jobs()] == [
        ("in the making", "delivered"),
        ("waiting", "delivered"),
        ("elsewhere", "delivered"),
        ("elsewhere again", "delivered"),
        ("new at last", "delivered"),
    ]
    assert [(row["before"], row["after"]) for row in house.rows("SELECT * FROM audit ORDER BY id")] == [
        ("running", "paused (manager)"),
        ("paused (manager)", "running"),
    ]


async def test_a_waiting_video_can_be_cancelled_in_a_pause(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        await house.video("in the making")
        await house.openrouter.requests.wait_for("submit", answered=True)
        waiting = await house.video("waiting", by="bob")
        await house.reads("pause", by="manager")
        await house.cancel(waiting, by="bob")

    assert [job["state"] for job in house.jobs()] == ["generating", "cancelled"]


async def test_the_bot_rests_while_a_paused_server_has_videos_waiting(house: House) -> None:
    """A job that is due but paused must not keep the worker looking for it."""
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        made = await house.video("in the making")
        await house.openrouter.requests.wait_for("submit", answered=True)
        await house.video("waiting", by="bob")
        await house.reads("pause", by="manager")
        house.openrouter.clock.advance(1000)
        await house.ended(made)
        began = time.process_time()
        await asyncio.to_thread(time.sleep, 1.0)
        used = time.process_time() - began

    assert used < 0.4  # seconds of a processor, in one second in which there was nothing to do


async def test_resume_says_what_still_holds_the_server_back(house: House) -> None:
    async with house.running():
        await house.reads("owner pause", by="owner")
        await house.reads("pause", by="manager")
        held = await house.reads("resume", by="manager")
        nothing = await house.reads("resume", by="manager")
        refused = await house.video()
        await house.reads("owner resume", by="owner")
        free = await house.reads("resume", by="manager")

    assert held.splitlines()[0] == "The pause of this server's managers is over. Still no videos are made:"
    assert held.splitlines()[1].startswith("- The bot's owner paused it in every server <t:")
    assert nothing.splitlines()[0] == "No manager has paused it. Still no videos are made:"
    assert refused.ephemeral
    assert free == "No manager has paused it. Nothing holds videos back in this server."


async def test_an_owner_who_does_not_manage_the_server_is_shown_their_own_switch(house: House) -> None:
    world = house.discord.world
    guild = world.add_guild("Alices", owner_id=house.user("alice").id).id
    world.add_channel(guild, "salon")
    world.add_member(guild, house.user("owner").id)
    async with house.running():
        answers = [await forged.command(house, name, by="owner", where="salon") for name in ("pause", "resume")]

    assert [answer_of(answer) for answer in answers] == [words.OWNER_PAUSES_EVERYWHERE.text] * 2
    assert house.rows("SELECT * FROM pauses") == []
