"""What a job's move means for whoever pays: notices, and pauses that the bot makes itself.

All of it is written in the transaction of the move, so that nothing is told that did not happen, and nothing that
happened is forgotten.
"""

from datetime import datetime, timedelta
from typing import Final

from services.database import Transaction, stored
from services.jobs import statements
from services.limits import LimitBook, NoticeKind, PauseReason, ServerBook, audit
from services.limits.conduct import pause_if_repeated
from services.limits.notices import forget, note, note_over
from services.models import FailureReason, Job, JobState, Requester

AMBIGUOUS_MOST: Final = 5
AMBIGUOUS_WITHIN: Final = timedelta(minutes=10)
"""After so many submits of unknown outcome within that time nothing is sent for as long: something is broken."""
ACCOUNT_PAUSE: Final = timedelta(minutes=2)
"""After the video API refused the key or the credit, so long passes before one more submit is tried."""
EVERYWHERE: Final = 0
THE_BOT: Final = 0
"""Who changed something, where nobody did but the bot itself."""


class Consequences:
    """Follows every move of a job."""

    def __init__(self, *, limits: LimitBook, servers: ServerBook) -> None:
        self._limits = limits
        self._servers = servers

    async def follow(self, tx: Transaction, before: Job, after: Job) -> None:
        """Write down what the move from one view to the next means."""
        if before.state is JobState.SUBMITTING and after.state is JobState.GENERATING and after.submitted_at:
            await note_over(tx, PauseReason.ACCOUNT.value, NoticeKind.ACCOUNT_WORKS, now=after.submitted_at)
        if after.ended_at is None or before.is_terminal:
            return
        now = after.ended_at
        if after.reason is FailureReason.SUBMIT_UNKNOWN:
            await self._unknown(tx, after, now=now)
        if after.reason is FailureReason.REFUSED:
            await pause_if_repeated(tx, after.guild_id, after.user_id, now=now)
        if after.cost_microusd is not None and after.cost_microusd > after.reserved_microusd:
            topic = f"dearer {after.id}"
            await note(
                tx,
                NoticeKind.DEARER,
                topic=topic,
                job_id=after.id,
                amount=after.cost_microusd,
                compared=after.reserved_microusd,
                now=now,
            )
        await self._limits.note_budgets(tx, after.guild_id, at=now, now=now)

    async def account_refused(self, tx: Transaction, *, now: datetime) -> None:
        """Send nothing for a while. The owner hears of it once, however many jobs it happens to."""
        until = now + ACCOUNT_PAUSE
        await self._servers.pause_within(tx, EVERYWHERE, PauseReason.ACCOUNT, now=now, until=until)
        await note(tx, NoticeKind.ACCOUNT, topic=PauseReason.ACCOUNT.value, now=now)

    async def pause_over(self, tx: Transaction, reason: PauseReason, *, now: datetime) -> None:
        """Say so where a pause ended by time. For the account only an accepted submit proves that it works again."""
        if reason is PauseReason.AMBIGUOUS:
            await note_over(tx, reason.value, NoticeKind.AMBIGUOUS_OVER, now=now)

    async def resolved(self, tx: Transaction, job: Job, actor: Requester, *, was_spent: bool, now: datetime) -> None:
        """Write down what the owner said of an unknown submit's money."""
        await audit.record(
            tx,
            actor,
            guild_id=job.guild_id,
            action="owner unknown",
            subject=f"video {job.id}",
            before=f"held={job.reserved_microusd}",
            after="spent" if was_spent else "free",
            now=now,
        )
        await self._limits.note_budgets(tx, job.guild_id, at=now, now=now)

    async def found(self, tx: Transaction, job: Job, *, held_before: int, now: datetime) -> None:
        """Write down that a submit of unknown outcome was bought, whatever the owner had said of its money."""
        await forget(tx, f"unknown {job.id}")
        topic, amount = f"found {job.id} {stored(now)}", job.reserved_microusd
        await note(tx, NoticeKind.FOUND, topic=topic, amount=amount, job_id=job.id, now=now)
        await audit.record(
            tx,
            Requester(user_id=THE_BOT, guild_id=job.guild_id),
            guild_id=job.guild_id,
            action="found",
            subject=f"video {job.id}",
            before=f"held={held_before}",
            after=f"held={amount}",
            now=now,
        )
        await self._limits.note_budgets(tx, job.guild_id, at=now, now=now)

    async def _unknown(self, tx: Transaction, job: Job, *, now: datetime) -> None:
        """Tell the owner of the held money, and stop sending where too many submits end like this."""
        # Counted one after the other, or two processes that reach the threshold together would each see one too few.
        await tx.hold("unknown submits")
        topic = f"unknown {job.id}"
        await note(tx, NoticeKind.UNKNOWN, topic=topic, amount=job.reserved_microusd, job_id=job.id, now=now)
        rows = await tx.fetch_all(statements.AMBIGUOUS, {"since": stored(now - AMBIGUOUS_WITHIN)})
        if rows[0]["jobs"] >= AMBIGUOUS_MOST:
            reason = PauseReason.AMBIGUOUS
            await self._servers.pause_within(tx, EVERYWHERE, reason, now=now, until=now + AMBIGUOUS_WITHIN)
            await note(tx, NoticeKind.AMBIGUOUS, topic=reason.value, amount=rows[0]["jobs"], now=now)
