"""What a member reads who has a clip sent again."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, tr
from cogs.replies.jobs import result_link
from services.jobs import AgainOutcome
from services.models import Job

HERE: Final = Message("It is on its way: you are pinged here in a moment. If nothing comes, look at `/status` again.")
DIRECT: Final = Message(
    "It is on its way to your direct messages, because no files may be posted in this channel. If nothing comes, allow "
    "direct messages in this server's privacy settings and look at `/status` again."
)
PRIVATE: Final = Message(
    "It is on its way to your direct messages, where only you see it. If nothing comes, allow direct messages in this "
    "server's privacy settings and look at `/status` again."
)
OUTCOMES: Final[Mapping[AgainOutcome, Message]] = {
    AgainOutcome.ON_ITS_WAY: Message(
        "It is on its way already. If nothing comes, look at `/status` again in a minute."
    ),
    AgainOutcome.GONE: Message("That video is no longer kept. Ask for a new one with `/video`."),
    AgainOutcome.NOT_ALLOWED: Message(
        "Only who asked for a video can have it sent again. Start your own with `/video`."
    ),
    AgainOutcome.NOT_HERE: Message(
        "Videos are posted in age-restricted channels only. Use `/status` in one of those, and press the button there."
    ),
    AgainOutcome.UNKNOWN_JOB: Message(
        "There is no such video here. Use `/status` in the server where you asked for it."
    ),
}


def label(job: Job) -> str:
    """Return what stands on the button."""
    return tr("Send video {id} again", id=job.id)


def sent_again(outcome: AgainOutcome, job: Job | None, *, is_direct: bool, is_here: bool = False) -> str:
    """Return what came of pressing the button; `is_here` says that it was pressed in direct messages."""
    match outcome:
        case AgainOutcome.SENT if is_here:
            return tr(HERE)
        case AgainOutcome.SENT:
            if job is not None and job.is_private:
                return tr(PRIVATE)
            return tr(DIRECT if is_direct else HERE)
        case AgainOutcome.DELIVERED if job is not None:
            return tr("It has been posted already: {link}", link=result_link(job))
        case AgainOutcome.DELIVERED:
            return tr(OUTCOMES[AgainOutcome.GONE])
        case _:
            return tr(OUTCOMES[outcome])
