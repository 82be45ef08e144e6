"""Where a video can be asked for, and how a place that cannot have one is refused before anything is reserved."""

from dataclasses import replace

import pytest

from cogs import replies
from cogs.replies import direct as direct_messages
from cogs.replies import places
from sandbox.discord.entities import Channel, ChannelType
from sandbox.discord.permissions import Permission
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import COMMANDS, House, answer_of

FOR_MEMBERS = {"video", "Animate this", "Report video", "models", "status", "history", "privacy"}
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


async def test_a_forum_post_is_a_place_like_any_other(house: House) -> None:
    post = a_post(house, "showcase")
    async with house.running():
        await house.ended(await house.video(where="showcase"))

    (clip,) = house.clips()
    assert clip.channel_id == post.id


async def test_in_a_forum_post_it_is_the_permission_for_threads_that_counts(house: House) -> None:
    world = house.discord.world
    a_post(house, "showcase")
    world.set_overwrite(house.channel("forum").id, world.bot.id, deny=Permission.SEND_MESSAGES_IN_THREADS)

    async with house.running():
        told = await house.reads("video", where="showcase", options={"prompt": "a fox"})

    assert told == replies.missing_permissions(["Send Messages in Threads"])
    assert_nothing_was_reserved(house)


async def test_a_forum_whose_posts_are_allowed_by_its_server_takes_them(house: House) -> None:
    post = a_post(house, "showcase")
    async with house.running():
        told = await house.reads("settings channel add", by="manager", options={"channel": house.channel("forum").id})
        await house.ended(await house.video(where="showcase"))
        elsewhere = await house.reads("video", options={"prompt": "a fox"})

    assert f"<#{house.channel('forum').id}>" in told
    assert f"<#{house.channel('forum').id}>" in elsewhere
    assert [clip.channel_id for clip in house.clips()] == [post.id]


async def test_an_archived_thread_is_woken_up_by_its_video(house: House) -> None:
    house.discord.world.replace_channel(replace(house.channel("ideas"), is_archived=True))
    async with house.running():
        await house.ended(await house.video(where="ideas"))

    assert [clip.channel_id for clip in house.clips()] == [house.channel("ideas").id]
    assert not house.channel("ideas").is_archived


@pytest.mark.parametrize("is_archived", [True, False])
async def test_a_locked_thread_is_refused_before_anything_is_reserved(
    house: House,
    is_archived: bool,  # noqa: FBT001  # pytest's
) -> None:
    house.discord.world.replace_channel(replace(house.channel("ideas"), is_archived=is_archived, is_locked=True))
    async with house.running():
        told = await house.reads("video", where="ideas", options={"prompt": "a fox"})

    assert told == places.LOCKED_THREAD.text
    assert_nothing_was_reserved(house)


async def test_a_bot_that_manages_threads_may_post_in_a_locked_one(house: House) -> None:
    world = house.discord.world
    world.set_overwrite(house.channel("general").id, world.bot.id, allow=Permission.MANAGE_THREADS)
    world.replace_channel(replace(house.channel("ideas"), is_locked=True))
    async with house.running():
        await house.ended(await house.video(where="ideas"))

    assert [clip.channel_id for clip in house.clips()] == [house.channel("ideas").id]


async def test_a_direct_message_is_refused_where_it_counts_as_no_server(house: House) -> None:
    async with house.running():
        direct = house.discord.world.direct_channel(house.user("alice").id)
        answer = await forging.command(house, "video", by="alice", channel_id=direct.id, options={"prompt": "a fox"})

    assert answer.ephemeral
    assert plain(answer_of(answer)) == plain(direct_messages.off())
    assert_nothing_was_reserved(house)


@pytest.mark.parametrize("name", ["video", "status", "limits show"])
async def test_a_server_where_only_a_member_installed_the_bot_is_refused(house: House, name: str) -> None:
    by_member = {"authorizing_integration_owners": {"1": str(house.user("manager").id)}}
    options = {"prompt": "a fox"} if name == "video" else {}

    async with house.running():
        answer = await forging.command(house, name, by="manager", options=options, changes=by_member)

    assert answer.ephemeral
    assert plain(answer_of(answer)) == replies.ONLY_IN_SERVERS.text
    assert_nothing_was_reserved(house)


async def test_what_members_use_is_offered_in_direct_messages_too_and_the_rest_in_servers_only(house: House) -> None:
    async with house.running():
        commands = house.discord.commands.listed(None)

    contexts = {command["name"]: command["contexts"] for command in commands}
    assert contexts.keys() == COMMANDS
    assert {name for name, where in contexts.items() if where == [0, 1]} == FOR_MEMBERS
    assert all(where == [0] for name, where in contexts.items() if name not in FOR_MEMBERS)
    assert all(command["integration_types"] == [0] for command in commands)


def a_post(house: House, name: str) -> Channel:
    """Make a forum, and a post in it."""
    world = house.discord.world
    forum = world.add_channel(world.guild("Sandbox").id, "forum", type=ChannelType.FORUM)
    return world.add_thread(forum.id, name, owner_id=house.user("alice").id)


def assert_nothing_was_reserved(house: House) -> None:
    assert house.jobs() == []
    assert house.bought == 0
