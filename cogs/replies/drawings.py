"""The texts in the picture of `/usage`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from cogs import languages
from cogs.languages import Message, reader, tr
from cogs.replies import money
from cogs.replies.usage import FORGOTTEN, NO_NAME, NOBODY, Usage, short_day, summary
from services.jobs import UsageBy, UsageRow

TITLES: Final[Mapping[UsageBy, Message]] = {
    # Translators: at most 25 letters.
    UsageBy.MEMBER: Message("Spent by member"),
    # Translators: at most 25 letters.
    UsageBy.MODEL: Message("Spent by model"),
    # Translators: at most 25 letters.
    UsageBy.DAY: Message("Spent by day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What stands in a picture beside its bars; amounts are micro-dollars."""

    title: str
    subtitle: str
    billed: str
    not_billed: str

    def dollars(self, microusd: int) -> str:
        """Return an amount at its bar."""
        return money.dollars(microusd)

    def on_scale(self, microusd: int, *, decimals: int) -> str:
        """Return an amount beside others, all with so many decimals."""
        return languages.dollars_on_scale(microusd, reader(), decimals=decimals)


def title(by: UsageBy) -> str:
    """Return what a picture is headed with."""
    return tr(TITLES[by])


def texts(usage: Usage, *, server: str, since: date, until: date) -> Texts:
    """Return the texts of a picture."""
    # Translators: two days and the year of the second: "Oct 23 to Nov 22, 2026".
    span = tr("{since} to {until}, {year}", since=short_day(since), until=short_day(until), year=until.year)
    # Translators: the days begin and end at midnight UTC.
    of_utc = tr("days of UTC") if usage.by is UsageBy.DAY else ""
    return Texts(
        title=title(usage.by),
        subtitle=" · ".join(part for part in (server, span, summary(usage), of_utc) if part),
        # Translators: explains a colour: what these videos cost is certain.
        billed=tr("billed"),
        # Translators: explains a hatched colour: what a part of these videos cost is not certain yet.
        not_billed=tr("in part not billed yet"),
    )


def name_of(row: UsageRow, by: UsageBy, *, place: int, name: Callable[[str], str], members: Mapping[str, str]) -> str:
    """Return what a bar stands for: `name` is a model's by its id, `members` holds the names that are known."""
    match by:
        case UsageBy.MEMBER:
            return f"{place}  {members.get(row.group) or _unknown(row)}"
        case UsageBy.MODEL:
            return name(row.group)
        case UsageBy.DAY:
            return short_day(date.fromisoformat(row.group))


def _unknown(row: UsageRow) -> str:
    if row.group == NOBODY:
        return tr(FORGOTTEN)
    # Translators: {digits} are the last ones of a member's id, whose name is not known.
    return tr("member …{digits}", digits=row.group[-NO_NAME:])
