"""From a request to its status message: what `/video` and every button that asks for a video have in common.

Reserve, answer, and only then let it cost money. A request that Discord does not let us answer is taken back.
"""

from collections.abc import Sequence
from typing import Final

import discord
import structlog

from cogs import direct, replies
from cogs.delivery import PrivateAnswers, readers_of
from cogs.interactions import (
    ANSWER_FAULTS,
    answer_in_place,
    answer_privately,
    asking_of,
    requester_of,
    unfit_place,
)
from cogs.languages import reading, tr
from cogs.replies.pictures import preparing
from cogs.video.answering import Answer
from cogs.video.buttons import cancel_button, yes_or_no
from services.errors import RequestError
from services.models import Job, VideoRequest
from services.pictures import Attached
from services.videos import Accepted, CancelOutcome, Offered, VideoService

SERVER_ERRORS: Final = 500
ALREADY_ANSWERED: Final = 40060

log = structlog.get_logger(__name__)


class Ordering:
    """Asks the service for a video and shows what came of it; what only its member may see is kept in `private`.

    `mark` is on the buttons of this bot's own answers.
    """

    def __init__(self, videos: VideoService, *, private: PrivateAnswers, mark: str) -> None:
        self._videos = videos
        self._private = private
        self._mark = mark

    async def start(
        self, interaction: discord.Interaction, request: VideoRequest, *, pictures: Sequence[Attached] = ()
    ) -> None:
        """Reserve the request, show its status message, and give it free. `pictures` are its frames, the first first.

        A video that starts from pictures is checked and priced before any of them is fetched.
        """
        answer = Answer(interaction)
        if replies.is_blank(request.prompt):
            await answer.say_privately(tr(replies.EMPTY_PROMPT))
            return
        try:
            outcome = await self._outcome(interaction, answer, request, pictures)
        except RequestError as error:
            await answer.say_privately(direct.as_counted(interaction, replies.refusal(error)))
            return
        if isinstance(outcome, Offered):
            await answer.say_privately(self._question(outcome), view=yes_or_no(outcome))
        elif outcome is not None:
            await self._give_free(interaction, outcome, answer)

    async def _outcome(
        self, interaction: discord.Interaction, answer: Answer, request: VideoRequest, pictures: Sequence[Attached]
    ) -> Accepted | Offered | None:
        """Ask the service; None where the member could not be told that their pictures are being fetched."""
        requester, asking = requester_of(interaction), asking_of(interaction)
        if not pictures:
            return await self._videos.request(request, requester, asking)
        draft = await self._videos.draft(request, requester, asking, pictures=pictures)
        model_name = self._videos.catalogue.name_of(draft.quote.spec.model)
        # The question about a price is for its member alone, and so is what stands in its place until then.
        is_private = draft.request.is_private or draft.needs_yes
        with reading(readers_of(draft.new, is_direct=is_private)):
            text = preparing(draft, model_name=model_name)
        if not await answer.hold(text, is_private=is_private):
            return None
        return await self._videos.request_drafted(draft, requester, pictures=pictures)

    async def confirm(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Order what was offered. Whoever says yes again, too late or to another's offer orders nothing."""
        refusal = await direct.turned_away(interaction)
        if refusal:
            await answer_privately(interaction, refusal)
            return
        unfit, requester = unfit_place(interaction), requester_of(interaction)
        if unfit and not await self._videos.is_private_offer(offer_id, requester):
            await answer_privately(interaction, unfit)
            return
        try:
            outcome = await self._videos.confirm(offer_id, requester, asking_of(interaction))
        except RequestError as error:
            await answer_in_place(interaction, direct.as_counted(interaction, replies.refusal(error)))
            return
        if outcome is None:
            await answer_privately(interaction, tr(replies.OFFER_CLOSED))
        elif isinstance(outcome, Offered):
            await answer_in_place(interaction, self._question(outcome, is_again=True), view=yes_or_no(outcome))
        elif await self._give_free(interaction, outcome, Answer(interaction)):
            await _show_ordered(interaction, outcome.job)

    async def decline(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Forget an offer."""
        refusal = await direct.turned_away(interaction)
        if refusal:
            await answer_privately(interaction, refusal)
        elif await self._videos.decline(offer_id, requester_of(interaction)):
            await answer_in_place(interaction, tr(replies.OFFER_DECLINED))
        else:
            await answer_privately(interaction, tr(replies.OFFER_CLOSED))

    def _question(self, offered: Offered, *, is_again: bool = False) -> str:
        model_name = self._videos.catalogue.name_of(offered.quote.spec.model)
        return replies.offer(offered, model_name=model_name, is_again=is_again)

    async def _give_free(self, interaction: discord.Interaction, accepted: Accepted, answer: Answer) -> bool:
        """Show the status message of a new request, and let it cost money. Return whether that was done."""
        message_id = await self._show(interaction, accepted, answer) if accepted.is_new else None
        if message_id is None:
            return False
        await self._videos.acknowledge(accepted.job, message_id)
        return True

    async def _show(self, interaction: discord.Interaction, accepted: Accepted, answer: Answer) -> int | None:
        """Show the status message and return its id, or None where the member may never see it."""
        job = accepted.job
        with reading(readers_of(job)):
            view = cancel_button(job, mark=self._mark)
            text = replies.accepted(
                job,
                model_name=self._videos.catalogue.name_of(job.spec.model),
                place=accepted.place,
                allowance=accepted.allowance,
                usual=accepted.usual,
            )
        try:
            message_id = await answer.publish(text, view=view, is_private=job.is_private)
        except ANSWER_FAULTS as error:
            await self._not_answered(job, error)
            return None
        if job.is_private:
            self._private.remember(job, interaction)
        return message_id

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
            with reading(readers_of(job)):
                text = replies.cancelled(job)
            await answer_in_place(interaction, text)
        else:
            await answer_privately(interaction, replies.not_cancelled(outcome))


async def _show_ordered(interaction: discord.Interaction, job: Job) -> None:
    """Take the buttons off the question: only a courtesy, because the offer is taken and they do nothing any more."""
    if interaction.message is None:
        return
    try:
        await interaction.followup.edit_message(interaction.message.id, content=replies.ordered(job), view=None)
    except ANSWER_FAULTS as error:
        log.info("question_not_closed", job_id=job.id, kind=type(error).__name__)
