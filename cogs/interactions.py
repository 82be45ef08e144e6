"""What every command needs of an interaction: who asks, may we post here, and a private answer."""

from typing import Final

import aiohttp
import discord
import structlog
from discord import ui

from cogs import replies
from cogs.replies import places
from services.models import Requester
from services.videos import Asking

NETWORK_FAULTS: Final = (aiohttp.ClientError, TimeoutError, OSError)
"""What a call to Discord raises besides discord.py's own, which does not translate them."""
UNREADABLE: Final = (KeyError, TypeError)
"""What discord.py stumbles over where an answer has not Discord's form, such as the page of a proxy before it.

The call may have been carried out. Caught around one call of the library, where nothing of ours raises them.
"""
NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""What posting a result takes, and the names that Discord's settings give to it."""

log = structlog.get_logger(__name__)


def requester_of(interaction: discord.Interaction) -> Requester:
    """Return the person behind an interaction, as Discord vouches for them in its payload."""
    user = interaction.user
    roles = user.roles if isinstance(user, discord.Member) else []
    permissions = interaction.permissions
    return Requester(
        user_id=user.id,
        guild_id=interaction.guild_id or 0,
        role_ids=frozenset(role.id for role in roles),
        is_moderator=permissions.manage_messages,
        is_manager=permissions.manage_guild,
        is_owner=user.id in getattr(interaction.client, "payers", ()),
        interaction_id=interaction.id,
    )


def asking_of(interaction: discord.Interaction) -> Asking:
    """Return the circumstances of a request, as Discord vouches for them in its payload."""
    channel = interaction.channel
    return Asking(
        interaction_id=interaction.id,
        channel_id=interaction.channel_id or 0,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        upload_limit=interaction.filesize_limit,
        asked_at=interaction.created_at,
    )


def unfit_place(interaction: discord.Interaction) -> str | None:
    """Return why no video can be asked for in the channel of the interaction, or None where it can.

    The bot must not carry files to where its member may not post them.
    """
    missing = missing_permissions(interaction)
    if missing:
        return replies.missing_permissions(missing)
    return None if interaction.permissions.attach_files else places.NO_FILES_FROM_YOU


def missing_permissions(interaction: discord.Interaction) -> list[str]:
    """Return the names of what the bot may not do in the channel of the interaction but needs for a result."""
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = dict(NEEDED)
    if in_thread:
        del needed["send_messages"]
        needed["send_messages_in_threads"] = "Send Messages in Threads"
    return [name for permission, name in needed.items() if not getattr(have, permission)]


def is_stopping(interaction: discord.Interaction) -> bool:
    """Whether the bot is about to end. Commands are turned away at their door; a button has to ask for itself."""
    return bool(getattr(interaction.client, "is_stopping", False))


def cancel_id(job_id: int, *, mark: str) -> str:
    """Return the custom id of a job's Cancel button, which `mark` tells from that of any other bot on the same token.

    Discord hands an interaction to all of them and takes one answer, so this says whose answer a message is.
    """
    return f"job:{job_id}:cancel" + (f".{mark}" if mark else "")


async def answer_privately(
    interaction: discord.Interaction, text: str, *, view: ui.View = discord.utils.MISSING
) -> None:
    """Say something that only the member sees, whether or not the interaction was answered before.

    Where Discord does not take it, there is nobody left to tell: the member sees that the command failed.
    """
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, view=view)
        else:
            await interaction.response.send_message(text, ephemeral=True, view=view)
    except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE) as error:
        log.info("member_not_told", kind=type(error).__name__, code=getattr(error, "code", None))


async def answer_in_place(interaction: discord.Interaction, text: str, *, view: ui.View | None = None) -> None:
    """Answer a click by changing the message that has the button; without `view` its buttons go.

    Where Discord does not take it, the button is still there, and pressing it again says how things stand.
    """
    try:
        await interaction.response.edit_message(content=text, view=view)
    except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE) as error:
        log.info("click_not_shown", kind=type(error).__name__, code=getattr(error, "code", None))
