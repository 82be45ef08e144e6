"""`/limits`: what managers may set, for whom, how it binds, and who may not touch it."""

from itertools import product

import pytest

from cogs import replies
from cogs.replies import limits as words
from sandbox.discord.errors import ClientRefusedError
from sandbox.openrouter import JobPlan
from services.errors import NotAllowedError
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import House, answer_of

LIMITS = "SELECT guild_id, subject, subject_id, videos_per_day, running_at_once FROM limits ORDER BY subject"
COMMANDS: dict[str, dict[str, object]] = {
    "limits show": {},
    "limits set": {"videos_per_day": 9},
    "limits default": {"videos_per_day": 9},
    "limits clear": {},
    "limits grant": {"user": 1, "videos": 2},
    "limits block": {"user": 1},
    "limits unblock": {"user": 1},
    "limits log": {},
}


async def set_for(house: House, subject: str, **options: object) -> str:
    """As the manager, set limits for a member (`@name`) or a role (`&name`)."""
    kind, name = subject[0], subject[1:]
    who = {"user": house.user(name).id} if kind == "@" else {"role": house.discord.world.role(name).id}
    return await house.reads("limits set", by="manager", options=who | options)


async def test_a_manager_sets_sees_and_clears_limits(house: House) -> None:
    alice, regulars = house.user("alice").id, house.discord.world.role("Regulars").id
    async with house.running():
        told = await set_for(house, "@alice", videos_per_day=9)
        await set_for(house, "@alice", running_at_once=2)
        await set_for(house, "&Regulars", videos_per_day=7)
        await house.reads("limits default", by="manager", options={"videos_per_day": 3, "running_at_once": 1})
        shown = await house.reads("limits show", by="manager")
        cleared = await house.reads("limits clear", by="manager", options={"user": alice})
        again = await house.reads("limits clear", by="manager", options={"user": alice})
        await house.reads("limits clear", by="manager", options={"role": regulars})
        await house.reads("limits clear", by="manager")
        empty = await house.reads("limits show", by="manager")

    assert told.startswith(f"Set. <@{alice}>: 9 a day. This binds from the next video on; what is running goes on.")
    assert shown.splitlines()[1:] == [
        "Everybody here: 3 a day, 1 at once.",
        f"<@&{regulars}>: 7 a day.",
        f"<@{alice}>: 9 a day, 2 at once.",
        "The bot: 5 a day.",
        "The owner's budget for all servers together: $20.00 in 30 days; this server used $0.00.",
        "Over all servers nobody gets more than 20 videos in 24 hours.",
    ]
    assert cleared == f"Cleared: for <@{alice}> the next rule applies."
    assert again == f"There was no limit set for <@{alice}>."
    assert empty.splitlines()[1:] == shown.splitlines()[-3:]
    assert house.rows(LIMITS) == []


async def test_discord_hides_the_commands_from_members(house: House) -> None:
    async with house.running():
        for name, options in COMMANDS.items():
            with pytest.raises(ClientRefusedError, match="hidden"):
                await house.command(name, by="alice", options=options)


async def test_a_member_who_gets_past_discords_check_is_refused_by_the_bots_own(house: House) -> None:
    async with house.running():
        await house.reads("limits default", by="manager", options={"videos_per_day": 3})
        before = house.rows(LIMITS)
        answers = [
            await forging.command(house, name, by=who, options=options)
            for name, options in COMMANDS.items()
            for who in ("alice", "carol")
        ]
        registered = next(each for each in house.discord.commands.listed(None) if each["name"] == "limits")

    assert {f"limits {leaf['name']}" for leaf in registered["options"]} == set(COMMANDS)
    for answer in answers:
        assert answer.ephemeral
        assert plain(answer_of(answer)) == replies.refusal(NotAllowedError())
    assert house.rows(LIMITS) == before


async def test_the_members_own_limit_goes_over_the_best_role_over_the_server_over_the_bot(house: House) -> None:
    world = house.discord.world
    patrons = world.role("Patrons").id
    guild = world.guild("Sandbox").id
    world.add_member(guild, house.user("carol").id, role_ids={world.role("Regulars").id, patrons})

    async def left() -> str:
        return (await house.reads("status", by="carol")).partition("**Left**\n")[2].split(" videos")[0]

    async with house.running():
        assert await left() == "5 of 5"
        await house.reads("limits default", by="manager", options={"videos_per_day": 9})
        assert await left() == "9 of 9"
        await set_for(house, "&Regulars", videos_per_day=2)
        assert await left() == "2 of 2"
        await set_for(house, "&Patrons", videos_per_day=6)
        assert await left() == "6 of 6"
        await set_for(house, "@carol", videos_per_day=1)
        assert (await house.reads("status", by="carol")).partition("**Left**\n")[2].startswith("1 of 1 video a day")
        await house.reads("limits clear", by="manager", options={"user": house.user("carol").id})
        assert await left() == "6 of 6"


async def test_a_lowered_limit_binds_at_once_and_what_is_running_goes_on(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        await set_for(house, "@alice", videos_per_day=1)
        refused = await house.reads("video", options={"prompt": "one more"})
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    assert refused.startswith("You have used your 1 video of today (your own limit). The next one is free <t:")
    assert [job["state"] for job in house.jobs()] == ["delivered"]


async def test_a_limit_of_none_shuts_a_role_out(house: House) -> None:
    async with house.running():
        await set_for(house, "&Regulars", videos_per_day=0)
        refused = await house.reads("video", by="carol", options={"prompt": "a fox"})

    role = house.discord.world.role("Regulars").id
    assert refused == (
        f"You cannot make videos here: the limit of your role <@&{role}> is 0 a day. "
        "A manager of this server can change that."
    )
    assert house.jobs() == []


async def test_more_at_once_than_allowed_is_refused_until_one_finishes(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await house.reads("limits default", by="manager", options={"running_at_once": 1})
        asked = await house.video()
        refused = await house.reads("video", options={"prompt": "one more"})
        await house.openrouter.requests.wait_for("submit", answered=True)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)
        await house.ended(await house.video("now"))

    assert refused == "You have 1 video under way, and this server's limit is 1 at once. Wait for one to finish."
    assert len(house.jobs()) == 2


@pytest.mark.parametrize("name", ["limits set", "limits clear"])
async def test_a_member_and_a_role_together_are_refused(house: House, name: str) -> None:
    both: dict[str, object] = {"user": house.user("alice").id, "role": house.discord.world.role("Regulars").id}
    number: dict[str, object] = {"videos_per_day": 1} if name == "limits set" else {}

    async with house.running():
        assert await house.reads(name, by="manager", options=both | number) == words.ONE_SUBJECT.text

    assert house.rows(LIMITS) == []


async def test_a_limit_for_nobody_is_refused(house: House) -> None:
    async with house.running():
        told = await house.reads("limits set", by="manager", options={"videos_per_day": 1})

    assert told == words.ONE_SUBJECT.text
    assert house.rows(LIMITS) == []


async def test_a_limit_without_a_number_is_refused(house: House) -> None:
    async with house.running():
        assert await set_for(house, "@alice") == plain(words.NOTHING_TO_SET.text)
        assert await house.reads("limits default", by="manager") == plain(words.NOTHING_TO_SET.text)

    assert house.rows(LIMITS) == []


async def test_the_least_and_the_most_are_taken(house: House) -> None:
    async with house.running():
        await set_for(house, "@alice", videos_per_day=0, running_at_once=0)
        await set_for(house, "@bob", videos_per_day=10_000, running_at_once=1_000)

    assert sorted((row["videos_per_day"], row["running_at_once"]) for row in house.rows(LIMITS)) == [
        (0, 0),
        (10_000, 1_000),
    ]


async def test_what_is_beyond_the_bounds_is_refused_by_the_client_and_when_forged_by_the_bot(house: House) -> None:
    async with house.running():
        for option, beyond in product(("videos_per_day", "running_at_once"), (-1, 10_001, 2**63)):
            with pytest.raises(ClientRefusedError):
                await house.command("limits default", by="manager", options={option: beyond})
            answer = await forging.command(house, "limits default", by="manager", options={option: beyond})
            assert answer.ephemeral

    assert house.rows(LIMITS) == []


async def test_a_manager_of_one_server_changes_nothing_in_another(house: House) -> None:
    async with house.running():
        await house.reads("limits default", by="manager", options={"videos_per_day": 1})
        await set_for(house, "@alice", videos_per_day=1)
        here = await house.reads("status")
        there = await house.reads("status", where="lobby")
        listed = await house.reads("limits show", by="owner", where="lobby")

    assert "1 of 1 video a day (your own limit)" in here
    assert "5 of 5 videos a day (the bot's limit)" in there
    assert "<@" not in listed
    assert {row["guild_id"] for row in house.rows(LIMITS)} == {house.discord.world.guild("Sandbox").id}


async def test_a_server_full_of_limits_is_shown_on_as_many_messages_as_it_takes(house: House) -> None:
    world = house.discord.world
    guild = world.guild("Sandbox").id
    async with house.running():
        for number in range(40):
            user = world.add_user(f"member{number}")
            world.add_member(guild, user.id)
            await set_for(house, f"@member{number}", videos_per_day=10_000, running_at_once=1_000)
        shown = await house.command("limits show", by="manager")

        last = await house.discord.next_message(
            house.channel("videos").id,
            viewer_id=house.user("manager").id,
            where=lambda message: message.text.endswith("nobody gets more than 20 videos in 24 hours."),
        )

    assert shown.ephemeral
    assert answer_of(shown).startswith("**Limits in this server**")
    assert last.ephemeral_for == house.user("manager").id
