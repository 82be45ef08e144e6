"""Where a video can be asked for, and how a place that cannot have one is refused before anything is reserved."""

import pytest

from cogs import replies
from sandbox.discord.permissions import Permission
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import COMMANDS, House, answer_of

LACKING = {
    "Attach Files": Permission.ATTACH_FILES,
    "Send Messages": Permission.SEND_MESSAGES,
    "Read Message History": Permission.READ_MESSAGE_HISTORY,
}


@pytest.mark.parametrize("name", LACKING)
async def test_a_channel_where_the_bot_may_not_post_is_refused_with_the_permissions_name(
    house: House, name: str
) -> None:
    world = house.discord.world
    world.set_overwrite(house.channel("videos").id, world.bot.id, deny=LACKING[name])

    async with house.running():
        told = await house.reads("video", options={"prompt": "a fox"})

    assert told == replies.missing_permissions([name])
    assert name in told
    assert_nothing_was_reserved(house)


async def test_a_channel_that_the_bot_cannot_see_is_refused(house: House) -> None:
    async with house.running():
        told = await house.reads("video", where="hidden", options={"prompt": "a fox"})

    assert "**View Channel**" in told
    assert_nothing_was_reserved(house)


async def test_in_a_thread_it_is_the_permission_for_threads_that_counts(house: House) -> None:
    world = house.discord.world
    general = house.channel("general")
    world.set_overwrite(general.id, world.bot.id, deny=Permission.SEND_MESSAGES_IN_THREADS)

    async with house.running():
        told = await house.reads("video", where="ideas", options={"prompt": "a fox"})

    assert told == replies.missing_permissions(["Send Messages in Threads"])
    assert_nothing_was_reserved(house)


async def test_a_direct_message_is_refused(house: House) -> None:
    async with house.running():
        direct = house.discord.world.direct_channel(house.user("alice").id)
        answer = await forging.command(house, "video", by="alice", channel_id=direct.id, options={"prompt": "a fox"})

    assert answer.ephemeral
    assert plain(answer_of(answer)) == replies.ONLY_IN_SERVERS
    assert_nothing_was_reserved(house)


@pytest.mark.parametrize("name", ["video", "status", "limits show"])
async def test_a_server_where_only_a_member_installed_the_bot_is_refused(house: House, name: str) -> None:
    by_member = {"authorizing_integration_owners": {"1": str(house.user("manager").id)}}
    options = {"prompt": "a fox"} if name == "video" else {}

    async with house.running():
        answer = await forging.command(house, name, by="manager", options=options, changes=by_member)

    assert answer.ephemeral
    assert plain(answer_of(answer)) == replies.ONLY_IN_SERVERS
    assert_nothing_was_reserved(house)


async def test_the_registered_commands_are_offered_in_servers_only(house: House) -> None:
    async with house.running():
        commands = house.discord.commands.listed(None)

    assert {command["name"] for command in commands} == COMMANDS
    assert {(*command["contexts"], *command["integration_types"]) for command in commands} == {(0, 0)}


def assert_nothing_was_reserved(house: House) -> None:
    assert house.jobs() == []
    assert house.bought == 0
