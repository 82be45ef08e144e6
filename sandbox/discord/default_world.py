"""The world that the demo and most tests start from."""

from dataclasses import dataclass

from sandbox.discord.permissions import Permission
from sandbox.discord.world import World


def default_world() -> World:
    """Two guilds with a few people.

    Guild "Sandbox": #general with the thread "ideas", #videos, #no-attach (the bot may not attach files there),
    #hidden (the bot may not look in). Guild "Elsewhere": #lobby. Users: `owner` (of the application and both guilds),
    `manager` (Manage Server), `alice`, `bob`, and `carol`, who has the role "Regulars"; nobody has "Patrons".
    """
    world = World()
    owner = world.user("owner")
    sandbox = world.add_guild("Sandbox", owner_id=owner.id)
    general = world.add_channel(sandbox.id, "general")
    world.add_channel(sandbox.id, "videos")
    no_attach = world.add_channel(sandbox.id, "no-attach")
    hidden = world.add_channel(sandbox.id, "hidden")
    world.set_overwrite(no_attach.id, world.bot.id, deny=Permission.ATTACH_FILES)
    world.set_overwrite(hidden.id, world.bot.id, deny=Permission.VIEW_CHANNEL)
    world.add_thread(general.id, "ideas", owner_id=owner.id)
    managers = world.add_role(sandbox.id, "Managers", permissions=Permission.MANAGE_GUILD)
    regulars = world.add_role(sandbox.id, "Regulars", is_mentionable=True)
    world.add_role(sandbox.id, "Patrons")
    for newcomer in (
        Newcomer(name="manager", role_ids=frozenset({managers.id})),
        Newcomer(name="alice"),
        Newcomer(name="bob"),
        Newcomer(name="carol", role_ids=frozenset({regulars.id})),
    ):
        world.add_member(sandbox.id, world.add_user(newcomer.name).id, role_ids=newcomer.role_ids)
    elsewhere = world.add_guild("Elsewhere", owner_id=owner.id)
    world.add_channel(elsewhere.id, "lobby")
    world.add_member(elsewhere.id, world.user("alice").id)
    return world


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who joins the first guild, with their roles there."""

    name: str
    role_ids: frozenset[int] = frozenset()
