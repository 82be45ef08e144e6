"""What somebody reads who reports a video, and those who are told of it."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, tr
from cogs.replies.jobs import link
from cogs.replies.wording import defuse
from services.limits import Notice, ReportOutcome

REPORT: Final = "Report video"
"""The name of the command in the menu of a message."""
FORM_TITLE: Final = Message("Report this video")
FORM_FIELD: Final = Message("What is wrong with it?")
WHO_READS_IT: Final = Message("You may leave this empty. They read who reports.")
OUTCOMES: Final[Mapping[ReportOutcome, Message]] = {
    ReportOutcome.TO_MANAGERS: Message("Thank you. Those who manage this server are told, with your name."),
    ReportOutcome.TO_OWNER: Message("Thank you. The bot's owner is told, with your name."),
    ReportOutcome.ALREADY: Message("You have reported this video already. Nothing more is needed."),
    ReportOutcome.TOO_MANY: Message(
        "You have reported many videos in the last hour. Please try again later, or ask somebody who manages this "
        "server."
    ),
    ReportOutcome.UNKNOWN: Message(
        "This is not a video of this bot that can be reported. If it was posted just now, try again in a moment."
    ),
}
# Translators: {who} is a mention of the member who reports, {link} where the video is.
HERE: Final = Message("{who} reports video {video}: {link}")
THERE: Final = Message("{who} reports video {video} in the server {server}: {link}")
# Translators: what the member wrote about the video that they report.
REMARK: Final = Message("Their words: {remark}")
WHAT_MANAGERS_CAN_DO: Final = Message(
    "Whoever may manage messages there can delete it with the button under it, and `/limits block` stops its member."
)
WHAT_THE_OWNER_CAN_DO: Final = Message("`/owner takedown` removes it and blocks its member everywhere.")


def outcome(found: ReportOutcome) -> str:
    """Return what came of a report."""
    return tr(OUTCOMES[found])


def told(found: Notice, *, server: str | None) -> str:
    """Return what is to be heard of a report; `server` names the server, for an owner who reads it elsewhere."""
    where = link(found.guild_id or None, found.channel_id, found.message_id)
    who, is_here = f"<@{found.user_id}>", bool(found.guild_id) and server is None
    said = THERE if server is not None else HERE
    lines = [
        tr(said, who=who, video=found.job_id, link=where, server=defuse(server or "")),
        tr(REMARK, remark=defuse(found.remark)) if defuse(found.remark) else "",
        tr(WHAT_MANAGERS_CAN_DO if is_here else WHAT_THE_OWNER_CAN_DO),
    ]
    return "\n".join(line for line in lines if line)
