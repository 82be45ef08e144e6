"""What a member reads who has a clip sent again."""

from collections.abc import Mapping
from typing import Final

from cogs.replies.jobs import result_link
from services.jobs import AgainOutcome
from services.models import Job

HERE: Final = "It is on its way: you are pinged here in a moment. If nothing comes, look at `/status` again."
DIRECT: Final = (
    "It is on its way to your direct messages, because no files may be posted in this channel. If nothing comes, allow "
    "direct messages in this server's privacy settings and look at `/status` again."
)
OUTCOMES: Final[Mapping[AgainOutcome, str]] = {
    AgainOutcome.ON_ITS_WAY: "It is on its way already. If nothing comes, look at `/status` again in a minute.",
    AgainOutcome.GONE: "That video is no longer kept. Ask for a new one with `/video`.",
    AgainOutcome.NOT_ALLOWED: "Only who asked for a video can have it sent again. Start your own with `/video`.",
    AgainOutcome.UNKNOWN_JOB: "There is no such video here. Use `/status` in the server where you asked for it.",
}


def label(job: Job) -> str:
    """Return what stands on the button."""
    return f"Send video {job.id} again"


def sent_again(outcome: AgainOutcome, job: Job | None, *, is_direct: bool) -> str:
    """Return what came of pressing the button."""
    match outcome:
        case AgainOutcome.SENT:
            return DIRECT if is_direct else HERE
        case AgainOutcome.DELIVERED:
            return f"It has been posted already: {result_link(job)}" if job else OUTCOMES[AgainOutcome.GONE]
        case _:
            return OUTCOMES[outcome]
