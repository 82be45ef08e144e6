"""What `/status` shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies.jobs import result_link
from cogs.replies.money import money_lines
from cogs.replies.reached import whose_limit
from cogs.replies.refusals import paused_for_it
from cogs.replies.wording import ago, fitting, room_beside, shortened
from services.limits import Allowance, Limit
from services.models import Job, JobState
from services.videos import Standing

PROMPT_IN_A_LIST: Final = 40
"""Characters, and where that is too long a few: a prompt of nothing but marks is shown at three times its length."""
PROMPT_CUT: Final = 15
ROOM_FOR_RUNNING: Final = 300
"""Characters that the list of what has ended leaves to that of what is running: a line, and how many more there are."""
RUNNING: Final = Message("**Running**")
NOTHING_RUNNING: Final = Message("Nothing is running. Start with `/video`.")
# Translators: the heading over what a member has left of their limits.
LEFT: Final = Message("**Left**")
LAST: Final = Message("**Your last videos**")
KEPT: Final = Message("**Kept for you**")
HOW_TO_GET_IT: Final = Message(
    "These could not be posted. Use `/status` in a channel where the bot may post, and press the button there. "
    "It costs nothing."
)


def status(standing: Standing, *, kept: Sequence[Job] = ()) -> str:
    """Return what a member has running, left and behind them; the two lists as far as they fit.

    `kept` are the videos that could not be posted and can be sent again; each has a button below.
    """
    left = [tr(LEFT), *_paused(standing.paused_until), *allowance(standing.allowance)]
    living = [_running(job, standing.places.get(job.id)) for job in standing.living] or [tr(NOTHING_RUNNING)]
    waiting = [tr(KEPT), tr(HOW_TO_GET_IT), *map(_kept, kept)] if kept else []
    fixed = [tr(RUNNING), *waiting, *left, tr(LAST)]
    last = _last(standing.ended, most=room_beside(fixed) - ROOM_FOR_RUNNING)
    running = fitting(living, most=room_beside([*fixed, *last]))
    return "\n".join([tr(RUNNING), *running, *waiting, *left, *([tr(LAST), *last] if last else [])])


def _paused(until: datetime | None) -> list[str]:
    return [] if until is None else [paused_for_it(until)]


def allowance(have: Allowance) -> list[str]:
    """Return what is left, which rule says so, and when the next one frees."""
    own = max(0, have.per_day.value - have.used)
    lines = [_left_of_the_day(have, left=min(own, have.left))]
    if have.bonus_left:
        lines.append(
            trn(
                "Besides, {number} video that a manager gave you once.",
                "Besides, {number} videos that a manager gave you once.",
                have.bonus_left,
            )
        )
    if have.at_once is not None:
        lines.append(_at_once(have.running, have.at_once))
    if have.everywhere - have.used_everywhere < own + have.bonus_left:
        lines.insert(1, _everywhere(have))
    return [*lines, *money_lines(have, whose=_whose(have.money) if have.money else "")]


def _left_of_the_day(have: Allowance, *, left: int) -> str:
    """Return what is left of the limit a day, and where that is nothing, when the next one frees."""
    frees_at = _frees_at(have)
    if frees_at is None:
        # Translators: what is left; {whose} says whose limit it is, such as "this server's limit".
        return trn(
            "{left} of {number} video a day ({whose}).",
            "{left} of {number} videos a day ({whose}).",
            have.per_day.value,
            left=number(left, reader()),
            whose=_whose(have.per_day),
        )
    # Translators: the same, with the time at which there is one more, such as "in 3 hours".
    return trn(
        "{left} of {number} video a day ({whose}); the next one is free {when}.",
        "{left} of {number} videos a day ({whose}); the next one is free {when}.",
        have.per_day.value,
        left=number(left, reader()),
        whose=_whose(have.per_day),
        when=ago(frees_at),
    )


def _at_once(running: int, limit: Limit) -> str:
    # Translators: how many videos are being made at the same time, of how many that may be.
    return tr(
        "At once: {running} of {limit} ({whose}).",
        running=number(running, reader()),
        limit=number(limit.value, reader()),
        whose=_whose(limit),
    )


def _everywhere(have: Allowance) -> str:
    # Translators: videos.
    return tr(
        "Over all servers: {used} of {limit} used in 24 hours.",
        used=number(have.used_everywhere, reader()),
        limit=number(have.everywhere, reader()),
    )


def _running(job: Job, place: int | None) -> str:
    return f"{_stage(job, place, asked=ago(job.created_at))} · {shortened(job.prompt, most=PROMPT_IN_A_LIST)}"


def _stage(job: Job, place: int | None, *, asked: str) -> str:
    match job.state:
        case JobState.QUEUED if place:
            # Translators: {when} is a time such as "2 minutes ago".
            return tr(
                "Video {id}: waiting, place {place}, asked for {when}",
                id=job.id,
                place=number(place, reader()),
                when=asked,
            )
        case JobState.QUEUED:
            return tr("Video {id}: about to start, asked for {when}", id=job.id, when=asked)
        case JobState.SUBMITTING:
            return tr("Video {id}: being sent to the model, asked for {when}", id=job.id, when=asked)
        case JobState.GENERATING if job.late_at:
            return tr("Video {id}: being made, which takes longer than usual, asked for {when}", id=job.id, when=asked)
        case JobState.GENERATING:
            return tr("Video {id}: being made, asked for {when}", id=job.id, when=asked)
        case _:
            return tr("Video {id}: made, being posted, asked for {when}", id=job.id, when=asked)


def _kept(job: Job) -> str:
    if job.next_at is None:
        # Translators: a line of a list.
        return tr("Video {id}", id=job.id)
    # Translators: {when} is a time such as "in 3 days".
    return tr("Video {id}: the clip is removed {when}", id=job.id, when=ago(job.next_at))


def _last(ended: Sequence[Job], *, most: int) -> list[str]:
    """Return the last videos in so many characters, the prompts cut shorter where the links need the room."""
    lines = [_ended(job, prompt=PROMPT_IN_A_LIST) for job in ended]
    kept = fitting(lines, most=most)
    return kept if kept == lines else fitting([_ended(job, prompt=PROMPT_CUT) for job in ended], most=most)


def _ended(job: Job, *, prompt: int) -> str:
    return f"{_end(job)} · {shortened(job.prompt, most=prompt)}"


def _end(job: Job) -> str:
    if job.taken_down_at is not None:
        return tr("Video {id} was taken down", id=job.id)
    if job.removed_at is not None:
        return tr("Video {id} was deleted", id=job.id)
    if job.state is JobState.DELIVERED:
        # Translators: {link} is where the video is.
        return tr("Video {id}: {link}", id=job.id, link=result_link(job))
    if job.state is JobState.CANCELLED:
        return tr("Video {id} was cancelled", id=job.id)
    if job.counts_for_member:
        return tr("Video {id} could not be posted", id=job.id)
    return tr("Video {id} was not made", id=job.id)


def _whose(limit: Limit) -> str:
    return whose_limit(limit.source, limit.source_id)


def _frees_at(have: Allowance) -> datetime | None:
    """Return when there is one more, where there is none now."""
    if have.left and not have.needs_bonus:
        return None
    return max((time for time in (have.frees_at, have.everywhere_frees_at) if time), default=None)
