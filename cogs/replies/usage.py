"""What `/usage` says: who made what for how much, as a table, as a file for a spreadsheet, and beside a picture."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Final

from cogs.replies.money import dollars
from cogs.replies.wording import counted, defuse, room_beside
from services.jobs import UsageBy, UsageRow

NO_PICTURES: Final = (
    "This bot cannot draw: its owner can add that with `uv sync --extra charts`. Here is the same as a table."
)
UTC_DAYS: Final = "Days begin at midnight UTC."
NO_NAME: Final = 6
"""Digits of a member's id that stand for a name which is not known."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
COLUMNS: Final = ("videos", "delivered", "usd", "videos_not_billed")

Name = Callable[[str], str]
"""A model's name by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The sums of one server over some days, in the order in which they are shown."""

    by: UsageBy
    days: int
    rows: Sequence[UsageRow]

    @property
    def total(self) -> UsageRow:
        """The sum of all rows."""
        return summed("", self.rows)


def summed(group: str, rows: Sequence[UsageRow]) -> UsageRow:
    """Add rows up."""
    return UsageRow(
        group=group,
        videos=sum(row.videos for row in rows),
        delivered=sum(row.delivered for row in rows),
        microusd=sum(row.microusd for row in rows),
        unconfirmed=sum(row.unconfirmed for row in rows),
    )


def table(usage: Usage, *, name: Name) -> str:
    """Return the sums as one message: as many lines as fit, the others added up, and the sum of all."""
    if not usage.rows:
        return f"Nobody asked for a video in this server in {period(usage.days)}."
    # Of days the latest matter most; the others come in order of what they cost.
    rows = list(reversed(usage.rows)) if usage.by is UsageBy.DAY else list(usage.rows)
    shown = min(len(rows), MOST_ROWS)
    while room_beside(lines := _table(usage, rows, shown=shown, name=name)) < 0:
        shown -= 1
    return "\n".join(lines)


MOST_ROWS: Final = 100
"""More do not fit into a message in any case."""


def _table(usage: Usage, rows: Sequence[UsageRow], *, shown: int, name: Name) -> list[str]:
    beside = rows[shown:]
    sums = [*rows[:shown], *([summed("", beside)] if beside else []), usage.total]
    labels = [label(row, usage.by, name=name) for row in rows[:shown]]
    labels += [*([others(usage.by, len(beside))] if beside else []), "**in all**"]
    money = [f"{dollars(row.microusd)}{'*' if row.unconfirmed else ' '}" for row in sums]
    counts = [counted(row.videos, "video") for row in sums]
    wide, long = max(map(len, money)), max(map(len, counts))
    lines = [
        f"`{amount:>{wide}} {count:>{long}}` {who}{_not_delivered(row)}"
        for amount, count, who, row in zip(money, counts, labels, sums, strict=True)
    ]
    return [f"**{title(usage)}**", *lines, *notes(usage)]


def label(row: UsageRow, by: UsageBy, *, name: Name) -> str:
    """Return what a row stands for, as Discord shows it."""
    match by:
        case UsageBy.MEMBER:
            return f"<@{row.group}>"
        case UsageBy.MODEL:
            return defuse(name(row.group), most=60)
        case UsageBy.DAY:
            return short_day(date.fromisoformat(row.group))


def others(by: UsageBy, number: int) -> str:
    """Return what stands for the rows that are not shown."""
    return {
        UsageBy.MEMBER: counted(number, "other member"),
        UsageBy.MODEL: counted(number, "other model"),
        UsageBy.DAY: counted(number, "earlier day"),
    }[by]


def title(usage: Usage) -> str:
    """Return what is shown."""
    return f"Spent in {period(usage.days)} by {usage.by.value}"


def notes(usage: Usage) -> list[str]:
    """Return what a reader has to know about the numbers."""
    open_bills = usage.total.unconfirmed
    stars = f"\\* Not billed yet: {counted(open_bills, 'video')}. What is held for them is counted."
    return [*([stars] if open_bills else []), *([UTC_DAYS] if usage.by is UsageBy.DAY else [])]


def summary(usage: Usage) -> str:
    """Return the sum of all in a few words."""
    total = usage.total
    return f"{dollars(total.microusd)} for {counted(total.videos, 'video')}"


def beside_picture(usage: Usage, *, shown: int) -> str:
    """Return what goes with a picture: above all who the members in it are, since only text can name them."""
    who: list[str] = []
    if usage.by is UsageBy.MEMBER:
        who = [" · ".join(f"**{place}** <@{row.group}>" for place, row in enumerate(usage.rows[:shown], start=1))]
    return "\n".join([f"**{title(usage)}**: {summary(usage)}", *who, *notes(usage)])


def beside_file(usage: Usage) -> str:
    """Return what goes with the file for a spreadsheet."""
    return "\n".join([f"**{title(usage)}**: {summary(usage)}", *notes(usage)])


def file_name(usage: Usage, ending: str) -> str:
    """Return what a file is called, in letters that every system takes."""
    return f"usage-by-{usage.by.value}-{usage.days}-days.{ending}"


def spreadsheet(usage: Usage) -> bytes:
    """Return the sums as CSV in UTF-8: exact dollars, and no cell that a spreadsheet would take for a formula.

    A member is written as Discord writes a mention: that stays text, where a bare id of 18 digits would be rounded.
    """
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow((usage.by.value, *COLUMNS))
    for row in usage.rows:
        group = f"<@{row.group}>" if usage.by is UsageBy.MEMBER else _harmless(row.group)
        usd = f"{Decimal(row.microusd).scaleb(-6):f}"
        writer.writerow((group, row.videos, row.delivered, usd, row.unconfirmed))
    return file.getvalue().encode()


def picture_label(row: UsageRow, by: UsageBy, *, place: int, name: Name, members: Mapping[str, str]) -> str:
    """Return what a bar of a picture stands for; `members` holds the names that are known."""
    match by:
        case UsageBy.MEMBER:
            return f"{place}  {members.get(row.group) or f'member …{row.group[-NO_NAME:]}'}"
        case UsageBy.MODEL:
            return name(row.group)
        case UsageBy.DAY:
            return short_day(date.fromisoformat(row.group))


def period(days: int) -> str:
    """Return the length of the period."""
    return "the last 24 hours" if days == 1 else f"the last {days} days"


def short_day(day: date) -> str:
    """Return a day as `22 Nov`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from `strftime`, which speaks the language of the host."""


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _not_delivered(row: UsageRow) -> str:
    return "" if row.delivered == row.videos else f" · {row.delivered} delivered"
