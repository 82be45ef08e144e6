"""What a member may do, by Discord's order: roles, then the overwrites of everyone, of roles, of the member."""

from sandbox.discord import World, default_world
from sandbox.discord.entities import Channel
from sandbox.discord.permissions import EVERYTHING, Permission


def may_send(world: World, channel: Channel, user: str) -> bool:
    channel = world.channels[channel.id]
    return Permission.SEND_MESSAGES in world.permissions_in(channel, world.user(user).id)


def test_overwrites_are_applied_from_the_widest_to_the_narrowest() -> None:
    world = default_world()
    general, regulars, guild = world.channel("general"), world.role("Regulars"), world.guild("Sandbox")

    world.set_overwrite(general.id, guild.id, deny=Permission.SEND_MESSAGES)
    assert (may_send(world, general, "alice"), may_send(world, general, "carol")) == (False, False)
    world.set_overwrite(general.id, regulars.id, allow=Permission.SEND_MESSAGES)
    assert (may_send(world, general, "alice"), may_send(world, general, "carol")) == (False, True)
    world.set_overwrite(general.id, world.user("carol").id, deny=Permission.SEND_MESSAGES)
    world.set_overwrite(general.id, world.user("alice").id, allow=Permission.SEND_MESSAGES)
    assert (may_send(world, general, "alice"), may_send(world, general, "carol")) == (True, False)


def test_no_overwrite_binds_the_owner_or_an_administrator() -> None:
    world = default_world()
    general, guild = world.channel("general"), world.guild("Sandbox")
    admins = world.add_role(guild.id, "Admins", permissions=Permission.ADMINISTRATOR)
    world.add_member(guild.id, world.user("bob").id, role_ids={admins.id})
    world.set_overwrite(general.id, guild.id, deny=EVERYTHING)

    assert (may_send(world, general, "owner"), may_send(world, general, "bob")) == (True, True)
    assert not may_send(world, general, "alice")


def test_who_cannot_look_in_can_do_nothing() -> None:
    world = default_world()
    channel = world.set_overwrite(world.channel("general").id, world.user("alice").id, deny=Permission.VIEW_CHANNEL)

    assert world.permissions_in(channel, world.user("alice").id) == Permission(0)


def test_nobody_may_anything_where_they_are_no_member() -> None:
    world = default_world()

    assert world.permissions_in(world.channel("lobby"), world.user("bob").id) == Permission(0)
    direct = world.direct_channel(world.user("alice").id)
    assert Permission.SEND_MESSAGES in world.permissions_in(direct, world.user("alice").id)
    assert world.permissions_in(direct, world.user("bob").id) == Permission(0)
