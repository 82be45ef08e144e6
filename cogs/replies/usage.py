"""What `/usage` says: who made what for how much, as a table, as a file for a spreadsheet, and beside a picture."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Final

from cogs.languages import Message, day, reader, tr, trn
from cogs.replies.columns import cells, right
from cogs.replies.money import dollars
from cogs.replies.wording import defuse, room_beside, videos
from services.jobs import UsageBy, UsageRow

NO_PICTURES: Final = Message(
    "This bot cannot draw: its owner can add that with `uv sync --extra charts`. Here is the same as a table."
)
UTC_DAYS: Final = Message("Days begin at midnight UTC.")
NOBODY: Final = "0"
"""Whose videos they are whose members asked to be forgotten, more than 30 days ago."""
# Translators: stands in place of a member, for all those who asked to be forgotten.
FORGOTTEN: Final = Message("forgotten members")
NO_NAME: Final = 6
"""Digits of a member's id that stand for a name which is not known."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
COLUMNS: Final = ("videos", "delivered", "usd", "videos_not_billed")
OF_A_DAY: Final[Mapping[UsageBy, Message]] = {
    UsageBy.MEMBER: Message("Spent in the last 24 hours by member"),
    UsageBy.MODEL: Message("Spent in the last 24 hours by model"),
    UsageBy.DAY: Message("Spent in the last 24 hours by day"),
}
OF_DAYS: Final[Mapping[UsageBy, Message]] = {
    UsageBy.MEMBER: Message("Spent in the last {days} days by member"),
    UsageBy.MODEL: Message("Spent in the last {days} days by model"),
    UsageBy.DAY: Message("Spent in the last {days} days by day"),
}

Name = Callable[[str], str]
"""A model's name by its id."""
Line = tuple[str, str, str]
"""An amount, a number of videos, and whose they are."""


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
        return _nobody(usage.days)
    # Of days the latest matter most; the others come in order of what they cost.
    rows = list(reversed(usage.rows)) if usage.by is UsageBy.DAY else list(usage.rows)
    shown = [_line(row, label(row, usage.by, name=name)) for row in rows[:MOST_ROWS]]
    beside = summed("", rows[MOST_ROWS:])
    # Translators: stands at the sum below the lines of a table.
    total = _line(usage.total, tr("**in all**"))
    head, foot = f"**{title(usage)}**", notes(usage)
    while True:
        hidden = len(rows) - len(shown)
        rest = [_line(beside, others(usage.by, hidden))] if hidden else []
        lines = [head, *_aligned([*shown, *rest, total]), *foot]
        if room_beside(lines) >= 0:
            return "\n".join(lines)
        beside = summed("", [beside, rows[len(shown) - 1]])
        shown.pop()


MOST_ROWS: Final = 100
"""More do not fit into a message in any case."""


def _nobody(days: int) -> str:
    if days == 1:
        return tr("Nobody asked for a video in this server in the last 24 hours.")
    return tr("Nobody asked for a video in this server in the last {days} days.", days=days)


def _line(row: UsageRow, who: str) -> Line:
    amount = f"{dollars(row.microusd)}{'*' if row.unconfirmed else ' '}"
    return amount, videos(row.videos), f"{who}{_not_delivered(row)}"


def _aligned(lines: Sequence[Line]) -> Sequence[str]:
    wide, long = (max(cells(line[place]) for line in lines) for place in (0, 1))
    return [f"`{right(amount, width=wide)} {right(count, width=long)}` {who}" for amount, count, who in lines]


def label(row: UsageRow, by: UsageBy, *, name: Name) -> str:
    """Return what a row stands for, as Discord shows it."""
    match by:
        case UsageBy.MEMBER:
            return _member(row)
        case UsageBy.MODEL:
            return defuse(name(row.group), most=60)
        case UsageBy.DAY:
            return short_day(date.fromisoformat(row.group))


def others(by: UsageBy, number: int) -> str:
    """Return what stands for the rows that are not shown."""
    match by:
        case UsageBy.MEMBER:
            return trn("{number} other member", "{number} other members", number)
        case UsageBy.MODEL:
            return trn("{number} other model", "{number} other models", number)
        case UsageBy.DAY:
            return trn("{number} earlier day", "{number} earlier days", number)


def title(usage: Usage) -> str:
    """Return what is shown."""
    return tr(OF_A_DAY[usage.by]) if usage.days == 1 else tr(OF_DAYS[usage.by], days=usage.days)


def notes(usage: Usage) -> list[str]:
    """Return what a reader has to know about the numbers."""
    open_bills = usage.total.unconfirmed
    # Translators: the backslash keeps Discord from taking the star for markup.
    stars = trn(
        "\\* Not billed yet: {number} video. What is held for them is counted.",
        "\\* Not billed yet: {number} videos. What is held for them is counted.",
        open_bills,
    )
    return [*([stars] if open_bills else []), *([tr(UTC_DAYS)] if usage.by is UsageBy.DAY else [])]


def summary(usage: Usage) -> str:
    """Return the sum of all in a few words."""
    total = usage.total
    return trn(
        "{amount} for {number} video", "{amount} for {number} videos", total.videos, amount=dollars(total.microusd)
    )


def described(usage: Usage) -> str:
    """Return what a picture shows, for those who cannot see it."""
    # Translators: {summary} is "$3.00 for 2 videos".
    return tr("{title}: {summary}", title=title(usage), summary=summary(usage))


def beside_picture(usage: Usage, *, shown: int) -> str:
    """Return what goes with a picture: above all who the members in it are, since only text can name them."""
    who: list[str] = []
    if usage.by is UsageBy.MEMBER:
        who = [" · ".join(f"**{place}** {_member(row)}" for place, row in enumerate(usage.rows[:shown], start=1))]
    return "\n".join([_headed(usage), *who, *notes(usage)])


def beside_file(usage: Usage) -> str:
    """Return what goes with the file for a spreadsheet."""
    return "\n".join([_headed(usage), *notes(usage)])


def _headed(usage: Usage) -> str:
    # Translators: {summary} is "$3.00 for 2 videos".
    return tr("**{title}**: {summary}", title=title(usage), summary=summary(usage))


def file_name(usage: Usage, ending: str) -> str:
    """Return what a file is called, in letters that every system takes."""
    return f"usage-by-{usage.by.value}-{usage.days}-days.{ending}"


def spreadsheet(usage: Usage) -> bytes:
    """Return the sums as CSV in UTF-8: exact dollars, and no cell that a spreadsheet would take for a formula.

    It is the same in every language. A member is written as Discord writes a mention: that stays text, where a bare id
    of 18 digits would be rounded.
    """
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow((usage.by.value, *COLUMNS))
    for row in usage.rows:
        usd = f"{Decimal(row.microusd).scaleb(-6):f}"
        writer.writerow((_cell(row, usage.by), row.videos, row.delivered, usd, row.unconfirmed))
    return file.getvalue().encode()


def _cell(row: UsageRow, by: UsageBy) -> str:
    if by is UsageBy.MEMBER:
        return FORGOTTEN.text if row.group == NOBODY else f"<@{row.group}>"
    return f"'{row.group}" if row.group.startswith(FORMULA) else row.group


def short_day(moment: date) -> str:
    """Return a day as `Nov 22`."""
    return day(moment, reader())


def _member(row: UsageRow) -> str:
    return tr(FORGOTTEN) if row.group == NOBODY else f"<@{row.group}>"


def _not_delivered(row: UsageRow) -> str:
    if row.delivered == row.videos:
        return ""
    # Translators: so many of the videos in this line of a table were delivered.
    delivered = trn("{number} delivered", "{number} delivered", row.delivered)
    return f" · {delivered}"
