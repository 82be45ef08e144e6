"""`/video`, the question before a dear one, and the button under its status message."""

import re
from typing import Any, Final, Self

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from cogs import replies
from cogs.interactions import (
    NETWORK_FAULTS,
    UNREADABLE,
    answer_in_place,
    answer_privately,
    asking_of,
    cancel_id,
    is_stopping,
    requester_of,
    unfit_place,
)
from services.errors import RequestError
from services.models import Job, VideoRequest
from services.videos import Accepted, CancelOutcome, Offered, VideoService

MOST_CHOICES: Final = 25
LONGEST_PROMPT: Final = 2_000
LONGEST_CLIP: Final = 600
"""Seconds; what a model really offers is checked against the catalogue."""
LARGEST_SEED: Final = 2**31 - 1
SERVER_ERRORS: Final = 500
ALREADY_ANSWERED: Final = 40060

log = structlog.get_logger(__name__)


class CancelButton(
    ui.DynamicItem[ui.Button[Any]], template=r"job:(?P<job_id>[0-9]{1,18}):cancel(\.(?P<mark>[0-9a-f]{12}))?"
):
    """Cancels a job while it waits. It knows nothing but the job's number and whose it is, so it outlives restarts."""

    def __init__(self, job_id: int, *, mark: str = "") -> None:
        button: ui.Button[Any] = ui.Button(
            label="Cancel", style=discord.ButtonStyle.secondary, custom_id=cancel_id(job_id, mark=mark)
        )
        super().__init__(button)
        self._job_id = job_id
        self._mark = mark

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from the message that Discord shows."""
        del interaction, item
        return cls(int(match["job_id"]), mark=match["mark"] or "")

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service, unless the button is another bot's on the same token."""
        cog = _cog_of(interaction)
        if cog is not None and self._mark in {"", cog.mark}:
            await cog.cancel(interaction, self._job_id)


class OfferButton(ui.DynamicItem[ui.Button[Any]], template=r"offer:(?P<offer_id>[0-9]{1,18}):(?P<answer>yes|no)"):
    """Says yes or no to a price. What was offered, to whom and until when is in the database."""

    def __init__(self, offer_id: int, *, is_yes: bool) -> None:
        button: ui.Button[Any] = ui.Button(
            label="Generate" if is_yes else "Cancel",
            style=discord.ButtonStyle.success if is_yes else discord.ButtonStyle.secondary,
            custom_id=f"offer:{offer_id}:{'yes' if is_yes else 'no'}",
        )
        super().__init__(button)
        self._offer_id = offer_id
        self._is_yes = is_yes

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from the message that Discord shows."""
        del interaction, item
        return cls(int(match["offer_id"]), is_yes=match["answer"] == "yes")

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = _cog_of(interaction)
        if is_stopping(interaction):
            await answer_privately(interaction, replies.RESTARTING)
        elif cog is not None and self._is_yes:
            await cog.confirm(interaction, self._offer_id)
        elif cog is not None:
            await cog.decline(interaction, self._offer_id)


class VideoCog(commands.Cog, name="video"):
    """Asks the service for a video and shows what came of it."""

    def __init__(self, videos: VideoService, *, mark: str = "") -> None:
        self._videos = videos
        self.mark = mark

    @app_commands.command(name="video", description="Make a video from a description.")
    @app_commands.describe(
        prompt="What the video shows.",
        model="Which model makes it.",
        duration="Its length in seconds.",
        resolution="Its resolution, such as 720p.",
        aspect_ratio="Its shape, such as 16:9.",
        audio="With sound or without.",
        seed="A number that makes a model's choices repeatable.",
    )
    @app_commands.guild_only()
    async def video(
        self,
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, LONGEST_PROMPT],
        model: app_commands.Range[str, 1, 100] | None = None,
        duration: app_commands.Range[int, 1, LONGEST_CLIP] | None = None,
        resolution: app_commands.Range[str, 1, 20] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 20] | None = None,
        audio: bool | None = None,  # noqa: FBT001  # an option of the command
        seed: app_commands.Range[int, 0, LARGEST_SEED] | None = None,
    ) -> None:
        """Reserve, answer, and only then let it cost money."""
        unfit = unfit_place(interaction)
        if unfit:
            await answer_privately(interaction, unfit)
            return
        request = VideoRequest(
            prompt=prompt,
            model=model,
            duration=duration,
            resolution=resolution,
            aspect_ratio=aspect_ratio,
            audio=audio,
            seed=seed,
        )
        await self.start(interaction, request)

    async def start(self, interaction: discord.Interaction, request: VideoRequest) -> None:
        """Reserve the request, show its status message, and give it free."""
        if replies.is_blank(request.prompt):
            await answer_privately(interaction, replies.EMPTY_PROMPT)
            return
        try:
            outcome = await self._videos.request(request, requester_of(interaction), asking_of(interaction))
        except RequestError as error:
            await answer_privately(interaction, replies.refusal(error))
            return
        if isinstance(outcome, Offered):
            await answer_privately(interaction, self._question(outcome), view=_yes_or_no(outcome))
        else:
            await self._give_free(interaction, outcome)

    async def confirm(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Order what was offered. Whoever says yes again, too late or to another's offer orders nothing."""
        unfit = unfit_place(interaction)
        if unfit:
            await answer_privately(interaction, unfit)
            return
        try:
            outcome = await self._videos.confirm(offer_id, requester_of(interaction), asking_of(interaction))
        except RequestError as error:
            await answer_in_place(interaction, replies.refusal(error))
            return
        if outcome is None:
            await answer_privately(interaction, replies.OFFER_CLOSED)
        elif isinstance(outcome, Offered):
            await answer_in_place(interaction, self._question(outcome, is_again=True), view=_yes_or_no(outcome))
        elif await self._give_free(interaction, outcome):
            await _show_ordered(interaction, outcome.job)

    async def decline(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Forget an offer."""
        if await self._videos.decline(offer_id, requester_of(interaction)):
            await answer_in_place(interaction, replies.OFFER_DECLINED)
        else:
            await answer_privately(interaction, replies.OFFER_CLOSED)

    def _question(self, offered: Offered, *, is_again: bool = False) -> str:
        model_name = self._videos.catalogue.name_of(offered.quote.spec.model)
        return replies.offer(offered, model_name=model_name, is_again=is_again)

    async def _give_free(self, interaction: discord.Interaction, accepted: Accepted) -> bool:
        """Show the status message of a new request, and let it cost money. Return whether that was done."""
        message_id = await self._answer(interaction, accepted) if accepted.is_new else None
        if message_id is None:
            return False
        await self._videos.acknowledge(accepted.job, message_id)
        return True

    async def _answer(self, interaction: discord.Interaction, accepted: Accepted) -> int | None:
        """Show the status message and return its id, or None where the member may never see it."""
        job = accepted.job
        text = replies.accepted(
            job,
            model_name=self._videos.catalogue.name_of(job.spec.model),
            place=accepted.place,
            allowance=accepted.allowance,
            usual=accepted.usual,
        )
        view = ui.View(timeout=None).add_item(CancelButton(job.id, mark=self.mark))
        try:
            answer = await interaction.response.send_message(text, view=view, suppress_embeds=True)
        except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE) as error:
            await self._not_answered(job, error)
            return None
        return answer.message_id

    async def _not_answered(self, job: Job, error: Exception) -> None:
        """Take the request back where Discord said no; where nobody can say, the worker looks for the answer later."""
        is_refused = (
            isinstance(error, discord.HTTPException)
            and error.status < SERVER_ERRORS
            # Either the library's first try had arrived, or another bot on the same token was faster. The button under
            # the answer tells whose it is.
            and error.code != ALREADY_ANSWERED
        )
        log.warning("answer_not_posted", job_id=job.id, kind=type(error).__name__, is_refused=is_refused)
        if is_refused:
            await self._videos.withdraw(job)

    async def cancel(self, interaction: discord.Interaction, job_id: int) -> None:
        """Cancel a waiting job, or say why not."""
        outcome, job = await self._videos.cancel(job_id, requester_of(interaction))
        if job is not None and outcome in {CancelOutcome.CANCELLED, CancelOutcome.ALREADY_CANCELLED}:
            await answer_in_place(interaction, replies.cancelled(job))
        else:
            await answer_privately(interaction, replies.not_cancelled(outcome))

    @video.autocomplete("model")
    async def suggest_model(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer the models that match, from memory: a keystroke costs no request."""
        del interaction
        found = self._videos.catalogue.search(current)
        return [app_commands.Choice(name=model.name[:100], value=model.id) for model in found[:MOST_CHOICES]]

    @video.autocomplete("duration")
    async def suggest_duration(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        """Offer the lengths of the chosen model."""
        lengths = self._videos.catalogue.options_for(_chosen(interaction, "model"), "duration")
        fitting = [length for length in lengths if length.startswith(str(current).strip())]
        return [app_commands.Choice(name=f"{length} s", value=int(length)) for length in fitting[:MOST_CHOICES]]

    @video.autocomplete("resolution")
    async def suggest_resolution(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the resolutions of the chosen model."""
        return _matching(self._videos.catalogue.options_for(_chosen(interaction, "model"), "resolution"), current)

    @video.autocomplete("aspect_ratio")
    async def suggest_aspect_ratio(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the shapes that the chosen model has at the chosen resolution."""
        resolution = _chosen(interaction, "resolution")
        model = _chosen(interaction, "model")
        return _matching(self._videos.catalogue.options_for(model, "aspect_ratio", resolution=resolution), current)


def _cog_of(interaction: discord.Interaction) -> VideoCog | None:
    """Return the cog that has the service; a button knows nothing but what its id says."""
    client = interaction.client
    # A sharded bot is no `commands.Bot`: the library's two have only a private base in common.
    cog = client.get_cog(VideoCog.__cog_name__) if isinstance(client, commands.AutoShardedBot) else None
    return cog if isinstance(cog, VideoCog) else None


def _yes_or_no(offered: Offered) -> ui.View:
    view = ui.View(timeout=None)
    for is_yes in (True, False):
        view.add_item(OfferButton(offered.offer.id, is_yes=is_yes))
    return view


async def _show_ordered(interaction: discord.Interaction, job: Job) -> None:
    """Take the buttons off the question: only a courtesy, because the offer is taken and they do nothing any more."""
    if interaction.message is None:
        return
    try:
        await interaction.followup.edit_message(interaction.message.id, content=replies.ordered(job), view=None)
    except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE) as error:
        log.info("question_not_closed", job_id=job.id, kind=type(error).__name__)


def _chosen(interaction: discord.Interaction, option: str) -> str | None:
    """Return what the member has put into another option so far; Discord may leave it out."""
    value = getattr(interaction.namespace, option, None)
    return str(value) if value else None


def _matching(values: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    wanted = typed.strip().lower()
    fitting = [value for value in values if wanted in value.lower()]
    return [app_commands.Choice(name=value, value=value) for value in fitting[:MOST_CHOICES]]
