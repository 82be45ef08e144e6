"""What members read at the buttons under a result, on the forms that these open, and about what they did."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, tr
from services.models import Job
from services.results import Removal, Unavailable

AGAIN: Final = Message("Again")
EDIT: Final = Message("Edit")
EXTEND: Final = Message("Extend")
DELETE: Final = Message("Delete")
EDIT_TITLE: Final = Message("Change the description")
EXTEND_TITLE: Final = Message("Go on from here")
EDIT_FIELD: Final = Message("What the new video shows")
EXTEND_FIELD: Final = Message("What happens next")
COSTS_YOU: Final = Message("It is a new video, and counts against your own limits.")

PROMPT_TOO_LONG: Final = Message("That description is too long. Describe the video in at most 2,000 characters.")
WHY_NOT: Final[Mapping[Unavailable, Message]] = {
    Unavailable.UNKNOWN: Message(
        "The bot does not know this message as a video of this server. If it was posted just now, press again in a "
        "moment; otherwise use `/video`."
    ),
    Unavailable.REMOVED: Message("This video was deleted. Start a new one with `/video`."),
    Unavailable.FORGOTTEN: Message("What was asked for here is no longer stored. Describe it again with `/video`."),
    Unavailable.PICTURE_GONE: Message(
        "This video began with a picture, which is no longer kept. Use `/video` and attach the picture once more."
    ),
    Unavailable.CANNOT_CONTINUE: Message("This model can no longer go on from a video. Press Again or Edit instead."),
}
NOT_REMOVED: Final[Mapping[Removal, Message]] = {
    Removal.NOT_ALLOWED: Message(
        "Only who asked for this video can delete it, or somebody who may manage messages in this channel. Ask one of "
        "them."
    ),
    Removal.UNKNOWN: Message(
        "The bot does not know this message as a video. If it was posted just now, press again in a moment."
    ),
}


def unavailable(why: Unavailable) -> str:
    """Return why a result cannot be made again, and what to do instead."""
    return tr(WHY_NOT[why])


def removal(outcome: Removal, job: Job | None) -> str:
    """Return what came of pressing Delete."""
    if outcome is Removal.REMOVED and job is not None:
        return tr(
            "Video {id} is deleted: its message disappears in a moment. It was made, so it still counts. If the "
            "message stays, press Delete again.",
            id=job.id,
        )
    return tr(NOT_REMOVED[outcome])


def removed(job: Job) -> str:
    """Return the status message's last text where the result was posted, and removed since."""
    if job.taken_down_at is not None:
        return taken_down(job)
    return tr("Video {id} was deleted after it was posted. Start a new one with `/video`.", id=job.id)


def taken_down(job: Job) -> str:
    """Return the last text of a status message whose video the owner has taken down."""
    return tr("Video {id} was taken down by the bot's owner.", id=job.id)
