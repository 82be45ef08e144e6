"""What `/history` shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from discord.utils import format_dt

from cogs.languages import Message, tr, trn
from cogs.replies.jobs import outcome, result_link
from cogs.replies.money import price_after
from cogs.replies.wording import defuse, room_beside, shortened
from services.jobs import HistoryPage
from services.models import Job, JobState

NOTHING: Final = Message("You have not asked for a video in this server yet. Start with `/video`.")
CUTS: Final[Sequence[tuple[int, int]]] = ((40, 40), (20, 30), (8, 15), (0, 15))
"""Characters of a prompt and of a model's name in a line, from the most that is shown to what always fits."""
UNDER_WAY: Final[Mapping[JobState, Message]] = {
    # Translators: how far a video came, in a line of a list.
    JobState.QUEUED: Message("waiting"),
    JobState.SUBMITTING: Message("being sent to the model"),
    JobState.GENERATING: Message("being made"),
    JobState.DOWNLOADING: Message("made, being posted"),
    JobState.DELIVERING: Message("made, being posted"),
}


def history(found: HistoryPage, *, model_name: Callable[[str], str]) -> str:
    """Return one page: a line for each video, with as much of its prompt as fits beside the links."""
    if not found.jobs:
        return tr(NOTHING)
    head = trn(
        "**Your videos in this server** · {number} video, page {page} of {pages}",
        "**Your videos in this server** · {number} videos, page {page} of {pages}",
        found.total,
        page=found.page,
        pages=found.pages,
    )
    pages = [
        [head, *(_line(job, model_name, prompt=prompt, model=model) for job in found.jobs)] for prompt, model in CUTS
    ]
    return "\n".join(next((lines for lines in pages if room_beside(lines) >= 0), pages[-1]))


def _line(job: Job, model_name: Callable[[str], str], *, prompt: int, model: int) -> str:
    parts = (
        f"**{job.id}**",
        format_dt(job.created_at, "f"),
        defuse(model_name(job.spec.model), most=model),
        price_after(job),
        _state(job),
        shortened(job.prompt, most=prompt) if prompt else "",
    )
    return " · ".join(part for part in parts if part)


def _state(job: Job) -> str:
    match job.state:
        case _ if job.is_terminal and job.taken_down_at is not None:
            # Translators: how far a video came, in a line of a list.
            return tr("taken down")
        case JobState.DELIVERED if job.removed_at is not None:
            # Translators: how far a video came, in a line of a list.
            return tr("made, then deleted")
        case JobState.DELIVERED:
            return result_link(job)
        case JobState.CANCELLED:
            return tr("cancelled")
        case JobState.FAILED:
            return outcome(job)
        case living:
            return tr(UNDER_WAY[living])
