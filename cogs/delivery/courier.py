"""Implements the port `Delivery`: to the channel where a video was asked for, to direct messages, or elsewhere.

Everything goes out with the bot's own token, which outlives the fifteen minutes of an interaction and any restart.
The stored job says which place it is: what a closed channel answered is never asked again, whatever happens to us.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import discord
import structlog
from discord import ui

from cogs import replies
from cogs.delivery.postbox import Place, Postbox, has_button
from cogs.delivery.private_answers import PrivateAnswers
from cogs.delivery.readers import readers_of
from cogs.delivery.refusals import UNKNOWN_MESSAGE, in_our_terms
from cogs.interactions import cancel_id
from cogs.languages import reading
from cogs.replies import original as originals
from cogs.servers import Servers
from services.errors import ChannelClosedError, DirectClosedError, UploadTooLargeError
from services.generation import PostedMessage
from services.models import FailureReason, Job, JobState, Route, UsualTime

MOST_REFUSALS: Final = 2
"""So often a job may ask a channel that is gone or closed: Discord locks out an address that is refused too often."""
RESULT, NEWS = "r", "n"
SPOILER: Final = "SPOILER_"
"""How Discord marks a file in its name."""

log = structlog.get_logger(__name__)


class DiscordDelivery:
    """Speaks to members through `client`, which must have logged in; `model_name` turns a model's id into its name.

    `mark` is on the buttons of our own answers, and on nobody else's. `buttons` are those under a result; `original`
    makes the one that gives the clip of a job (its id) as it came.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        model_name: Callable[[str], str],
        mark: str = "",
        buttons: Callable[[Job], ui.View] | None = None,
        original: Callable[[int], ui.Item[Any]] | None = None,
        private: PrivateAnswers | None = None,
    ) -> None:
        self._client = client
        self._postbox = Postbox(client)
        self._servers = Servers(client)
        self._private = private or PrivateAnswers()
        self._model_name = model_name
        self._buttons = buttons
        self._original = original
        self._mark = mark

    async def find_answer(self, job: Job) -> int | None:
        """Return the id of our own answer to the job's command, if it ever reached the channel."""
        button = cancel_id(job.id, mark=self._mark)

        def is_answer(message: discord.Message) -> bool:
            origin = message.interaction_metadata
            return origin is not None and origin.id == job.interaction_id and has_button(message, button)

        async with in_our_terms():
            found = await self._postbox.find(_home(job), after=job.interaction_id, matches=is_answer)
        return found.id if found else None

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Bring the status message up to date."""
        with reading(readers_of(job)):
            text = replies.in_progress(job, model_name=self._model_name(job.spec.model), usual=usual)
        await self._edit_status(job, text)

    async def open_direct(self, job: Job) -> int:
        """Return the id of the channel of the member's direct messages. Opening it shows them nothing yet."""
        async with in_our_terms(is_direct=True):
            direct = await self._client.create_dm(discord.Object(job.user_id))
        return direct.id

    async def find_result(self, job: Job) -> PostedMessage | None:
        """Return the message with the clip, if it is there."""
        name = f"video-{job.id}.mp4"

        def is_result(message: discord.Message) -> bool:
            return any(attachment.filename.removeprefix(SPOILER) == name for attachment in message.attachments)

        place = await self._place_of(job)
        async with in_our_terms(is_direct=place.is_direct):
            found = await self._find_ours(job, place, is_result)
        return PostedMessage(channel_id=found.channel.id, message_id=found.id) if found else None

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        """Post the clip as a new message that pings only its member."""
        place = await self._place_of(job)
        # What direct messages take Discord has not said.
        if not place.is_direct and (await asyncio.to_thread(clip.stat)).st_size > job.upload_limit:
            raise UploadTooLargeError(job.upload_limit)
        server = await self._origin(job) if job.route is Route.DIRECT else None
        with reading(readers_of(job, is_direct=place.is_direct)):
            texts = [self._result(job, with_prompt=with_prompt, server=server) for with_prompt in (True, False)]
            buttons = self._buttons(job) if self._buttons else None
            if has_original:
                buttons = self._with_original(job, buttons)
        async with in_our_terms(is_direct=place.is_direct):
            posted = await self._postbox.post(job, place, texts, kind=RESULT, clip=clip, buttons=buttons)
        return PostedMessage(channel_id=posted.channel.id, message_id=posted.id)

    def _with_original(self, job: Job, buttons: ui.View | None = None) -> ui.View | None:
        if self._original is None:
            return buttons
        return (buttons or ui.View(timeout=None)).add_item(self._original(job.id))

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        """Bring the status message to its final form. A failure is told in a message besides: an edit never pings."""
        with reading(readers_of(job)):
            text = await self._end_of(job, has_original=has_original)
        if job.refusals >= MOST_REFUSALS and job.result_channel_id != job.channel_id:
            return
        try:
            await self._edit_status(job, text)
        except ChannelClosedError:
            log.info("status_left_as_it_is", job_id=job.id)

    async def _end_of(self, job: Job, *, has_original: bool) -> str:
        """Do what belongs to the end of a job besides, and return what its status message says from then on."""
        match job.state:
            case JobState.DELIVERED if job.is_withdrawn:
                await self._remove_result(job)
                return replies.removed(job)
            case JobState.DELIVERED:
                return replies.finished(job, link=replies.result_link(job))
            case JobState.CANCELLED | JobState.FAILED if job.taken_down_at is not None:
                # Its member reads why at their next command: there is nothing else that they could do.
                return replies.taken_down(job)
            case JobState.CANCELLED if job.is_private and job.status_message_id is None:
                text = replies.answer_lost(job)
                with suppress(DirectClosedError):
                    await self._tell_by_direct_message(job, text)
                return text
            case JobState.CANCELLED:
                return replies.cancelled(job)
            case _:
                return replies.not_made(job, link=await self._tell_bad_news(job, has_original=has_original))

    async def _remove_result(self, job: Job) -> None:
        """Delete the message with the clip, unless somebody did before."""
        if job.result_channel_id is None or job.result_message_id is None:
            return
        is_direct = job.is_posted_directly
        place = Place(channel_id=job.result_channel_id, guild_id=None if is_direct else job.guild_id)
        async with in_our_terms(is_direct=is_direct):
            try:
                await self._postbox.remove(place, job.result_message_id)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def _tell_by_direct_message(self, job: Job, text: str) -> None:
        """Tell a member what a private answer, which may have been lost, does not say."""
        place = Place(channel_id=await self.open_direct(job), guild_id=None)
        async with in_our_terms(is_direct=True):
            found = await self._find_ours(job, place, lambda message: message.content == text)
            if found is None:
                await self._postbox.post(job, place, [text], kind=NEWS)

    async def _tell_bad_news(self, job: Job, *, has_original: bool) -> str | None:
        """Return the link to the message that says it; None where there is none, or only its member can follow it."""
        try:
            place = await self._news_place(job)
            posted = await self._post_bad_news(job, place, has_original=has_original) if place else None
        except DirectClosedError:
            posted = None
        if posted is None:
            log.warning("nobody_told", job_id=job.id)
            return None
        if posted.channel.id == job.channel_id or posted.guild is not None:
            return replies.link(job.home_guild_id, posted.channel.id, posted.id)
        return None

    async def _news_place(self, job: Job) -> Place | None:
        """Return where the bad news go; None where every way to the member was found closed."""
        if job.is_posted_directly and job.reason is FailureReason.UNDELIVERABLE:
            return None
        if job.route is Route.CHANNEL and (job.in_direct_messages or not job.refusals):
            return _home(job)
        if job.route is Route.CHANNEL:
            return Place(channel_id=await self.open_direct(job), guild_id=None)
        return await self._place_of(job)

    async def _post_bad_news(self, job: Job, place: Place, *, has_original: bool) -> discord.Message:
        server = await self._origin(job) if place.is_direct else None
        with reading(readers_of(job, is_direct=place.is_direct)):
            text = replies.bad_news(job, server=server)
            text = originals.beside(text) if has_original else text
            buttons = self._with_original(job) if has_original else None

        def is_bad_news(message: discord.Message) -> bool:
            reference = message.reference
            if not place.is_home:
                return message.content == text
            return reference is not None and reference.message_id == job.status_message_id

        async with in_our_terms(is_direct=place.is_direct):
            found = await self._find_ours(job, place, is_bad_news)
            return found or await self._postbox.post(job, place, [text], kind=NEWS, buttons=buttons)

    async def _edit_status(self, job: Job, text: str) -> None:
        """Edit the status message, unless somebody has deleted it, or only its member saw it and its time is over."""
        if job.is_private:
            await self._private.edit(job, text)
            return
        if job.status_message_id is None:
            return
        async with in_our_terms():
            try:
                await self._postbox.edit(_home(job), job.status_message_id, text)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def _find_ours(
        self, job: Job, place: Place, matches: Callable[[discord.Message], bool]
    ) -> discord.Message | None:
        after = job.status_message_id or job.interaction_id
        return await self._postbox.find(place, after=after, matches=matches)

    async def _place_of(self, job: Job) -> Place:
        """Return where the job's result goes."""
        if job.route is Route.CHANNEL:
            return _home(job)
        if job.route is Route.ELSEWHERE:
            return Place(channel_id=job.route_channel_id or 0, guild_id=job.guild_id)
        return Place(channel_id=job.route_channel_id or await self.open_direct(job), guild_id=None)

    def _result(self, job: Job, *, with_prompt: bool, server: str | None) -> str:
        model_name = self._model_name(job.spec.model)
        return replies.result(job, model_name=model_name, with_prompt=with_prompt, server=server)

    async def _origin(self, job: Job) -> str | None:
        """Return the name of the server where it was asked for: empty where we are not in it; None if in no server."""
        if job.in_direct_messages:
            return None
        async with in_our_terms():
            server = await self._servers.find(job.guild_id)
        return server.name if server else ""


def _home(job: Job) -> Place:
    return Place(channel_id=job.channel_id, guild_id=job.home_guild_id, is_home=True)
