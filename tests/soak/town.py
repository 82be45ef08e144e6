"""Where a soak takes place: several servers, and twenty people in them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.discord.permissions import Permission
from sandbox.discord.world import World

SERVERS: Final = 4
MEMBERS: Final = 20
SERVERS_EACH: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel of a server, and who manages that server."""

    channel_id: int
    manager_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody, and where they are."""

    user_id: int
    places: Sequence[Place]


def settle(world: World, chance: random.Random) -> Sequence[Resident]:
    """Found the servers, and let everybody join some of them."""
    places = [_found(world, f"Town {number}") for number in range(SERVERS)]
    residents: list[Resident] = []
    for number in range(MEMBERS):
        user = world.add_user(f"resident{number}")
        joined = chance.sample(places, SERVERS_EACH)
        for place in joined:
            world.add_member(world.channels[place.channel_id].guild_id or 0, user.id)
        residents.append(Resident(user_id=user.id, places=joined))
    return residents


def _found(world: World, name: str) -> Place:
    guild = world.add_guild(name, owner_id=world.user("owner").id)
    role = world.add_role(guild.id, "Managers", permissions=Permission.MANAGE_GUILD)
    manager = world.add_user(f"manager of {name}")
    world.add_member(guild.id, manager.id, role_ids=frozenset({role.id}))
    channel = world.add_channel(guild.id, f"videos of {name}")
    return Place(channel_id=channel.id, manager_id=manager.id)
