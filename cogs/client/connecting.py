"""How the client reaches Discord: as often as it takes, in its turn, and with its own part of the shards."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Final, Protocol

import discord
import structlog
import yarl
from discord.ext import commands

from cogs.interactions import NETWORK_FAULTS, UNREADABLE
from services.errors import BotError

LOGIN_AGAIN: Final = (5, 10, 30, 60)
"""Seconds between logins while Discord cannot be reached. Sparse: an application has 1,000 identifies a day."""
IDENTIFY_PAUSE: Final = 5.0
"""Seconds."""

log = structlog.get_logger(__name__)


class Turns(Protocol):
    """Whose turn it is to identify, over all processes. `services.jobs.IdentifyTurns` is one."""

    async def take(self, shard_id: int, bucket: int, /) -> None:
        """Wait for the next turn of a bucket of shards."""
        ...

    async def confirm(self, shard_id: int, bucket: int, /) -> None:
        """Let it begin now, or wait for another where it is over."""
        ...


class PatientBot(commands.AutoShardedBot):
    """A client that waits for Discord. Sharded even at one shard: it survives a failing first connect."""

    _shards: tuple[Sequence[int], int] | None = None
    _turns: Turns | None = None
    _identify_at_once: int = 1

    def connect_as(self, shards: tuple[Sequence[int], int] | None, *, turns: Turns | None) -> None:
        """Serve these shards (their numbers, and how many there are in all), and identify in `turns`.

        Without `shards` it serves all, as many as Discord recommends.
        """
        if shards is not None:
            self.shard_ids, self.shard_count = list(shards[0]), shards[1]
        self._shards = shards
        self._turns = turns

    async def log_in(self, token: str) -> None:
        """Log in, as often as it takes while Discord cannot be reached.

        Raises:
            discord.LoginFailure: Discord does not accept the token.
        """
        for attempt in count():
            try:
                await self.login(token)
            except (discord.HTTPException, *NETWORK_FAULTS) as error:
                await self._abandon_login()
                await _wait_for_discord(attempt, error)
            else:
                return

    async def launch_shards(self) -> None:
        """Ask where the gateway is, as often as it takes: without an answer the library would give the bot up."""
        for attempt in count():
            try:
                if self._turns is not None:
                    self._identify_at_once = (await self.fetch_session_start_limits()).max_concurrency
                await super().launch_shards()
            except (discord.GatewayNotFound, *NETWORK_FAULTS, *UNREADABLE) as error:
                await _wait_for_discord(attempt, error)
            else:
                return

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Wait for this shard's turn before it connects: a connection that stays silent for long is closed."""
        if self._turns is not None:
            await self._in_turn(self._turns.take, shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Let the IDENTIFY go out in its turn, over all processes. A resume comes without one, and needs none."""
        if self._turns is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._in_turn(self._turns.confirm, shard_id or 0)

    async def _in_turn(self, wait: Callable[[int, int], Awaitable[None]], shard_id: int) -> None:
        try:
            await wait(shard_id, shard_id % max(1, self._identify_at_once))
        except BotError as error:
            # Without the database nobody knows of the others; the pause is what the library itself makes.
            log.warning("no_identify_turn", shard=shard_id, kind=type(error).__name__)
            await asyncio.sleep(IDENTIFY_PAUSE)

    def hears_of(self, guild_id: int) -> bool:
        """Whether this process is told of that server if the bot is in it."""
        if self._shards is None:
            return True
        numbers, count = self._shards
        return (guild_id >> 22) % count in numbers

    async def _abandon_login(self) -> None:
        """Close what a failed login has opened, so that another can begin."""
        await self.http.close()
        # The session has closed its connector, which the library would use again.
        self.http.connector = discord.utils.MISSING


async def _wait_for_discord(attempt: int, error: Exception) -> None:
    wait = LOGIN_AGAIN[min(attempt, len(LOGIN_AGAIN) - 1)]
    status = getattr(error, "status", None)
    log.warning("discord_unreachable", kind=type(error).__name__, status=status, again_in_seconds=wait)
    await asyncio.sleep(wait)
