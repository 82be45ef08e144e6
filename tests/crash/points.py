"""Where a process is killed: at the n-th event of a kind, counted from its start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Kind(StrEnum):
    """What is counted."""

    HTTP = "http"  # outgoing requests of every aiohttp session; a websocket is none
    # Statements on the database, BEGIN and COMMIT among them. After one, only those that leave no transaction open are
    # points: inside of one nothing is on disk yet, so that dying there is dying before the next statement.
    DB = "db"


class Moment(StrEnum):
    """Which side of the event the process dies on."""

    BEFORE = "before"
    BODY = "body"  # a request with a body is cut off in it, any other in the body of its answer
    # The far end has done its work and answered, or what was written is on disk; nobody here has seen it.
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The points that differ in their number alone."""

    kind: Kind
    moment: Moment

    def point(self, n: int) -> "Point":
        """Return the n-th point, from 1."""
        return Point(kind=self.kind, n=n, moment=self.moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point; its text, such as `http:7:before`, is what the launcher reads. The 0th is never reached."""

    kind: Kind
    n: int
    moment: Moment

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a point from its text.

        Raises:
            ValueError: it is none.
        """
        kind, n, moment = text.split(":")
        return cls(kind=Kind(kind), n=int(n), moment=Moment(moment))

    def __str__(self) -> str:
        return f"{self.kind}:{self.n}:{self.moment}"


EVERY_SERIES: Final = (
    *(Series(kind=Kind.HTTP, moment=moment) for moment in Moment),
    Series(kind=Kind.DB, moment=Moment.BEFORE),
    Series(kind=Kind.DB, moment=Moment.AFTER),
)
