"""What the owner's commands print: tables for people, and the same as plain values for programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from rich.table import Table

from services.jobs import Cost, JobFile
from services.models import Job

MICROUSD: Final = Decimal(1_000_000)
NOTHING: Final = "-"
JUMP: Final = "https://discord.com/channels/{}/{}/{}"
MOMENTS: Final[Mapping[str, str]] = {
    "created_at": "asked for",
    "submitted_at": "sent to the video API",
    "late_at": "found to be late",
    "completed_at": "made, and fetched from then on",
    "delivering_at": "first posted",
    "ended_at": "ended",
    "told_at": "its member was told",
    "again_at": "sent again by its member's wish",
    "removed_at": "removed by somebody's wish",
}
"""The moments of a job that are stored, in words."""


def jobs_table(jobs: Sequence[Job], *, now: datetime) -> Table:
    """Return one row for each job."""
    table = Table("Video", "State", "Age", "Next step", "Tries", "Server", "Member", "Model", "Dollars", box=None)
    for job in jobs:
        table.add_row(
            str(job.id),
            job.state.value + (f" ({job.reason.value})" if job.reason else "") + (" late" if job.late_at else ""),
            span(now - job.created_at),
            NOTHING if job.next_at is None else _in(job.next_at - now),
            str(job.attempts),
            str(job.guild_id),
            str(job.user_id),
            job.spec.model,
            usd(job.reserved_microusd if job.cost_microusd is None else job.cost_microusd),
        )
    return table


def job_tables(found: JobFile) -> Iterator[Table]:
    """Yield a job's timeline, its money and its messages."""
    job = found.job
    timeline = Table("When (UTC)", "After", "What", title=f"Video {job.id}: {job.state.value}", box=None)
    began = job.created_at
    for at, what in _timeline(found):
        timeline.add_row(f"{at:%Y-%m-%d %H:%M:%S}", span(at - began), what)
    yield timeline
    yield _pairs("Money", _money(found))
    yield _pairs("Messages and places", _places(job))
    yield _pairs("Work", _work(found))


def cost_tables(sums: Mapping[str, Sequence[Cost]]) -> Iterator[Table]:
    """Yield the sums by day, by model and by server."""
    for part, rows in sums.items():
        table = Table(part.capitalize(), "Videos", "Delivered", "Failed", "Dollars", "Of it not billed yet", box=None)
        for row in rows:
            numbers = (row.videos, row.delivered, row.failed)
            table.add_row(row.part, *map(str, numbers), usd(row.microusd), usd(row.unconfirmed_microusd))
        if part == "day":
            table.add_section()
            table.add_row("together", *_together(rows))
        yield table


def job_values(job: Job) -> Mapping[str, Any]:
    """Return a job for programs: ids as text, because JavaScript rounds them; no prompt, which is its member's."""
    ids = ("interaction_id", "guild_id", "channel_id", "user_id", "status_message_id", "result_channel_id")
    texts = {name: _text(getattr(job, name)) for name in (*ids, "result_message_id")}
    times = {name: _text(getattr(job, name)) for name in (*MOMENTS, "next_at")}
    return {
        "id": job.id,
        "state": job.state.value,
        "reason": job.reason.value if job.reason else None,
        "model": job.spec.model,
        "remote_id": job.remote_id,
        "attempts": job.attempts,
        "estimate_microusd": job.estimate_microusd,
        "reserved_microusd": job.reserved_microusd,
        "cost_microusd": job.cost_microusd,
        **texts,
        **times,
    }


def usd(microusd: int) -> str:
    """Return micro-dollars as dollars and cents, or finer where they need it."""
    dollars = Decimal(microusd) / MICROUSD
    return f"{dollars:.2f}" if dollars == dollars.quantize(Decimal("0.01")) else f"{dollars:.4f}"


def span(time: timedelta) -> str:
    """Return a span as `3 s`, `4 min 5 s`, `6 h 7 min` or `8 d 9 h`."""
    seconds = max(0, round(time.total_seconds()))
    for size, name, below, name_below in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{seconds // size} {name} {seconds % size // below} {name_below}"
    return f"{seconds} s"


def _in(time: timedelta) -> str:
    return "now" if time <= timedelta(0) else f"in {span(time)}"


def _timeline(found: JobFile) -> Sequence[tuple[datetime, str]]:
    own = [(at, what) for name, what in MOMENTS.items() if (at := getattr(found.job, name)) is not None]
    heard = [(at, f"a notice was written: {kind}") for kind, at, _ in found.notices]
    told = [(at, f"the notice was told: {kind}") for kind, _, at in found.notices if at is not None]
    return sorted([*own, *heard, *told], key=lambda entry: entry[0])


def _money(found: JobFile) -> Iterator[tuple[str, str]]:
    job = found.job
    yield "estimated", usd(job.estimate_microusd) if job.estimate_microusd else NOTHING
    yield "reserved, at most", usd(job.reserved_microusd)
    yield "billed", NOTHING if job.cost_microusd is None else usd(job.cost_microusd)
    yield "weighs on the budgets", usd(found.held_microusd)
    yield "counts for its member", "yes" if found.counts else "no"


def _places(job: Job) -> Iterator[tuple[str, str]]:
    home = "@me" if job.in_direct_messages else job.guild_id
    yield "member", str(job.user_id) if job.user_id else "forgotten"
    yield "asked for in", f"server {job.guild_id}, channel {job.channel_id}"
    yield "status message", _jump(home, job.channel_id, job.status_message_id)
    result_home = "@me" if job.is_posted_directly else job.guild_id
    yield "result", _jump(result_home, job.result_channel_id, job.result_message_id)
    yield "goes to", job.route.value + (f", channel {job.route_channel_id}" if job.route_channel_id else "")
    yield "refused by the channel", f"{job.refusals} times"


def _work(found: JobFile) -> Iterator[tuple[str, str]]:
    job = found.job
    yield "model", f"{job.spec.model}, {job.spec.duration} s"
    yield "id at the video API", job.remote_id or NOTHING
    yield "reason", job.reason.value if job.reason else NOTHING
    yield "failed tries of this step", str(job.attempts)
    yield "next step", NOTHING if job.next_at is None else f"{job.next_at:%Y-%m-%d %H:%M:%S}"
    yield "taken by", found.owner or NOTHING
    yield "until", NOTHING if found.lease_until is None else f"{found.lease_until:%Y-%m-%d %H:%M:%S}"


def _pairs(title: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, value in pairs:
        table.add_row(name, value)
    return table


def _jump(home: int | str, channel_id: int | None, message_id: int | None) -> str:
    return NOTHING if message_id is None else JUMP.format(home, channel_id, message_id)


def _together(rows: Sequence[Cost]) -> Iterator[str]:
    yield str(sum(row.videos for row in rows))
    yield str(sum(row.delivered for row in rows))
    yield str(sum(row.failed for row in rows))
    yield usd(sum(row.microusd for row in rows))
    yield usd(sum(row.unconfirmed_microusd for row in rows))


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
