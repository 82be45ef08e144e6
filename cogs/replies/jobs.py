"""What members read about one video: the status message through its life, the result, and the bad news."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies import direct
from cogs.replies.money import price_after, price_before
from cogs.replies.wording import ago, choices_made, defuse, quoted, usually
from services.limits import Allowance
from services.models import FailureReason, Job, JobState, Route, UsualTime

NOT_COUNTED: Final = Message("It does not count against your videos.")
COUNTED: Final = Message("It counts against your videos, because it was made.")
LATE: Final = Message(
    "This takes longer than usual. There is nothing you need to do: it keeps its place among your videos, and you are "
    "pinged when it is there."
)
# Translators: how far a video came, in a line of a list.
NOT_MADE: Final = Message("was not made")
# Translators: how far a video came, in a line of a list.
NOT_POSTED: Final = Message("could not be posted")
ONLY_YOU: Final = Message(
    "Only you see this. The video comes by direct message: allow them in this server's privacy settings."
)
DIRECT_CLOSED: Final = Message(
    "Discord did not let the bot send it to you by direct message. The clip is kept for a while: allow direct messages "
    "in this server's privacy settings, then use `/status` and press the button there."
)
PICTURE_REJECTED: Final = Message(
    "The video service could not use this picture with these choices, or the picture was lost before it was sent. "
    "Attach it again, or try another model."
)
WHY: Final[Mapping[FailureReason, Message]] = {
    FailureReason.REFUSED: Message("The model declined to make this. Describe something else and try again."),
    FailureReason.REJECTED: Message("The video service could not use these choices. Try another model or length."),
    FailureReason.ACCOUNT: Message("The bot's account at the video service needs attention: please tell its owner."),
    FailureReason.UPSTREAM_FAILED: Message("The model failed while making it. Try again, or choose another model."),
    FailureReason.EXPIRED: Message("The video service no longer has it. Ask for it again with `/video`."),
    FailureReason.SUBMIT_UNKNOWN: Message(
        "The connection broke while it was being ordered, and it was not ordered again, so that nothing is bought "
        "twice. You can ask for it once more."
    ),
    FailureReason.UNPLAYABLE: Message("What came back is not a video that plays. Ask for it again with `/video`."),
    FailureReason.TOO_LARGE: Message(
        "It is larger than may be posted here. Choose fewer seconds or a lower resolution next time."
    ),
    FailureReason.UNDELIVERABLE: Message(
        "Discord did not let the bot post it here, nor send it by direct message. The clip is kept for a while: use "
        "`/status` in a channel where the bot may post, and press the button there."
    ),
    FailureReason.DEADLINE: Message("The video service never finished it. Ask for it again with `/video`."),
}


def accepted(job: Job, *, model_name: str, place: int, allowance: Allowance, usual: UsualTime | None) -> str:
    """Return the first text of the status message."""
    waiting = tr("Waiting in the queue, place {place}.", place=number(place, reader()))
    return _lines(
        _title(job),
        _described(job),
        f"{choices_made(job.spec, model_name)} · {price_before(job)}",
        waiting if place else tr("Starting now."),
        usually(usual),
        left_today(allowance),
        tr(ONLY_YOU) if job.is_private else None,
    )


def in_progress(job: Job, *, model_name: str, usual: UsualTime | None) -> str:
    """Return the status message's text while the video is made and fetched."""
    started = ago(job.submitted_at or job.created_at)
    if job.state is JobState.GENERATING:
        # Translators: {when} is a time such as "2 minutes ago".
        sent = tr("Sent to the model {when}. It can no longer be cancelled.", when=started)
        stage = f"{tr(LATE)} {sent}" if job.late_at else sent
    else:
        stage, usual = tr("Made. Bringing it here … (sent to the model {when})", when=started), None
    made = f"{choices_made(job.spec, model_name)} · {price_before(job)}"
    return _lines(_title(job), _described(job), made, stage, usually(usual))


def left_today(allowance: Allowance) -> str:
    """Return how many videos the member has left."""
    return trn("You have {number} video left today.", "You have {number} videos left today.", allowance.left)


def result(job: Job, *, model_name: str, with_prompt: bool = True, server: str | None = None) -> str:
    """Return the text beside the clip. It says that a machine made it, because viewers have a right to know.

    `server` is the name of the server that it comes from, where it comes by direct message: empty where the bot is no
    longer there.
    """
    quote = _described(job) if with_prompt else None
    # Translators: {choices} are the model, the length and the size, {price} what it cost.
    made = tr("-# Made by AI · {choices} · {price}", choices=choices_made(job.spec, model_name), price=price_after(job))
    # Translators: {member} is a mention.
    ready = tr("{member} your video is ready.", member=f"<@{job.user_id}>")
    return _lines(ready, _why_here(job, server), quote, made)


def _why_here(job: Job, server: str | None) -> str | None:
    """Return why the result comes by direct message, where it does."""
    if job.is_private:
        if not server:
            return tr("Only you see it: you asked for it privately in a server.")
        return tr("Only you see it: you asked for it privately in {server}.", server=_named(server))
    if server is None:
        return None
    if not server:
        return tr("You asked for it in a server, where the bot can no longer post it.")
    return tr("You asked for it in {server}, where the bot can no longer post it.", server=_named(server))


def finished(job: Job, *, link: str) -> str:
    """Return the status message's last text where the clip was posted."""
    if job.is_private:
        return tr("Video {id} is ready, in your direct messages: {link}", id=job.id, link=link)
    if job.route is Route.DIRECT and not job.in_direct_messages:
        return tr(
            "Video {id} is ready. It went out by direct message, because the bot could not post it here.", id=job.id
        )
    return tr("Video {id} is ready: {link}", id=job.id, link=link)


def result_link(job: Job) -> str:
    """Return the link to the message with the clip."""
    return link(None if job.is_posted_directly else job.guild_id, job.result_channel_id, job.result_message_id)


def link(guild_id: int | None, channel_id: int | None, message_id: int | None) -> str:
    """Return the link to a message; direct messages have no server."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def not_made(job: Job, *, link: str | None) -> str:
    """Return the status message's last text where the job failed and a message said why."""
    if link and job.counts_for_member:
        return tr("Video {id} could not be posted: {link}", id=job.id, link=link)
    if link:
        return tr("Video {id} was not made: {link}", id=job.id, link=link)
    came = tr("Video {id} could not be posted.", id=job.id) if job.counts_for_member else _not_made(job)
    return f"{came} {failure(job)}"


def _not_made(job: Job) -> str:
    return tr("Video {id} was not made.", id=job.id)


def cancelled(job: Job) -> str:
    """Return the status message's last text where the job was cancelled before it cost anything."""
    return tr("Video {id} was cancelled before it was sent. Nothing was spent, and it does not count.", id=job.id)


def answer_lost(job: Job) -> str:
    """Return what a member reads by direct message whose private answer may never have reached them."""
    return tr(
        "Video {id} was not started: the bot was interrupted while it answered you. Nothing was spent, and it does "
        "not count. Ask for it once more with `/video`.",
        id=job.id,
    )


def bad_news(job: Job, *, server: str | None = None) -> str:
    """Return the message that tells the member that there will be no clip, and why.

    `server` is the name of the server where it was asked for, where the message goes by direct message.
    """
    return f"{_news(job, server)} {failure(job)}"


def _news(job: Job, server: str | None) -> str:
    member, where = f"<@{job.user_id}>", _named(server or "")
    match job.counts_for_member, server:
        case True, None:
            return tr("{member} video {id} could not be posted.", member=member, id=job.id)
        case True, "":
            return tr(
                "{member} video {id} (you asked for it in a server) could not be posted.", member=member, id=job.id
            )
        case True, _:
            return tr(
                "{member} video {id} (you asked for it in {server}) could not be posted.",
                member=member,
                id=job.id,
                server=where,
            )
        case _, None:
            return tr("{member} video {id} was not made.", member=member, id=job.id)
        case _, "":
            return tr("{member} video {id} (you asked for it in a server) was not made.", member=member, id=job.id)
        case _:
            return tr(
                "{member} video {id} (you asked for it in {server}) was not made.",
                member=member,
                id=job.id,
                server=where,
            )


def outcome(job: Job) -> str:
    """Return in three or four words how far a failed job came."""
    return tr(NOT_POSTED if job.counts_for_member else NOT_MADE)


def failure(job: Job) -> str:
    """Return why a job failed, what to do next, and whether it counts."""
    why = WHY[job.reason or FailureReason.UPSTREAM_FAILED]
    if job.is_private and job.reason is FailureReason.UNDELIVERABLE:
        why = DIRECT_CLOSED
    if job.in_direct_messages and job.reason is FailureReason.UNDELIVERABLE:
        why = direct.UNDELIVERABLE
    if job.frames and job.reason is FailureReason.REJECTED:
        why = PICTURE_REJECTED
    return f"{tr(why)} {tr(COUNTED if job.counts_for_member else NOT_COUNTED)}"


def _described(job: Job) -> str:
    return quoted(job.prompt, is_spoiler=job.is_spoiler)


def _title(job: Job) -> str:
    return tr("**Video {id}**", id=job.id)


def _named(server: str) -> str:
    return f"**{defuse(server)}**"


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)
