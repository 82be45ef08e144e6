"""Whose turn it is, read from the front: the order of the view `waiting`, of which nobody ever needs the whole.

Fair between servers first, then between the members of a server, then by age. A server's jobs are in the order of its
members' turns, and all jobs in the order of the servers'; what already runs counts as turns taken. That is the same
merging twice, of lines that are sorted by the turn of their first: only the lines whose turn it is are looked into, so
that the next few jobs cost the same however many wait behind them.

Whoever asks who can go now gets another order: a job that cannot, because its answer is on its way or the video API was
too busy for it, takes nobody's turn. Otherwise its server would go a turn later than one that has a job more running.
One that was called already does take its turn.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeAlias

from services.database import Row, Transaction, Values, stored

PAGE: Final = 32
"""Rows that are read at a time."""

_STAYS: Final = """
CASE WHEN CAST(:now AS BIGINT) IS NULL THEN 0
     WHEN jobs.status_message_id IS NULL THEN 1
     WHEN jobs.next_at > :now AND jobs.lease_until <= :now THEN 1 ELSE 0 END AS stays
"""
_SERVERS: Final = f"""
SELECT server_lines.guild_id, running, served_at, first_id, {_STAYS}
FROM server_lines JOIN jobs ON jobs.id = first_id
WHERE queued > 0 AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id IN (0, server_lines.guild_id))
ORDER BY running, served_at, first_id LIMIT :most OFFSET :skipped
"""  # noqa: S608  # of the text above
_MEMBERS: Final = f"""
SELECT member_lines.guild_id, member_lines.user_id, running, served_at, first_id, {_STAYS}
FROM member_lines JOIN jobs ON jobs.id = first_id
WHERE member_lines.guild_id = :guild_id AND queued > 0
ORDER BY running, served_at, first_id LIMIT :most OFFSET :skipped
"""  # noqa: S608  # of the text above
_JOBS: Final = f"""
SELECT id, {_STAYS} FROM jobs WHERE guild_id = :guild_id AND user_id = :user_id AND state = 'queued'
ORDER BY id LIMIT :most OFFSET :skipped
"""  # noqa: S608  # of the text above


class Waiting(NamedTuple):
    """A job in its place."""

    job_id: int
    stays: bool
    """Whether it cannot go now, so that the turn is the next one's."""


class Line(Protocol):
    """Jobs in their order."""

    async def following(self) -> Waiting | None:
        """Return the next; None after the last."""
        ...


class _Pages:
    """The rows of a statement, read as they are wanted."""

    def __init__(self, tx: Transaction, statement: str, values: Values, *, skipped: int = 0) -> None:
        self._tx = tx
        self._statement = statement
        self._values = values
        self._skipped = skipped
        self._rows: deque[Row] = deque()
        self._is_over = False

    async def following(self) -> Row | None:
        if not self._rows and not self._is_over:
            page = {"most": PAGE, "skipped": self._skipped}
            self._rows.extend(await self._tx.fetch_all(self._statement, {**self._values, **page}))
            self._skipped += len(self._rows)
            self._is_over = len(self._rows) < PAGE
        return self._rows.popleft() if self._rows else None


class _MembersLine:
    """A member's waiting jobs by age, after the first."""

    def __init__(self, tx: Transaction, values: Values) -> None:
        self._jobs = _Pages(tx, _JOBS, values, skipped=1)

    async def following(self) -> Waiting | None:
        row = await self._jobs.following()
        return None if row is None else Waiting(row["id"], bool(row["stays"]))


_Turn: TypeAlias = tuple[int, int, int, int, bool, Line]
"""The turn, when the line's last one was, the job, the line's first job, whether the job stays, and what comes after.

The job is 0 where it has still to be looked up, which puts the line where its next job can be at the earliest."""


class _Merged:
    """Lines that take turns. Their rows come sorted by `running`, `served_at` and `first_id`."""

    def __init__(self, lines: _Pages, *, rest: Callable[[Row], Line]) -> None:
        self._lines = lines
        self._rest = rest
        self._turns: list[_Turn] = []
        self._upcoming: Row | None = None
        self._has_begun = False

    async def following(self) -> Waiting | None:
        if not self._has_begun:
            self._has_begun, self._upcoming = True, await self._lines.following()
        while self._turns or self._upcoming is not None:
            await self._let_in()
            turn, served_at, job_id, first_id, stays, rest = heapq.heappop(self._turns)
            if job_id:
                heapq.heappush(self._turns, (turn if stays else turn + 1, served_at, 0, first_id, False, rest))
                return Waiting(job_id, stays)
            found = await rest.following()
            if found is not None:
                heapq.heappush(self._turns, (turn, served_at, found.job_id, first_id, found.stays, rest))
        return None

    async def _let_in(self) -> None:
        """Let the lines in whose first job is before all that are known."""
        while (row := self._upcoming) is not None:
            first = (row["running"] + 1, row["served_at"], row["first_id"])
            if self._turns and self._turns[0][:3] < first:
                return
            heapq.heappush(self._turns, (*first, row["first_id"], bool(row["stays"]), self._rest(row)))
            self._upcoming = await self._lines.following()


class _FromSecond:
    """A line without its first, which its row names already."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._is_first_over = False

    async def following(self) -> Waiting | None:
        if not self._is_first_over:
            self._is_first_over = True
            await self._line.following()
        return await self._line.following()


def in_turn(tx: Transaction, *, now: datetime | None = None) -> Line:
    """Return all waiting jobs in the order of work, but for those of servers where nothing may be sent.

    With `now` those that cannot go by then take no turn.
    """
    values = {"now": None if now is None else stored(now)}
    return _Merged(_Pages(tx, _SERVERS, values), rest=lambda row: _FromSecond(_servers_line(tx, row, values)))


def _servers_line(tx: Transaction, server: Row, values: Values) -> Line:
    members = {**values, "guild_id": server["guild_id"]}
    return _Merged(
        _Pages(tx, _MEMBERS, members),
        rest=lambda row: _MembersLine(tx, {**members, "user_id": row["user_id"]}),
    )


async def next_of(line: Line, most: int) -> Sequence[int]:
    """Return at most so many more, by their ids, without those that stay."""
    found: list[int] = []
    while len(found) < most and (waiting := await line.following()) is not None:
        if not waiting.stays:
            found.append(waiting.job_id)
    return found
