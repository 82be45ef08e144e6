"""What may be described and shown: lists of words, the owner's takedowns, and what members report.

A server's managers keep its list, the bot's owner the one for all servers. Anybody may report a result that they see.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.errors import NotAllowedError
from services.jobs import JobStore, Removals
from services.limits import ConductBook, ReportBook, ReportOutcome, ServerBook, WordBook, WordOutcome
from services.models import Job, JobState, Requester

EVERYWHERE = 0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """A video that nobody shall see any more. Its messages are the caller's to remove, and the worker's again."""

    job: Job
    cancelled: Sequence[int]
    """Videos that were to go on from it, and waited: they are not made."""
    continuing: Sequence[int]
    """Videos that go on from it, and may show what it showed."""


class Moderation:
    """Carries it out. `wake` makes the worker look for work."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        servers: ServerBook,
        words: WordBook,
        conduct: ConductBook,
        reports: ReportBook,
        removals: Removals,
        wake: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._servers = servers
        self._words = words
        self._conduct = conduct
        self._reports = reports
        self._removals = removals
        self._wake = wake
        self._now = clock

    # --- lists of words ----------------------------------------------------------------------------------------------

    async def words(self, actor: Requester, *, everywhere: bool = False) -> tuple[Sequence[str], bool]:
        """Return a list as it was written, and whether the owner keeps one for all servers as well."""
        listed = await self._words.listed(_list_of(actor, everywhere=everywhere))
        return listed, not everywhere and bool(await self._words.listed(EVERYWHERE))

    async def add_word(self, word: str, actor: Requester, *, everywhere: bool = False) -> WordOutcome:
        """Put a word or a pattern on a list; it binds the next request."""
        return await self._words.add(_list_of(actor, everywhere=everywhere), word, actor, now=self._now())

    async def remove_word(self, word: str, actor: Requester, *, everywhere: bool = False) -> WordOutcome:
        """Take a word or a pattern off a list."""
        return await self._words.remove(_list_of(actor, everywhere=everywhere), word, actor, now=self._now())

    # --- members -----------------------------------------------------------------------------------------------------

    async def end_pause(self, user_id: int, actor: Requester) -> bool:
        """Let a member go on who was refused too often. Return whether they were paused."""
        if not actor.is_manager or actor.guild_id == EVERYWHERE:
            raise NotAllowedError
        return await self._conduct.end_pause(user_id, actor, now=self._now())

    # --- videos ------------------------------------------------------------------------------------------------------

    async def take_down(self, job_id: int, actor: Requester) -> TakenDown | None:
        """Block a video's member everywhere, and have nobody see the video. None where there is none.

        One that waits is cancelled; one that is being made is paid for, and then not posted. A clip that is kept goes.
        """
        if not actor.is_owner:
            raise NotAllowedError
        known = await self._jobs.get(job_id)
        if known is None:
            return None
        # The block first, so that nothing new comes.
        await self._servers.take_down(known, actor, now=self._now())
        job = await self._removals.take_down(job_id, now=self._now()) or known
        if job.state is JobState.QUEUED:
            job = await self._jobs.cancel(job_id, now=self._now(), told=False) or job
        waiting, continuing = await self._removals.continuing(job)
        for each in waiting:
            await self._jobs.cancel(each, now=self._now(), told=False)
        log.info("taken_down", job_id=job_id, state=job.state.value)
        self._wake()
        return TakenDown(job=job, cancelled=waiting, continuing=continuing)

    async def why_not_reported(
        self, job_id: int, reporter: Requester, *, message: tuple[int, int] | None = None
    ) -> ReportOutcome | None:
        """Return why somebody cannot report a video, or None where they can; `message` is the one that they see."""
        job = await self._at_hand(job_id, reporter, message=message)
        return ReportOutcome.UNKNOWN if job is None else await self._reports.preview(job, reporter, now=self._now())

    async def report(self, job_id: int, reporter: Requester, *, remark: str) -> ReportOutcome:
        """Tell whoever may do something about a video that somebody thinks they should, once."""
        job = await self._at_hand(job_id, reporter)
        if job is None:
            return ReportOutcome.UNKNOWN
        outcome = await self._reports.report(job, reporter, remark=remark, now=self._now())
        log.info("reported", job_id=job_id, outcome=outcome.value)
        return outcome

    async def _at_hand(self, job_id: int, reporter: Requester, *, message: tuple[int, int] | None = None) -> Job | None:
        """Return a job whose result the reporter can see: one of their server, or of their own direct messages."""
        job = await self._jobs.get(job_id)
        if job is None or job.state is not JobState.DELIVERED:
            return None
        place = (job.result_channel_id, job.result_message_id)
        is_theirs = job.user_id == reporter.user_id if job.is_posted_directly else job.guild_id == reporter.guild_id
        return job if is_theirs and message in {None, place} else None


def _list_of(actor: Requester, *, everywhere: bool) -> int:
    """Return whose list somebody may read and change. Raises `NotAllowedError`."""
    if everywhere and actor.is_owner:
        return EVERYWHERE
    if everywhere or not actor.is_manager or actor.guild_id == EVERYWHERE:
        raise NotAllowedError
    return actor.guild_id
