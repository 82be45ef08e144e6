"""What servers and the owner decide besides numbers: where and with what, who not, and when nothing at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.database import Database, Row, Statement, Transaction, Values, moment, stored
from services.errors import (
    AgeRestrictedError,
    BlockedError,
    ChannelNotAllowedError,
    ModelNotAllowedError,
    PausedError,
)
from services.limits import audit, choices, words
from services.limits.audit import CHANGES
from services.limits.choices import ServerChoices, choices_asked, choices_in, choices_of
from services.limits.conduct import last_pause, require_not_paused
from services.limits.notices import forget
from services.models import Job, Requester

EVERYWHERE: Final = 0
_BOT: Final = 0
"""Who paused, where nobody did but the bot itself."""

_PAUSES: Final = "SELECT * FROM pauses WHERE guild_id IN (0, :guild_id) ORDER BY guild_id, reason"
_PAUSE: Final = """
INSERT INTO pauses (guild_id, reason, since, until, paused_by) VALUES (:guild_id, :reason, :since, :until, :paused_by)
ON CONFLICT (guild_id, reason) DO NOTHING
"""
_RESUME: Final = "DELETE FROM pauses WHERE guild_id = :guild_id AND reason = :reason"
_LIFT: Final = "DELETE FROM pauses WHERE until IS NOT NULL AND until <= :now RETURNING reason"
_BLOCKS: Final = "SELECT guild_id FROM blocks WHERE guild_id IN (0, :guild_id) AND user_id = :user_id"
_BLOCK: Final = """
INSERT INTO blocks (guild_id, user_id, blocked_by, blocked_at) VALUES (:guild_id, :user_id, :blocked_by, :blocked_at)
ON CONFLICT (guild_id, user_id) DO NOTHING
"""
_UNBLOCK: Final = "DELETE FROM blocks WHERE guild_id = :guild_id AND user_id = :user_id"


class PauseReason(StrEnum):
    """Who or what paused. The words are stored, so they never change."""

    MANAGER = "manager"
    OWNER = "owner"
    ACCOUNT = "account"  # the key or the credit; lifted when the video API takes the key again
    AMBIGUOUS = "ambiguous"  # too many submits of unknown outcome; lifted by time


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing new is sent: in one server, or (guild_id 0) everywhere."""

    guild_id: int
    reason: PauseReason
    since: datetime
    until: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed, though nobody has lifted it yet."""
        return self.until is not None and self.until <= now


class ServerBook:
    """Reads and changes what servers chose. Whoever may change what is decided by the caller.

    `age_restricted_only` is the owner's word that videos are asked for in age-restricted channels alone, everywhere.
    """

    def __init__(self, *, database: Database, age_restricted_only: bool = False) -> None:
        self._database = database
        self.age_restricted_only = age_restricted_only

    def questions(self, requester: Requester) -> Sequence[Statement]:
        """Return the statements whose answers `require_open` takes."""
        values: Values = {"guild_id": requester.guild_id, "user_id": requester.user_id}
        theirs = last_pause(requester), choices_asked(requester.guild_id), words.words_of(requester.guild_id)
        return (_PAUSES, values), (_BLOCKS, values), *theirs

    def require_open(
        self,
        answers: Sequence[Sequence[Row]],
        *,
        channel_ids: Sequence[int] | None,
        is_age_restricted: bool,
        model: str,
        prompt: str,
        now: datetime,
    ) -> None:
        """Raise a `RequestError` unless who the answers are about may ask for such a video in this channel now.

        `channel_ids` are the channel and, for a thread, the channel that it hangs on; None for direct messages, about
        which a server's choice of channels says nothing. What is described comes last: who is refused for that alone
        is counted.
        """
        paused, blocks, last, chosen_there, listed = answers
        pauses = [pause for row in paused if not (pause := _pause(row)).is_over(now)]
        if pauses:
            by_bot = all(pause.reason in {PauseReason.ACCOUNT, PauseReason.AMBIGUOUS} for pause in pauses)
            raise PausedError(everywhere=pauses[0].guild_id == EVERYWHERE, by_bot=by_bot)
        if blocks:
            raise BlockedError(everywhere=any(row["guild_id"] == EVERYWHERE for row in blocks))
        require_not_paused(last, now=now)
        chosen = choices_in(chosen_there)
        if channel_ids is not None and chosen.channels and not set(chosen.channels) & set(channel_ids):
            raise ChannelNotAllowedError(chosen.channels)
        if not is_age_restricted and (self.age_restricted_only or chosen.age_restricted_only):
            raise AgeRestrictedError(everywhere=self.age_restricted_only, in_direct_messages=channel_ids is None)
        if chosen.models and model not in chosen.models:
            raise ModelNotAllowedError(model, chosen.models)
        words.require_allowed(listed, prompt)

    async def choices(self, guild_id: int) -> ServerChoices:
        """Return what a server chose."""
        async with self._database.transaction() as tx:
            return await choices_of(tx, guild_id)

    async def wants_age_restricted(self, guild_id: int) -> bool:
        """Whether nothing may be posted in the server's other channels."""
        return self.age_restricted_only or (await self.choices(guild_id)).age_restricted_only

    async def choose(self, chosen: ServerChoices, actor: Requester, *, now: datetime) -> None:
        """Store what a server chose, in the place of what it chose before."""
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            before = await choices_of(tx, actor.guild_id)
            await choices.store(tx, actor.guild_id, chosen)
            await audit.record(
                tx,
                actor,
                guild_id=actor.guild_id,
                action="settings",
                subject="server",
                before=choices.in_words(before),
                after=choices.in_words(chosen),
                now=now,
            )

    async def pauses(self, guild_id: int) -> Sequence[Pause]:
        """Return what holds a server back, what holds everybody back included."""
        async with self._database.transaction() as tx:
            return [_pause(row) for row in await tx.fetch_all(_PAUSES, {"guild_id": guild_id})]

    async def pause(self, guild_id: int, reason: PauseReason, actor: Requester, *, now: datetime) -> bool:
        """Pause a server, or (0) everything. Return whether it was not paused for this reason before."""
        async with self._database.transaction() as tx:
            is_new = await self.pause_within(tx, guild_id, reason, now=now, paused_by=actor.user_id)
            if is_new:
                await self._record(tx, actor, guild_id, before="running", after=f"paused ({reason.value})", now=now)
        return is_new

    async def pause_within(
        self,
        tx: Transaction,
        guild_id: int,
        reason: PauseReason,
        *,
        now: datetime,
        until: datetime | None = None,
        paused_by: int = _BOT,
    ) -> bool:
        """Pause inside the transaction that gave the reason. Return whether it is new."""
        values: Values = {
            "guild_id": guild_id,
            "reason": reason.value,
            "since": stored(now),
            "until": stored(until) if until else None,
            "paused_by": paused_by,
        }
        return await tx.execute(_PAUSE, values) > 0

    async def resume(self, guild_id: int, reason: PauseReason, actor: Requester, *, now: datetime) -> bool:
        """End a pause. Return whether there was one."""
        async with self._database.transaction() as tx:
            was_paused = await tx.execute(_RESUME, {"guild_id": guild_id, "reason": reason.value}) > 0
            if was_paused:
                await self._record(tx, actor, guild_id, before=f"paused ({reason.value})", after="running", now=now)
            if was_paused and reason is PauseReason.AMBIGUOUS:
                await forget(tx, reason.value)
        return was_paused

    def lifting(self, *, now: datetime) -> Statement:
        """Return the statement that ends the pauses whose time is over; `lifted` reads which they were."""
        return _LIFT, {"now": stored(now)}

    def lifted(self, rows: Sequence[Row]) -> Sequence[PauseReason]:
        """Return why there had been the pauses that `lifting` ended."""
        return [PauseReason(row["reason"]) for row in rows]

    async def block(self, guild_id: int, user_id: int, actor: Requester, *, now: datetime) -> bool:
        """Block a member in a server, or (0) anywhere. Return whether they were not blocked before."""
        values = {"guild_id": guild_id, "user_id": user_id, "blocked_by": actor.user_id, "blocked_at": stored(now)}
        async with self._database.transaction() as tx:
            is_new = await tx.execute(_BLOCK, values) > 0
            if is_new:
                await self._record_block(tx, actor, guild_id, user_id, before="", after="blocked", now=now)
        return is_new

    async def unblock(self, guild_id: int, user_id: int, actor: Requester, *, now: datetime) -> bool:
        """End a block. Return whether there was one."""
        async with self._database.transaction() as tx:
            was_blocked = await tx.execute(_UNBLOCK, {"guild_id": guild_id, "user_id": user_id}) > 0
            if was_blocked:
                await self._record_block(tx, actor, guild_id, user_id, before="blocked", after="", now=now)
        return was_blocked

    async def take_down(self, job: Job, actor: Requester, *, now: datetime) -> None:
        """Block a video's member everywhere, and write the takedown down, blocked before or not."""
        values = {"user_id": job.user_id, "blocked_by": actor.user_id, "blocked_at": stored(now)}
        async with self._database.transaction() as tx:
            is_new = await tx.execute(_BLOCK, {"guild_id": EVERYWHERE, **values}) > 0
            await audit.record(
                tx,
                actor,
                guild_id=EVERYWHERE,
                action="owner takedown",
                subject=f"video {job.id} of member {job.user_id}",
                before="" if is_new else "blocked",
                after="blocked",
                now=now,
            )

    async def _record(
        self, tx: Transaction, actor: Requester, guild_id: int, *, before: str, after: str, now: datetime
    ) -> None:
        subject = f"server {guild_id}" if guild_id else "everything"
        await audit.record(
            tx, actor, guild_id=guild_id, action="pause", subject=subject, before=before, after=after, now=now
        )

    async def _record_block(
        self, tx: Transaction, actor: Requester, guild_id: int, user_id: int, *, before: str, after: str, now: datetime
    ) -> None:
        subject = f"member {user_id}"
        await audit.record(
            tx, actor, guild_id=guild_id, action="block", subject=subject, before=before, after=after, now=now
        )


def _pause(row: Row) -> Pause:
    until = row["until"]
    return Pause(
        guild_id=row["guild_id"],
        reason=PauseReason(row["reason"]),
        since=moment(row["since"]),
        until=None if until is None else moment(until),
    )
