"""What members read about one video: the status message through its life, the result, and the bad news."""

from collections.abc import Mapping
from typing import Final

from cogs.replies.money import price_after, price_before
from cogs.replies.wording import ago, choices_made, counted, defuse, quoted, usually
from services.limits import Allowance
from services.models import FailureReason, Job, JobState, Route, UsualTime

NOT_COUNTED: Final = "It does not count against your videos."
COUNTED: Final = "It counts against your videos, because it was made."
LATE: Final = (
    "This takes longer than usual. There is nothing you need to do: it keeps its place among your videos, and you are "
    "pinged when it is there."
)
NOT_MADE: Final = "was not made"
NOT_POSTED: Final = "could not be posted"
WHY: Final[Mapping[FailureReason, str]] = {
    FailureReason.REFUSED: "The model declined to make this. Describe something else and try again.",
    FailureReason.REJECTED: "The video service could not use these choices. Try another model or length.",
    FailureReason.ACCOUNT: "The bot's account at the video service needs attention: please tell its owner.",
    FailureReason.UPSTREAM_FAILED: "The model failed while making it. Try again, or choose another model.",
    FailureReason.EXPIRED: "The video service no longer has it. Ask for it again with `/video`.",
    FailureReason.SUBMIT_UNKNOWN: (
        "The connection broke while it was being ordered, and it was not ordered again, so that nothing is bought "
        "twice. You can ask for it once more."
    ),
    FailureReason.UNPLAYABLE: "What came back is not a video that plays. Ask for it again with `/video`.",
    FailureReason.TOO_LARGE: (
        "It is larger than may be posted here. Choose fewer seconds or a lower resolution next time."
    ),
    FailureReason.UNDELIVERABLE: (
        "Discord did not let the bot post it here, nor send it by direct message. The clip is kept for a while: use "
        "`/status` in a channel where the bot may post, and press the button there."
    ),
    FailureReason.DEADLINE: "The video service never finished it. Ask for it again with `/video`.",
}


def accepted(job: Job, *, model_name: str, place: int, allowance: Allowance, usual: UsualTime | None) -> str:
    """Return the first text of the status message."""
    turn = f"Waiting in the queue, place {place}." if place else "Starting now."
    return _lines(
        f"**Video {job.id}**",
        quoted(job.prompt),
        f"{choices_made(job.spec, model_name)} · {price_before(job)}",
        turn,
        usually(usual),
        left_today(allowance),
    )


def in_progress(job: Job, *, model_name: str, usual: UsualTime | None) -> str:
    """Return the status message's text while the video is made and fetched."""
    started = ago(job.submitted_at or job.created_at)
    if job.state is JobState.GENERATING:
        stage = f"{LATE} " if job.late_at else ""
        stage += f"Sent to the model {started}. It can no longer be cancelled."
    else:
        stage, usual = f"Made. Bringing it here … (sent to the model {started})", None
    made = f"{choices_made(job.spec, model_name)} · {price_before(job)}"
    return _lines(f"**Video {job.id}**", quoted(job.prompt), made, stage, usually(usual))


def left_today(allowance: Allowance) -> str:
    """Return how many videos the member has left."""
    return f"You have {counted(allowance.left, 'video')} left today."


def result(job: Job, *, model_name: str, with_prompt: bool = True, server: str | None = None) -> str:
    """Return the text beside the clip. It says that a machine made it, because viewers have a right to know.

    `server` is the name of the server that it comes from, where it comes by direct message: empty where the bot is no
    longer there.
    """
    quote = quoted(job.prompt) if with_prompt else None
    made = f"-# Made by AI · {choices_made(job.spec, model_name)} · {price_after(job)}"
    why = None if server is None else f"You asked for it in {_named(server)}, where the bot can no longer post it."
    return _lines(f"<@{job.user_id}> your video is ready.", why, quote, made)


def finished(job: Job, *, link: str) -> str:
    """Return the status message's last text where the clip was posted."""
    if job.route is Route.DIRECT:
        return f"Video {job.id} is ready. It went out by direct message, because the bot could not post it here."
    return f"Video {job.id} is ready: {link}"


def result_link(job: Job) -> str:
    """Return the link to the message with the clip."""
    return link(None if job.route is Route.DIRECT else job.guild_id, job.result_channel_id, job.result_message_id)


def link(guild_id: int | None, channel_id: int | None, message_id: int | None) -> str:
    """Return the link to a message; direct messages have no server."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def not_made(job: Job, *, link: str | None) -> str:
    """Return the status message's last text where the job failed and a message said why."""
    return f"Video {job.id} {outcome(job)}: {link}" if link else f"Video {job.id} {outcome(job)}. {failure(job)}"


def cancelled(job: Job) -> str:
    """Return the status message's last text where the job was cancelled before it cost anything."""
    return f"Video {job.id} was cancelled before it was sent. Nothing was spent, and it does not count."


def bad_news(job: Job, *, server: str | None = None) -> str:
    """Return the message that tells the member that there will be no clip, and why.

    `server` is the name of the server where it was asked for, where the message goes by direct message.
    """
    where = "" if server is None else f" (you asked for it in {_named(server)})"
    return f"<@{job.user_id}> video {job.id}{where} {outcome(job)}. {failure(job)}"


def outcome(job: Job) -> str:
    """Return in three or four words how far a failed job came."""
    return NOT_POSTED if job.counts_for_member else NOT_MADE


def failure(job: Job) -> str:
    """Return why a job failed, what to do next, and whether it counts."""
    why = WHY[job.reason or FailureReason.UPSTREAM_FAILED]
    return f"{why} {COUNTED if job.counts_for_member else NOT_COUNTED}"


def _named(server: str) -> str:
    """Return a server's name; empty where the bot is no longer in it, and does not know."""
    return f"**{defuse(server)}**" if server else "a server"


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)
