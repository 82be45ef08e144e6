"""What every command needs of an interaction: who asks, may we post here, and a private answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import aiohttp
import discord
import structlog
from discord import ui

from cogs import replies
from cogs.languages import Message, begin_reading, language_of, tr
from cogs.replies import places
from services.discretion import keep_private
from services.models import Requester
from services.videos import Asking

NETWORK_FAULTS: Final = (aiohttp.ClientError, TimeoutError, OSError)
"""What a call to Discord raises besides discord.py's own, which does not translate them."""
UNREADABLE: Final = (KeyError, TypeError)
"""What discord.py stumbles over where an answer has not Discord's form, such as the page of a proxy before it.

The call may have been carried out. Caught around one call of the library, where nothing of ours raises them.
"""
ANSWER_FAULTS: Final = (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE, RuntimeError)
"""Whatever keeps an answer from its member; a `RuntimeError` says that the session is closed, because the bot stops."""
# Translators: this and the next ones are permissions, under the names that Discord's own settings give to them.
SEND_IN_THREADS: Final = Message("Send Messages in Threads")
NEEDED: Final = {
    "view_channel": Message("View Channel"),
    "send_messages": Message("Send Messages"),
    "attach_files": Message("Attach Files"),
    "read_message_history": Message("Read Message History"),
}
"""What posting a result takes, and the names that Discord's settings give to it."""

PROMPT: Final = "prompt"
"""The option of a command that is free text. Others are choices, and a field of a form has no name."""
WRITTEN: Final = frozenset({"value", "content"})
"""Where an interaction keeps what a person wrote."""
NEEDS_NO_SERVER: Final = "works in direct messages whatever these count as"
"""The mark of a command, in its extras."""
COUNTED_AS: Final = "the member of a server as whom somebody in direct messages counts"
"""Where an interaction's extras keep it, once `cogs.direct` has asked Discord."""

log = structlog.get_logger(__name__)


class Spoken:
    """A button whose every answer is in the language of whoever presses it. Stands before the library's own class."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let everybody pass, and speak to them from here on."""
        begin_answering(interaction)
        return True


def begin_answering(interaction: discord.Interaction) -> None:
    """Say everything from now on, to the end of the task, in the language of whoever acts; log nothing they wrote."""
    begin_reading(language_of(interaction.locale.value))
    keep_private(*written_in(cast("Mapping[str, Any]", interaction.data or {})))


def written_in(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person wrote: the prompt of a command, the fields of a form, the message that a menu is opened on.

    Any form, because whoever sends it may be no client of Discord's.
    """
    for name, value in data.items():
        match value:
            case str() if name in WRITTEN and (name != "value" or data.get("name", PROMPT) == PROMPT):
                yield value
            case dict():
                yield from written_in(cast("Mapping[str, Any]", value))
            case list():
                for each in cast("Sequence[object]", value):
                    if isinstance(each, dict):
                        yield from written_in(cast("Mapping[str, Any]", each))
            case _:
                pass


def filled_in(interaction: discord.Interaction, form: re.Pattern[str]) -> re.Match[str] | None:
    """Return what the id of a submitted form says, where it is one of these, and begin to speak to its member.

    A form is known by its id alone: the process that opened it may be gone.
    """
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    submitted: Mapping[str, Any] = interaction.data or {}
    found = form.fullmatch(str(submitted.get("custom_id")))
    if found is not None:
        begin_answering(interaction)
    return found


def requester_of(interaction: discord.Interaction) -> Requester:
    """Return the person behind an interaction, as Discord vouches for them: in its payload, or when it was asked.

    In direct messages nobody may manage anything, because Discord names no permissions there.
    """
    counted = counted_as(interaction)
    user = counted or interaction.user
    roles = user.roles if isinstance(user, discord.Member) else []
    permissions = interaction.permissions
    return Requester(
        user_id=user.id,
        guild_id=counted.guild.id if counted else interaction.guild_id or 0,
        role_ids=frozenset(role.id for role in roles),
        is_moderator=permissions.manage_messages,
        is_manager=permissions.manage_guild,
        is_owner=user.id in getattr(interaction.client, "payers", ()),
        interaction_id=interaction.id,
    )


def counted_as(interaction: discord.Interaction) -> discord.Member | None:
    """Return the member of a server as whom somebody in direct messages counts; None in a server, or if not asked."""
    found: object = interaction.extras.get(COUNTED_AS)
    return found if isinstance(found, discord.Member) and found.id == interaction.user.id else None


def is_direct(interaction: discord.Interaction) -> bool:
    """Whether it comes from no server: from the bot's direct messages, or from a place that is not ours."""
    return interaction.guild_id is None


def asking_of(interaction: discord.Interaction) -> Asking:
    """Return the circumstances of a request, as Discord vouches for them in its payload."""
    channel = interaction.channel
    return Asking(
        interaction_id=interaction.id,
        channel_id=interaction.channel_id or 0,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        upload_limit=interaction.filesize_limit,
        asked_at=interaction.created_at,
        in_direct_messages=is_direct(interaction),
        is_age_restricted=is_age_restricted(interaction),
        member_language=interaction.locale.value,
        server_language=discords_language(interaction),
    )


def is_age_restricted(interaction: discord.Interaction) -> bool:
    """Whether Discord keeps people out of the channel who say that they are too young; a thread is as its channel.

    What cannot be told, as in direct messages, is not.
    """
    channel = interaction.channel
    if channel is None or isinstance(channel, discord.DMChannel | discord.GroupChannel):
        return False
    return channel.is_nsfw()


def discords_language(interaction: discord.Interaction) -> str:
    """Return the locale that Discord names for the server; the member's own in direct messages.

    Servers that are no community cannot choose one, and are named as English.
    """
    return (interaction.guild_locale or interaction.locale).value


def unfit_place(interaction: discord.Interaction) -> str | None:
    """Return why no video can be asked for in the channel of the interaction, or None where it can.

    The bot must not carry files to where its member may not post them. In its own direct messages it always may.
    """
    if is_direct(interaction):
        return None
    missing = missing_permissions(interaction)
    if missing:
        return replies.missing_permissions(missing)
    channel = interaction.channel
    if isinstance(channel, discord.Thread) and channel.locked and not interaction.app_permissions.manage_threads:
        return tr(places.LOCKED_THREAD)
    return None if interaction.permissions.attach_files else tr(places.NO_FILES_FROM_YOU)


def missing_permissions(interaction: discord.Interaction) -> list[str]:
    """Return the names of what the bot may not do in the channel of the interaction but needs for a result."""
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = dict(NEEDED)
    if in_thread:
        del needed["send_messages"]
        needed["send_messages_in_threads"] = SEND_IN_THREADS
    return [tr(name) for permission, name in needed.items() if not getattr(have, permission)]


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
    except ANSWER_FAULTS as error:
        log.info("member_not_told", kind=type(error).__name__, code=getattr(error, "code", None))


async def answer_in_place(interaction: discord.Interaction, text: str, *, view: ui.View | None = None) -> None:
    """Answer a click by changing the message that has the button; without `view` its buttons go.

    Where Discord does not take it, the button is still there, and pressing it again says how things stand.
    """
    try:
        await interaction.response.edit_message(content=text, view=view)
    except ANSWER_FAULTS as error:
        log.info("click_not_shown", kind=type(error).__name__, code=getattr(error, "code", None))
