"""Posts, finds and edits the bot's own messages in one place, and raises what discord.py raises.

Two things keep a message from being posted twice: a nonce that is derived from the stored interaction and the place,
which Discord remembers for some minutes, and after a doubtful try a look into the channel's history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from pathlib import Path
from typing import Final

import discord
from discord import ui

from cogs.delivery.refusals import FILTERED_CODES, NO_HISTORY
from services.models import Job

HISTORY: Final = 5_000
"""Messages after the status message that a search goes through, fifty pages: hours of talk in a busy channel."""
NONCE_BYTES: Final = 12
"""As hexadecimal digits and one letter they are the 25 characters that Discord takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel in which something is posted."""

    channel_id: int
    guild_id: int | None
    """None for direct messages."""
    is_home: bool = False
    """Whether it is the channel where the job was asked for, in which its messages reply to the status message."""

    @property
    def is_direct(self) -> bool:
        """Whether it is a member's direct messages."""
        return self.guild_id is None


class Postbox:
    """Speaks through `client`, which must have logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(
        self,
        job: Job,
        place: Place,
        texts: Sequence[str],
        *,
        kind: str,
        clip: Path | None = None,
        buttons: ui.View | None = None,
    ) -> discord.Message:
        """Post a message that pings only the job's member: the first of the texts that the server lets through.

        `kind` is one letter, and tells the messages of a job in one place apart.
        """
        *preferred, last = texts
        for text in preferred:
            try:
                return await self._send(job, place, text, kind=kind, clip=clip, buttons=buttons)
            except discord.HTTPException as error:
                if error.code not in FILTERED_CODES:
                    raise
        return await self._send(job, place, last, kind=kind, clip=clip, buttons=buttons)

    async def find(
        self, place: Place, *, after: int, matches: Callable[[discord.Message], bool]
    ) -> discord.Message | None:
        """Find a message of the bot's own after that id; None as well where the bot may not look."""
        me = self._client.user
        history = self._channel(place).history(after=discord.Object(after), limit=HISTORY, oldest_first=True)
        async for message in history:
            if me is not None and message.author.id == me.id and matches(message):
                return message
        return None

    async def edit(self, place: Place, message_id: int, text: str) -> None:
        """Replace the text of a message of the bot's own, and take its buttons away."""
        await self._channel(place).get_partial_message(message_id).edit(content=text, view=None)

    async def remove(self, place: Place, message_id: int) -> None:
        """Delete a message of the bot's own."""
        await self._channel(place).get_partial_message(message_id).delete()

    async def _send(
        self, job: Job, place: Place, text: str, *, kind: str, clip: Path | None, buttons: ui.View | None
    ) -> discord.Message:
        reply_to = job.status_message_id if place.is_home else None
        try:
            return await self._send_once(job, place, text, kind=kind, clip=clip, buttons=buttons, reply_to=reply_to)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY:
                raise
        return await self._send_once(job, place, text, kind=kind, clip=clip, buttons=buttons, reply_to=None)

    async def _send_once(
        self,
        job: Job,
        place: Place,
        text: str,
        *,
        kind: str,
        clip: Path | None,
        buttons: ui.View | None,
        reply_to: int | None,
    ) -> discord.Message:
        files = [discord.File(clip, filename=clip.name, spoiler=job.is_spoiler)] if clip else []
        mentions = discord.AllowedMentions(
            users=[discord.Object(job.user_id)], everyone=False, roles=False, replied_user=False
        )
        channel, nonce = self._channel(place), nonce_of(job, place, kind=kind)
        view = buttons or discord.utils.MISSING
        if reply_to is None:
            return await channel.send(
                text, files=files, nonce=nonce, allowed_mentions=mentions, suppress_embeds=True, view=view
            )
        reference = discord.MessageReference(
            message_id=reply_to, channel_id=place.channel_id, guild_id=place.guild_id, fail_if_not_exists=False
        )
        return await channel.send(
            text,
            files=files,
            nonce=nonce,
            allowed_mentions=mentions,
            suppress_embeds=True,
            view=view,
            reference=reference,
        )

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)


def has_button(message: discord.Message, custom_id: str) -> bool:
    """Whether a message has that button."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return any(
        isinstance(child, discord.Button) and child.custom_id == custom_id for row in rows for child in row.children
    )


def nonce_of(job: Job, place: Place, *, kind: str) -> str:
    """Return the nonce of a job's message in a place. Discord compares it per author, not per channel."""
    if place.is_home:
        return f"{kind}{job.interaction_id}"
    where = f"{job.interaction_id} {place.channel_id}".encode()
    return kind + blake2s(where, digest_size=NONCE_BYTES).hexdigest()
