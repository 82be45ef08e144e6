"""What `/status` shows."""

from collections.abc import Sequence

from cogs.replies.jobs import outcome, result_link
from cogs.replies.money import money_lines
from cogs.replies.refusals import whose_limit
from cogs.replies.wording import ago, counted, defuse, fitting, room_beside
from services.limits import Allowance, Limit
from services.models import Job, JobState
from services.videos import Standing

PROMPT_IN_A_LIST = 40
"""Characters, and where that is too long a few: a prompt of nothing but marks is shown at three times its length."""
PROMPT_CUT = 15
ROOM_FOR_RUNNING = 300
"""Characters that the list of what has ended leaves to that of what is running: a line, and how many more there are."""
RUNNING = "**Running**"
NOTHING_RUNNING = "Nothing is running. Start with `/video`."
LAST = "**Your last videos**"
KEPT = "**Kept for you**"
HOW_TO_GET_IT = (
    "These could not be posted. Use `/status` in a channel where the bot may post, and press the button there. "
    "It costs nothing."
)


def status(standing: Standing, *, kept: Sequence[Job] = ()) -> str:
    """Return what a member has running, left and behind them; the two lists as far as they fit.

    `kept` are the videos that could not be posted and can be sent again; each has a button below.
    """
    left = ["**Left**", *allowance(standing.allowance)]
    living = [_running(job, standing.places.get(job.id)) for job in standing.living] or [NOTHING_RUNNING]
    waiting = [KEPT, HOW_TO_GET_IT, *map(_kept, kept)] if kept else []
    fixed = [RUNNING, *waiting, *left, LAST]
    last = _last(standing.ended, most=room_beside(fixed) - ROOM_FOR_RUNNING)
    running = fitting(living, most=room_beside([*fixed, *last]))
    return "\n".join([RUNNING, *running, *waiting, *left, *([LAST, *last] if last else [])])


def allowance(have: Allowance) -> list[str]:
    """Return what is left, which rule says so, and when the next one frees."""
    own = max(0, have.per_day.value - have.used)
    lines = [f"{min(own, have.left)} of {_each_day(have.per_day)}{_frees(have)}."]
    if have.bonus_left:
        lines.append(f"Besides, {counted(have.bonus_left, 'video')} that a manager gave you once.")
    if have.at_once is not None:
        lines.append(f"At once: {have.running} of {have.at_once.value} ({_whose(have.at_once)}).")
    if have.everywhere - have.used_everywhere < own + have.bonus_left:
        lines.insert(1, f"Over all servers: {have.used_everywhere} of {have.everywhere} used in 24 hours.")
    return [*lines, *money_lines(have, whose=_whose(have.money) if have.money else "")]


def _running(job: Job, place: int | None) -> str:
    match job.state:
        case JobState.QUEUED:
            stage = f"waiting, place {place}" if place else "about to start"
        case JobState.SUBMITTING:
            stage = "being sent to the model"
        case JobState.GENERATING:
            stage = "being made, which takes longer than usual" if job.late_at else "being made"
        case _:
            stage = "made, being posted"
    return f"Video {job.id}: {stage}, asked for {ago(job.created_at)} · {defuse(job.prompt, most=PROMPT_IN_A_LIST)}"


def _kept(job: Job) -> str:
    return f"Video {job.id}: the clip is removed {ago(job.next_at)}" if job.next_at else f"Video {job.id}"


def _last(ended: Sequence[Job], *, most: int) -> list[str]:
    """Return the last videos in so many characters, the prompts cut shorter where the links need the room."""
    lines = [_ended(job, prompt=PROMPT_IN_A_LIST) for job in ended]
    kept = fitting(lines, most=most)
    return kept if kept == lines else fitting([_ended(job, prompt=PROMPT_CUT) for job in ended], most=most)


def _ended(job: Job, *, prompt: int) -> str:
    quote = defuse(job.prompt, most=prompt)
    if job.state is JobState.DELIVERED:
        return f"Video {job.id}: {result_link(job)} · {quote}"
    how = "was cancelled" if job.state is JobState.CANCELLED else outcome(job)
    return f"Video {job.id} {how} · {quote}"


def _each_day(limit: Limit) -> str:
    return f"{counted(limit.value, 'video')} a day ({_whose(limit)})"


def _whose(limit: Limit) -> str:
    return whose_limit(limit.source, limit.source_id)


def _frees(have: Allowance) -> str:
    if have.left and not have.needs_bonus:
        return ""
    times = [time for time in (have.frees_at, have.everywhere_frees_at) if time]
    return f"; the next one is free {ago(max(times))}" if times else ""
