"""Where a fleet's members are: many small servers, a few loud ones, and members who are in several."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.discord.world import World

SMALL: Final = 12
LOUD: Final = 4
MEMBERS_EACH: Final = 12
WANDERERS: Final = 12
SERVERS_OF_WANDERERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Channels by what their servers are like, and who may ask in them."""

    small: Sequence[int]
    """Channels where now and then somebody asks."""
    loud: Sequence[int]
    """Channels where many ask at once."""
    members: Mapping[int, Sequence[int]]
    """The users of each channel's server."""
    wanderers: Mapping[int, Sequence[int]]
    """The channels of each user who is in several servers."""
    owner_id: int

    @property
    def channels(self) -> Sequence[int]:
        """All of them."""
        return [*self.small, *self.loud]


def settle(world: World, chance: random.Random) -> Town:
    """Found the servers, and let everybody join."""
    owner_id = world.user("owner").id
    guilds = [world.add_guild(f"Town {number}", owner_id=owner_id) for number in range(SMALL + LOUD)]
    channels = [world.add_channel(guild.id, "videos").id for guild in guilds]
    members: dict[int, Sequence[int]] = {}
    for channel_id, guild in zip(channels, guilds, strict=True):
        users = [world.add_user(f"citizen{number}of{guild.id}").id for number in range(MEMBERS_EACH)]
        members[channel_id] = users
        for user_id in users:
            world.add_member(guild.id, user_id)
    wanderers: dict[int, Sequence[int]] = {}
    for number in range(WANDERERS):
        user_id = world.add_user(f"wanderer{number}").id
        wanderers[user_id] = chance.sample(channels, SERVERS_OF_WANDERERS)
        for channel_id in wanderers[user_id]:
            world.add_member(world.channels[channel_id].guild_id or 0, user_id)
    return Town(small=channels[:SMALL], loud=channels[SMALL:], members=members, wanderers=wanderers, owner_id=owner_id)
