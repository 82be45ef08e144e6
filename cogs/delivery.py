"""Puts a finished video, or the bad news, in front of its member; implements the port `Delivery`.

Everything goes out with the bot's own token, which outlives the fifteen minutes of an interaction and any restart.
Two things keep a message from being posted twice: a nonce that is derived from the stored interaction, which Discord
remembers for some minutes, and after a doubtful try a look into the channel's history.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import discord
import structlog

from cogs import replies
from cogs.interactions import NETWORK_FAULTS
from services.errors import ChannelClosedError, DeliverLaterError, DeliveryError, UploadTooLargeError
from services.generation import PostedMessage
from services.models import Job, JobState, UsualTime

HISTORY: Final = 5_000
"""Messages after the status message that a search goes through, fifty pages: hours of talk in a busy channel."""
TOO_LARGE_CODES: Final = frozenset({40005, 50045})
CLOSED_CODES: Final = frozenset({10003, 10004, 50001, 50007, 50013, 50024, 50278, 160005})
"""Unknown channel or server, no access, closed direct messages, no permission, wrong kind of channel, locked thread."""
FILTERED_CODES: Final = frozenset({200000, 200001, 240000})
"""A server's own filter does not like the words, which are the member's."""
UNKNOWN_MESSAGE: Final = 10008
NO_HISTORY: Final = 160002
"""Replying takes the permission to read the history."""
SERVER_ERRORS: Final = 500
TOO_LARGE: Final = 413
TOO_MANY_REQUESTS: Final = 429

log = structlog.get_logger(__name__)


class DiscordDelivery:
    """Speaks to members through `client`, which must have logged in; `model_name` turns a model's id into its name."""

    def __init__(self, client: discord.Client, *, model_name: Callable[[str], str]) -> None:
        self._client = client
        self._model_name = model_name

    async def find_answer(self, job: Job) -> int | None:
        """Return the id of the message that answered the job's command, if it ever reached the channel."""

        def is_answer(message: discord.Message) -> bool:
            origin = message.interaction_metadata
            return origin is not None and origin.id == job.interaction_id

        async with _in_our_terms():
            found = await self._find(job, after=job.interaction_id, matches=is_answer)
        return found.id if found else None

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Bring the status message up to date."""
        text = replies.in_progress(job, model_name=self._model_name(job.spec.model), usual=usual)
        await self._edit_status(job, text)

    async def post_result(self, job: Job, clip: Path, *, may_be_there: bool) -> PostedMessage:
        """Post the clip as a new message that pings only its member, or find it posted."""

        def is_result(message: discord.Message) -> bool:
            return any(attachment.filename == clip.name for attachment in message.attachments)

        async with _in_our_terms():
            found = await self._find_ours(job, is_result) if may_be_there else None
        if found is not None:
            return PostedMessage(channel_id=found.channel.id, message_id=found.id)
        if (await asyncio.to_thread(clip.stat)).st_size > job.upload_limit:
            raise UploadTooLargeError(job.upload_limit)
        text = replies.result(job, model_name=self._model_name(job.spec.model))
        plain = replies.result(job, model_name=self._model_name(job.spec.model), with_prompt=False)
        async with _in_our_terms():
            posted = await self._reply(job, (text, plain), nonce=f"r{job.interaction_id}", clip=clip)
        return PostedMessage(channel_id=posted.channel.id, message_id=posted.id)

    async def tell_end(self, job: Job) -> None:
        """Bring the status message to its final form. A failure is told in a message besides: an edit never pings."""
        match job.state:
            case JobState.DELIVERED:
                link = _link(job.guild_id, job.result_channel_id, job.result_message_id)
                text = replies.finished(job, link=link)
            case JobState.CANCELLED:
                text = replies.cancelled(job)
            case _:
                text = replies.not_made(job, link=await self._tell_bad_news(job))
        await self._edit_status(job, text)

    async def _tell_bad_news(self, job: Job) -> str | None:
        """Return the link to the message that says it; None where the bot may no longer post one."""
        try:
            posted = await self._post_bad_news(job)
        except ChannelClosedError:
            return None
        return _link(job.guild_id, posted.channel.id, posted.id)

    async def _post_bad_news(self, job: Job) -> discord.Message:
        def is_bad_news(message: discord.Message) -> bool:
            reference = message.reference
            return reference is not None and reference.message_id == job.status_message_id

        async with _in_our_terms():
            found = await self._find_ours(job, is_bad_news)
            return found or await self._reply(job, (replies.bad_news(job),), nonce=f"n{job.interaction_id}")

    async def _reply(
        self, job: Job, texts: tuple[str, ...], *, nonce: str, clip: Path | None = None
    ) -> discord.Message:
        """Post a message that pings only the job's member: the first of the texts that the server lets through."""
        *preferred, last = texts
        for text in preferred:
            try:
                return await self._send(job, text, nonce=nonce, clip=clip)
            except discord.HTTPException as error:
                if error.code not in FILTERED_CODES:
                    raise
        return await self._send(job, last, nonce=nonce, clip=clip)

    async def _send(self, job: Job, text: str, *, nonce: str, clip: Path | None) -> discord.Message:
        try:
            return await self._send_once(job, text, nonce=nonce, clip=clip, is_reply=job.status_message_id is not None)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY:
                raise
        return await self._send_once(job, text, nonce=nonce, clip=clip, is_reply=False)

    async def _send_once(
        self, job: Job, text: str, *, nonce: str, clip: Path | None, is_reply: bool
    ) -> discord.Message:
        files = [discord.File(clip, filename=clip.name)] if clip else []
        mentions = discord.AllowedMentions(
            users=[discord.Object(job.user_id)], everyone=False, roles=False, replied_user=False
        )
        channel = self._channel(job)
        if not is_reply:
            return await channel.send(text, files=files, nonce=nonce, allowed_mentions=mentions, suppress_embeds=True)
        reference = discord.MessageReference(
            message_id=job.status_message_id or 0,
            channel_id=job.channel_id,
            guild_id=job.guild_id,
            fail_if_not_exists=False,
        )
        return await channel.send(
            text,
            files=files,
            nonce=nonce,
            allowed_mentions=mentions,
            suppress_embeds=True,
            reference=reference,
        )

    async def _edit_status(self, job: Job, text: str) -> None:
        """Edit the status message, unless somebody has deleted it."""
        if job.status_message_id is None:
            return
        async with _in_our_terms():
            try:
                await self._channel(job).get_partial_message(job.status_message_id).edit(content=text, view=None)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def _find_ours(self, job: Job, matches: Callable[[discord.Message], bool]) -> discord.Message | None:
        """Find a message of the bot's own after the status message; None as well where we may not look."""
        return await self._find(job, after=job.status_message_id or job.interaction_id, matches=matches)

    async def _find(
        self, job: Job, *, after: int, matches: Callable[[discord.Message], bool]
    ) -> discord.Message | None:
        me = self._client.user
        history = self._channel(job).history(after=discord.Object(after), limit=HISTORY, oldest_first=True)
        async for message in history:
            if me is not None and message.author.id == me.id and matches(message):
                return message
        return None

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)


@asynccontextmanager
async def _in_our_terms() -> AsyncGenerator[None]:
    """Turn what Discord and the network raise into what the worker can act on."""
    try:
        yield
    except discord.HTTPException as error:
        log.info("discord_refused", status=error.status, code=error.code)
        raise _meaning(error) from error
    except NETWORK_FAULTS as error:
        raise DeliverLaterError from error
    except RuntimeError as error:
        # discord.py's session was closed under us: the process is stopping, and the next one goes on.
        raise DeliverLaterError from error


def _meaning(error: discord.HTTPException) -> DeliveryError:
    if error.status == TOO_LARGE or error.code in TOO_LARGE_CODES:
        return UploadTooLargeError()
    if error.code in CLOSED_CODES:
        return ChannelClosedError()
    if error.status == TOO_MANY_REQUESTS or error.status >= SERVER_ERRORS:
        return DeliverLaterError(timedelta(seconds=5))
    # A refusal nobody foresaw: slowly again until the deadline, because the clip was paid for.
    return DeliverLaterError(timedelta(minutes=1))


def _link(guild_id: int, channel_id: int | None, message_id: int | None) -> str:
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"
