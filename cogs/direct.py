"""The bot's own direct messages: whether somebody is served there, and as whom they count.

What holds there is decided here, once. Nobody gets anything by going there that they would not get in the server:

- Direct messages count as one server. The owner names it (`DIRECT_MESSAGES_SERVER`), because the owner pays; where none
  is named, no videos are made there.
- A request there is priced, limited, blocked, paused and paid as one in that server, against the same sums: its
  budgets, the limits of its members and roles, its models and its defaults. What is used here is gone there.
- Only its members are served, and Discord is asked each time, because nothing else knows who has left and which roles
  they still have. Where Discord does not answer, nobody is served and nothing is reserved. Whoever may use no commands
  in that server, because they are timed out, have not accepted its rules or lack the permission, may not here either.
- Nobody is a moderator or a manager there: what they do concerns their own videos alone.
- Two things do not hold. A server's choice of channels keeps its channels tidy, and this is none of them. What its
  managers set for single commands on Discord's own pages is for its channels as well, and Discord does not say it here.

What takes nothing from anybody needs no server: to cancel or delete one's own video, and all of `/privacy`.
"""

import asyncio
from typing import Final, Protocol, runtime_checkable

import discord
import structlog

from cogs import replies
from cogs.interactions import COUNTED_AS, NETWORK_FAULTS, UNREADABLE, counted_as, is_direct
from cogs.languages import tr
from cogs.replies import direct as words
from cogs.servers import known_or_fetched

ASK_WITHIN: Final = 2.5
"""Seconds for Discord to say who somebody is: an interaction has to be answered within three."""
NOBODY_THERE: Final = frozenset({10007, 10013})
"""Unknown member, unknown user."""

log = structlog.get_logger(__name__)


@runtime_checkable
class WithDirectMessages(Protocol):
    """A client that says which server its direct messages count as. `cogs.client.VideoBot` is one."""

    direct_messages_server: int | None
    """None where no videos are made there."""


async def turned_away(interaction: discord.Interaction) -> str | None:
    """Return why nobody is served in the direct messages of an interaction; None where somebody is, or in a server.

    From then on `requester_of` knows as whom they count.
    """
    if not is_direct(interaction):
        return None
    if not interaction.context.dm_channel:
        return tr(replies.ONLY_IN_SERVERS)
    client = interaction.client
    server_id = client.direct_messages_server if isinstance(client, WithDirectMessages) else None
    if server_id is None:
        return words.off()
    guild = await _server(client, server_id)
    if guild is None or guild.unavailable:
        log.warning("direct_messages_server_not_there", guild_id=server_id)
        return words.unreachable()
    member = await _member(guild, interaction.user.id)
    if isinstance(member, str):
        return member
    why = _kept_out(member)
    if why is None:
        interaction.extras[COUNTED_AS] = member
    return why


def as_counted(interaction: discord.Interaction, text: str) -> str:
    """Return a text that speaks of "this server"; in direct messages with the name of the one that is meant."""
    member = counted_as(interaction)
    return text if member is None else words.counted_as(member.guild.name, text)


async def _server(client: discord.Client, server_id: int) -> discord.Guild | None:
    """Return the server, which may be on a shard of another process; None where it cannot be known now."""
    try:
        async with asyncio.timeout(ASK_WITHIN / 2):
            return await known_or_fetched(client, server_id)
    except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE) as error:
        log.warning("server_not_asked_for", kind=type(error).__name__)
        return None


async def _member(guild: discord.Guild, user_id: int) -> discord.Member | str:
    """Return the member, as Discord knows them now, or why they are not served."""
    try:
        async with asyncio.timeout(ASK_WITHIN):
            return await guild.fetch_member(user_id)
    except discord.HTTPException as error:
        if error.code in NOBODY_THERE:
            return words.not_a_member(guild.name)
        log.warning("member_not_asked_for", status=error.status, code=error.code)
    except (*NETWORK_FAULTS, *UNREADABLE) as error:
        log.warning("member_not_asked_for", kind=type(error).__name__)
    return words.unreachable()


def _kept_out(member: discord.Member) -> str | None:
    """Return why a member may use no commands in their server as a whole, or None where they may."""
    server, until = member.guild.name, member.timed_out_until
    if until is not None and member.is_timed_out():
        return words.timed_out(server, until=until)
    if member.pending:
        return words.not_yet(server)
    return None if member.guild_permissions.use_application_commands else words.no_commands(server)
