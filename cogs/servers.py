"""What servers are called and which language they speak, also those that this process is told nothing of.

A process with a gateway hears of the servers of its own shards, and a worker of none. What it does not hear of, or has
not heard of yet, it asks Discord, and remembers for a while. The answer is the same in every process and right after
its start, so that each finds the messages of the others, and of those before them, by their text.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import discord

GOOD_FOR: Final = 3_600.0
"""Seconds."""
MOST_REMEMBERED: Final = 1_000


@runtime_checkable
class HearsOfSome(Protocol):
    """A client that may be told of a part of the bot's servers only. `cogs.client.VideoBot` is one."""

    def hears_of(self, guild_id: int) -> bool:
        """Whether it knows that server if the bot is in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that the bot is in."""

    name: str
    locale: str
    """Discord's name of its language."""


class Servers:
    """Knows servers through `client`, which must have logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._asked: OrderedDict[int, tuple[float, Server | None]] = OrderedDict()

    async def find(self, guild_id: int) -> Server | None:
        """Return a server; None where the bot is not in it. Raises what discord.py raises where it cannot be known."""
        guild = self._client.get_guild(guild_id)
        # Of a server that is not available the gateway tells only the id.
        is_known = bool(guild.name) if guild else would_know(self._client, guild_id)
        if is_known:
            return _shown(guild)
        until, server = self._asked.get(guild_id, (0.0, None))
        if time.monotonic() >= until:
            server = _shown(await fetched(self._client, guild_id))
            self._asked[guild_id] = (time.monotonic() + GOOD_FOR, server)
            self._asked.move_to_end(guild_id)
            if len(self._asked) > MOST_REMEMBERED:
                self._asked.popitem(last=False)
        return server


def would_know(client: discord.Client, guild_id: int) -> bool:
    """Whether this process knows that server if the bot is in it: it is told of it, and has been by now."""
    return client.is_ready() and (not isinstance(client, HearsOfSome) or client.hears_of(guild_id))


async def known_or_fetched(client: discord.Client, guild_id: int) -> discord.Guild | None:
    """Return a server as the gateway or Discord tells it now; None where the bot is not in it."""
    guild = client.get_guild(guild_id)
    return guild if guild is not None or would_know(client, guild_id) else await fetched(client, guild_id)


async def fetched(client: discord.Client, guild_id: int) -> discord.Guild | None:
    """Ask Discord for a server; None where the bot is not in it. Raises what discord.py raises besides."""
    try:
        return await client.fetch_guild(guild_id, with_counts=False)
    except (discord.NotFound, discord.Forbidden):
        return None


def _shown(guild: discord.Guild | None) -> Server | None:
    return None if guild is None else Server(name=guild.name, locale=guild.preferred_locale.value)
