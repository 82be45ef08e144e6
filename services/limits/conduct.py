"""Members who are refused again and again for what they describe: paused in that server, each time for longer.

Refusals by the video API are counted from the jobs, those by a list of words from rows that are kept for as long as
they count. A pause that a manager has ended is forgiven: it makes the next one no longer, and the count begins anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Row, Statement, Transaction, Values, moment, stored
from services.errors import MemberPausedError
from services.limits import audit
from services.limits.notices import NoticeKind, note
from services.models import Requester

MOST_REFUSALS: Final = 5
WITHIN: Final = timedelta(hours=1)
"""So many refusals within that time pause a member."""
LENGTHS: Final[Sequence[timedelta]] = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72))
"""Of the first pause, the second, and so on; all later ones are as the last."""
REMEMBERED: Final = timedelta(days=30)
"""For so long a pause makes the next one longer."""
TURN: Final = "conduct"
"""Held while refusals are counted, or two processes that reach the limit together would each see one too few."""
THE_BOT: Final = 0

_REFUSED: Final = """
INSERT INTO word_refusals (interaction_id, guild_id, user_id, refused_at)
VALUES (:interaction_id, :guild_id, :user_id, :refused_at)
ON CONFLICT (interaction_id) DO NOTHING
"""
_FORGET_REFUSALS: Final = "DELETE FROM word_refusals WHERE refused_at <= :before"
_FORGET_PAUSES: Final = "DELETE FROM member_pauses WHERE until <= :before"
_LAST: Final = "SELECT MAX(until) AS until FROM member_pauses WHERE guild_id = :guild_id AND user_id = :user_id"
_REFUSALS: Final = """
SELECT (SELECT COUNT(*) FROM jobs WHERE guild_id = :guild_id AND user_id = :user_id AND reason = 'refused'
        AND ended_at > :since)
     + (SELECT COUNT(*) FROM word_refusals WHERE guild_id = :guild_id AND user_id = :user_id
        AND refused_at > :since) AS refusals
"""
_EARLIER: Final = """
SELECT COUNT(*) AS pauses FROM member_pauses
WHERE guild_id = :guild_id AND user_id = :user_id AND ended_by IS NULL AND until > :since
"""
_PAUSE: Final = """
INSERT INTO member_pauses (guild_id, user_id, since, until) VALUES (:guild_id, :user_id, :now, :until)
ON CONFLICT (guild_id, user_id, since) DO NOTHING
"""
_END: Final = """
UPDATE member_pauses SET until = :now, ended_by = :ended_by
WHERE guild_id = :guild_id AND user_id = :user_id AND until > :now
RETURNING since
"""


class ConductBook:
    """Counts refusals, and ends pauses. Whoever may end one is decided by the caller."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def refused(self, requester: Requester, *, now: datetime) -> datetime | None:
        """Count that a list of words refused a request. Return until when that pauses the member, if it does.

        The same interaction counts once, however often it comes.
        """
        values: Values = {
            "interaction_id": requester.interaction_id,
            "guild_id": requester.guild_id,
            "user_id": requester.user_id,
            "refused_at": stored(now),
        }
        async with self._database.transaction() as tx:
            await tx.execute(_REFUSED, values)
            return await pause_if_repeated(tx, requester.guild_id, requester.user_id, now=now)

    async def paused_until(self, guild_id: int, user_id: int, *, now: datetime) -> datetime | None:
        """Return until when a member is paused in a server; None where they are not."""
        async with self._database.transaction() as tx:
            return await _paused_until(tx, guild_id, user_id, now=now)

    async def end_pause(self, user_id: int, actor: Requester, *, now: datetime) -> bool:
        """Let a member go on in the actor's server. Return whether they were paused."""
        values: Values = {"guild_id": actor.guild_id, "user_id": user_id, "now": stored(now), "ended_by": actor.user_id}
        async with self._database.transaction() as tx:
            was_paused = bool(await tx.fetch_all(_END, values))
            if was_paused:
                await _record(tx, actor, user_id, before="paused", after="", now=now)
        return was_paused


def last_pause(requester: Requester) -> Statement:
    """Return the statement whose answer `require_not_paused` takes."""
    return _LAST, {"guild_id": requester.guild_id, "user_id": requester.user_id}


def require_not_paused(answer: Sequence[Row], *, now: datetime) -> None:
    """Raise `MemberPausedError` where who the answer is about is paused in their server."""
    until = _until(answer, now=now)
    if until is not None:
        raise MemberPausedError(until)


async def pause_if_repeated(tx: Transaction, guild_id: int, user_id: int, *, now: datetime) -> datetime | None:
    """Pause a member who was just refused, where that was once too often. Return until when they are paused.

    What is refused during a pause counts towards no other.
    """
    await tx.hold(TURN)
    member = {"guild_id": guild_id, "user_id": user_id}
    last: int = (await tx.fetch_all(_LAST, member))[0]["until"] or 0
    if last > stored(now):
        return moment(last)
    since = max(last, stored(now - WITHIN))
    refusals = (await tx.fetch_all(_REFUSALS, {**member, "since": since}))[0]["refusals"]
    if refusals < MOST_REFUSALS:
        return None
    earlier: int = (await tx.fetch_all(_EARLIER, {**member, "since": stored(now - REMEMBERED)}))[0]["pauses"]
    until = now + LENGTHS[min(earlier, len(LENGTHS) - 1)]
    await tx.execute(_PAUSE, {**member, "now": stored(now), "until": stored(until)})
    await note(
        tx,
        NoticeKind.MEMBER_PAUSED,
        topic=f"paused {guild_id} {user_id} {stored(now)}",
        guild_id=guild_id,
        user_id=user_id,
        until=until,
        amount=refusals,
        now=now,
    )
    actor = Requester(user_id=THE_BOT, guild_id=guild_id)
    await _record(tx, actor, user_id, before="", after=f"until={stored(until)}", now=now)
    return until


async def forget_old_conduct(tx: Transaction, *, now: datetime) -> None:
    """Forget the refusals and the pauses that nothing depends on any more."""
    await tx.execute(_FORGET_REFUSALS, {"before": stored(now - WITHIN)})
    await tx.execute(_FORGET_PAUSES, {"before": stored(now - REMEMBERED)})


async def _paused_until(tx: Transaction, guild_id: int, user_id: int, *, now: datetime) -> datetime | None:
    return _until(await tx.fetch_all(_LAST, {"guild_id": guild_id, "user_id": user_id}), now=now)


def _until(answer: Sequence[Row], *, now: datetime) -> datetime | None:
    last = answer[0]["until"]
    return None if last is None or last <= stored(now) else moment(last)


async def _record(tx: Transaction, actor: Requester, user_id: int, *, before: str, after: str, now: datetime) -> None:
    await audit.record(
        tx,
        actor,
        guild_id=actor.guild_id,
        action="member pause",
        subject=f"member {user_id}",
        before=before,
        after=after,
        now=now,
    )
