"""What members read about one video: the status message through its life, the result, and the bad news."""

from collections.abc import Mapping
from typing import Final

from cogs.replies.money import price_after, price_before
from cogs.replies.wording import ago, choices_made, counted, quoted, usually
from services.limits import Allowance
from services.models import FailureReason, Job, JobState, UsualTime

NOT_COUNTED: Final = "It does not count against your videos."
COUNTED: Final = "It counts, because it was made."
NOT_MADE: Final = "was not made"
NOT_POSTED: Final = "could not be posted"
WHY: Final[Mapping[FailureReason, str]] = {
    FailureReason.REFUSED: "The model declined to make this. Describe something else and try again.",
    FailureReason.REJECTED: "The video service could not use these choices. Try another model or length.",
    FailureReason.ACCOUNT: "The bot's account at the video service needs attention: please tell its owner.",
    FailureReason.UPSTREAM_FAILED: "The model failed while making it. Try again, or choose another model.",
    FailureReason.EXPIRED: "The video service no longer has it. Please try again.",
    FailureReason.SUBMIT_UNKNOWN: (
        "The connection broke while it was being ordered, and it was not ordered again, so that nothing is bought "
        "twice. You can ask for it once more."
    ),
    FailureReason.UNPLAYABLE: "What came back is not a video that plays. Please try again.",
    FailureReason.TOO_LARGE: (
        "It is larger than may be posted here. Choose fewer seconds or a lower resolution next time."
    ),
    FailureReason.UNDELIVERABLE: "Discord did not let the bot post it here. Please tell a manager of this server.",
    FailureReason.DEADLINE: "The video service never finished it. Please try again.",
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
        stage = f"Sent to the model {started}. It can no longer be cancelled."
    else:
        stage, usual = f"Made. Bringing it here … (sent to the model {started})", None
    made = f"{choices_made(job.spec, model_name)} · {price_before(job)}"
    return _lines(f"**Video {job.id}**", quoted(job.prompt), made, stage, usually(usual))


def left_today(allowance: Allowance) -> str:
    """Return how many videos the member has left."""
    return f"You have {counted(allowance.left, 'video')} left today."


def result(job: Job, *, model_name: str, with_prompt: bool = True) -> str:
    """Return the text beside the clip. It says that a machine made it, because viewers have a right to know."""
    quote = quoted(job.prompt) if with_prompt else None
    made = f"-# Made by AI · {choices_made(job.spec, model_name)} · {price_after(job)}"
    return _lines(f"<@{job.user_id}> your video is ready.", quote, made)


def finished(job: Job, *, link: str) -> str:
    """Return the status message's last text where the clip was posted."""
    return f"Video {job.id} is ready: {link}"


def not_made(job: Job, *, link: str | None) -> str:
    """Return the status message's last text where the job failed and a message said why."""
    return f"Video {job.id} {outcome(job)}: {link}" if link else f"Video {job.id} {outcome(job)}. {failure(job)}"


def cancelled(job: Job) -> str:
    """Return the status message's last text where the job was cancelled before it cost anything."""
    return f"Video {job.id} was cancelled before it was sent. Nothing was spent, and it does not count."


def bad_news(job: Job) -> str:
    """Return the message that tells the member that there will be no clip, and why."""
    return f"<@{job.user_id}> video {job.id} {outcome(job)}. {failure(job)}"


def outcome(job: Job) -> str:
    """Return in three or four words how far a failed job came."""
    return NOT_POSTED if _reason(job).counts_for_member else NOT_MADE


def failure(job: Job) -> str:
    """Return why a job failed, what to do next, and whether it counts."""
    reason = _reason(job)
    return f"{WHY[reason]} {COUNTED if reason.counts_for_member else NOT_COUNTED}"


def _reason(job: Job) -> FailureReason:
    return job.reason or FailureReason.UPSTREAM_FAILED


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)
