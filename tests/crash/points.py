"""Where a process is killed: at the n-th event of a kind, counted from its start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Kind(StrEnum):
    """What is counted."""

    HTTP = "http"  # outgoing requests of every aiohttp session; a websocket is none
    DB = "db"  # statements on the database, BEGIN and COMMIT among them


class Moment(StrEnum):
    """Which side of the event the process dies on."""

    BEFORE = "before"
    BODY = "body"  # a request with a body is cut off in it, any other in the body of its answer
    AFTER = "after"  # the far end has done its work and answered; nobody here has seen the answer


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
    """One point; its text, such as `http:7:before`, is what the launcher reads."""

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
