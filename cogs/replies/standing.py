"""What `/status` and `/limits` show."""

from collections.abc import Sequence

from cogs.replies.jobs import outcome
from cogs.replies.refusals import whose_limit
from cogs.replies.wording import ago, counted, defuse, fitting, room_beside
from services.errors import LimitSource
from services.limits import Allowance, BotLimits, Limit, LimitEntry
from services.models import Job, JobState
from services.videos import Standing

PROMPT_IN_A_LIST = 40
"""Characters. Five links with prompts of nothing but punctuation leave room for the rest of the message."""


def status(standing: Standing) -> str:
    """Return what a member has running, left and behind them."""
    running = [_running(job, standing.places.get(job.id)) for job in standing.living]
    latest = [_ended(job) for job in standing.ended]
    head = "**Running**"
    rest = [
        "**Left**",
        *allowance(standing.allowance),
        *(["**Your last videos**", *latest] if latest else []),
    ]
    shown = fitting(running or ["Nothing is running. Start with `/video`."], most=room_beside([head, *rest]))
    return "\n".join([head, *shown, *rest])


def allowance(have: Allowance) -> list[str]:
    """Return what is left, which rule says so, and when the next one frees."""
    per_day = f"{have.left} of {_each_day(have.per_day)}"
    lines = [f"{per_day}{_frees(have)}."]
    if have.at_once is not None:
        lines.append(f"At once: {have.running} of {have.at_once.value} ({_whose(have.at_once)}).")
    if have.everywhere - have.used_everywhere < have.per_day.value - have.used:
        lines.insert(1, f"Over all servers: {have.used_everywhere} of {have.everywhere} used in 24 hours.")
    return lines


def limits(bot_limits: BotLimits, entries: Sequence[LimitEntry]) -> str:
    """Return all that a server has set, and what applies to everybody else."""
    head = "**Limits in this server** (a member's own, else their best role's, else the server's, else the bot's)"
    rest = [
        f"The bot: {_numbers(bot_limits.videos_per_day, bot_limits.running_at_once)}.",
        f"Over all servers nobody gets more than {counted(bot_limits.everywhere_per_day, 'video')} in 24 hours.",
    ]
    shown = fitting([_entry(entry) for entry in entries], most=room_beside([head, *rest]))
    return "\n".join([head, *shown, *rest])


def limit_set(entry: LimitEntry) -> str:
    """Return what now applies."""
    return f"Set. {_entry(entry)} This binds from the next video on; what is running goes on."


def limit_cleared(source: LimitSource, source_id: int, *, was_set: bool) -> str:
    """Return that the next rule applies again."""
    whom = _whom(source, source_id)
    return f"Cleared: for {whom} the next rule applies." if was_set else f"There was no limit set for {whom}."


NOTHING_TO_SET = "Say at least one of `videos_per_day` and `running_at_once`."
ONE_SUBJECT = "Name a member or a role, one of them."


def _running(job: Job, place: int | None) -> str:
    match job.state:
        case JobState.QUEUED:
            stage = f"waiting, place {place}" if place else "about to start"
        case JobState.SUBMITTING:
            stage = "being sent to the model"
        case JobState.GENERATING:
            stage = "being made"
        case _:
            stage = "made, being posted"
    return f"Video {job.id}: {stage}, asked for {ago(job.created_at)} · {defuse(job.prompt, most=PROMPT_IN_A_LIST)}"


def _ended(job: Job) -> str:
    prompt = defuse(job.prompt, most=PROMPT_IN_A_LIST)
    if job.state is JobState.DELIVERED:
        link = f"https://discord.com/channels/{job.guild_id}/{job.result_channel_id}/{job.result_message_id}"
        return f"Video {job.id}: {link} · {prompt}"
    how = "was cancelled" if job.state is JobState.CANCELLED else outcome(job)
    return f"Video {job.id} {how} · {prompt}"


def _each_day(limit: Limit) -> str:
    return f"{counted(limit.value, 'video')} a day ({_whose(limit)})"


def _whose(limit: Limit) -> str:
    return whose_limit(limit.source, limit.source_id)


def _frees(have: Allowance) -> str:
    if have.left:
        return ""
    times = [time for time in (have.frees_at, have.everywhere_frees_at) if time]
    return f"; the next one is free {ago(max(times))}" if times else ""


def _entry(entry: LimitEntry) -> str:
    whom = _whom(entry.source, entry.source_id)
    return f"{whom[:1].upper()}{whom[1:]}: {_numbers(entry.videos_per_day, entry.running_at_once)}."


def _numbers(videos_per_day: int | None, running_at_once: int | None) -> str:
    parts = [
        None if videos_per_day is None else f"{videos_per_day} a day",
        None if running_at_once is None else f"{running_at_once} at once",
    ]
    return ", ".join(part for part in parts if part)


def _whom(source: LimitSource, source_id: int) -> str:
    match source:
        case LimitSource.MEMBER:
            return f"<@{source_id}>"
        case LimitSource.ROLE:
            return f"<@&{source_id}>"
        case _:
            return "everybody here"
