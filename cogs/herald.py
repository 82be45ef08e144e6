"""Tells those who pay what they have to hear; implements the port `Herald`.

A server's matter goes to the log channel that its managers chose, everything else, and what cannot be posted there,
to the owner's direct messages. Servers are spoken to in their language, the owner in the bot's own.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import discord
import structlog

from cogs import replies
from cogs.interactions import NETWORK_FAULTS, UNREADABLE
from cogs.languages import Language, language_of, reader, reading
from cogs.servers import Server, Servers
from services.errors import DeliverLaterError
from services.limits import Notice

LOOK_BACK: Final = 100
"""Messages after a notice was written, one page, in which it is looked for before it is posted."""
SERVER_ERRORS: Final = 500
TOO_MANY_REQUESTS: Final = 429

log = structlog.get_logger(__name__)


class DiscordHerald:
    """Speaks through `client`, which must have logged in; `owner_ids` is read anew each time."""

    def __init__(self, client: discord.Client, *, owner_ids: Iterable[int]) -> None:
        self._client = client
        self._servers = Servers(client)
        self._owner_ids = owner_ids

    async def tell(self, notice: Notice, *, log_channel_id: int | None, language: str | None) -> None:
        """Tell a server's managers in their log channel, else the owner, once.

        A second try finds what the first has posted: by its nonce, and in the channel's history once that is forgotten.
        A refusal is final: a log channel that is closed to the bot is passed over, an owner who takes no messages is
        not asked again. `language` is the one that the server's managers chose.

        Raises:
            DeliverLaterError: Discord failed in passing.
        """
        async with _failing_in_passing():
            server = await self._servers.find(notice.guild_id) if notice.guild_id else None
        if notice.guild_id and log_channel_id is not None:
            channel = self._client.get_partial_messageable(log_channel_id, guild_id=notice.guild_id)
            with reading(_language_of(server, chosen=language)):
                text = replies.notice(notice)
            if await self._post(channel, text, notice):
                return
        text = replies.notice(notice, server=server.name if server else None)
        told = [await self._tell_owner(owner_id, text, notice) for owner_id in sorted(self._owner_ids)]
        if not any(told):
            log.error("nobody_to_tell", kind=notice.kind.value, job_id=notice.job_id)

    async def _tell_owner(self, owner_id: int, text: str, notice: Notice) -> bool:
        """Write to an owner. Return whether Discord took it."""
        try:
            async with _failing_in_passing():
                direct = await self._client.create_dm(discord.Object(owner_id))
        except discord.HTTPException as error:
            log.warning("owner_not_reached", status=error.status, code=error.code)
            return False
        return await self._post(direct, text, notice)

    async def _post(self, channel: discord.PartialMessageable | discord.DMChannel, text: str, notice: Notice) -> bool:
        """Post in a channel. Return whether Discord took it."""
        try:
            async with _failing_in_passing():
                if not await self._is_there(channel, text, notice):
                    await channel.send(text, nonce=nonce_of(notice, channel.id), suppress_embeds=True)
        except discord.HTTPException as error:
            log.warning("notice_refused", status=error.status, code=error.code)
            return False
        return True

    async def _is_there(
        self, channel: discord.PartialMessageable | discord.DMChannel, text: str, notice: Notice
    ) -> bool:
        """Whether an earlier try has arrived after all. Where the history may not be read, only the nonce can tell."""
        try:
            async for message in channel.history(limit=LOOK_BACK, after=notice.created_at):
                if message.author == self._client.user and message.content == text:
                    return True
        except discord.Forbidden:
            return False
        return False


def _language_of(server: Server | None, *, chosen: str | None) -> Language:
    code = chosen or (server.locale if server else None)
    return reader() if code is None else language_of(code)


def nonce_of(notice: Notice, channel_id: int) -> str:
    """Return the nonce of a notice in a channel. Discord compares it per author, and takes 25 characters of it."""
    return f"a{notice.id:x}-{channel_id:x}"


@asynccontextmanager
async def _failing_in_passing() -> AsyncGenerator[None]:
    """Turn what may succeed at a second try into `DeliverLaterError`; what Discord refuses comes out as it is."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status >= SERVER_ERRORS or error.status == TOO_MANY_REQUESTS:
            raise DeliverLaterError from error
        raise
    except (*NETWORK_FAULTS, *UNREADABLE) as error:
        raise DeliverLaterError from error
    except RuntimeError as error:
        # discord.py's session was closed under us: the process is stopping, and the next one goes on.
        raise DeliverLaterError from error
