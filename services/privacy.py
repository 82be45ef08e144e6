"""What the bot remembers of its members: shown to them, given to them, and forgotten, by their wish or with time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from services.database import Row, moment
from services.errors import StorageError
from services.jobs import Everything, Forgotten, IsMine, PersonalData, Stored, mine_alone
from services.jobs.retention import AT_ONCE
from services.limits.rules import MONTH
from services.models import Job, Requester

LOOK_EVERY: Final = timedelta(hours=1)
LONGEST_WINDOW: Final = MONTH
"""No limit looks further back: until then a job is its member's, even where they asked to be forgotten."""
TIMES: Final = frozenset(
    {"granted_at", "blocked_at", "changed_at", "expires_at", "since", "until", "created_at", "refused_at"}
)
NOT_THEIRS: Final = frozenset({"id", "interaction_id", "user_id", "subject", "subject_id", "changed_by"})
"""Columns that are ours, or somebody else's name."""

log = structlog.get_logger(__name__)


class Privacy:
    """Answers a member about themselves, and nobody about anybody else.

    `let_go` removes the pictures that an interaction brought; `wake` makes the worker look for work.
    """

    def __init__(
        self,
        data: PersonalData,
        *,
        keeps_prompts: timedelta,
        let_go: Callable[[int], Awaitable[None]],
        wake: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._data = data
        self._let_go = let_go
        self._wake = wake
        self._now = clock
        self.keeps_prompts = keeps_prompts
        """How long the prompt of an ended job is remembered."""

    async def about(self, requester: Requester) -> Stored:
        """Return how much is stored about the requester, over all servers."""
        return await self._data.about(requester.user_id)

    async def export(self, requester: Requester) -> bytes:
        """Return all that is stored about the requester, as JSON in UTF-8."""
        everything = await self._data.everything(requester.user_id)
        return await asyncio.to_thread(_written, requester.user_id, everything)

    async def forget(self, requester: Requester) -> Forgotten:
        """Forget the requester as far as limits, blocks and bonuses allow."""
        forgotten = await self._data.forget(requester.user_id, now=self._now())
        # After the rows: a crash in between leaves files that nobody wants, which the janitor removes.
        for interaction_id in forgotten.offers:
            await self._let_go(interaction_id)
        if forgotten.clips:
            self._wake()
        await self._data.leave_no_trace()
        log.info("forgotten_on_request", prompts=forgotten.prompts, living=forgotten.living, clips=forgotten.clips)
        return forgotten


class Retention:
    """Forgets what has been kept long enough: a loop beside the worker, which picks up whatever a crash left.

    Of several processes the one forgets that `is_mine` says so of.
    """

    def __init__(
        self,
        *,
        data: PersonalData,
        keeps_prompts: timedelta,
        clock: Callable[[], datetime],
        every: timedelta = LOOK_EVERY,
        is_mine: IsMine = mine_alone,
    ) -> None:
        self._data = data
        self._keeps_prompts = keeps_prompts
        self._now = clock
        self._every = every
        self._is_mine = is_mine

    async def run(self) -> None:
        """Forget again and again, until cancelled."""
        while True:
            try:
                prompts, members = await self.forget() if await self._is_mine() else (0, 0)
            except StorageError as error:
                log.warning("not_forgotten", kind=type(error).__name__)
            else:
                if prompts or members:
                    log.info("forgotten", prompts=prompts, members=members)
            await asyncio.sleep(self._every.total_seconds())

    async def forget(self) -> tuple[int, int]:
        """Forget what is due. Return how many prompts, and how many jobs' members, that were."""
        now = self._now()
        await self._data.forget_offers(now=now)
        await self._data.forget_conduct(now=now)
        prompts = members = 0
        while (some := await self._data.forget_old(before=now - self._keeps_prompts)) > 0:
            prompts += some
            if some < AT_ONCE:
                break
        while (some := await self._data.unlink(before=now - LONGEST_WINDOW)) > 0:
            members += some
            if some < AT_ONCE:
                break
        await self._data.leave_no_trace()
        return prompts, members


def _written(user_id: int, everything: Everything) -> bytes:
    """Write it for people as much as for programs: ids as text, because JavaScript rounds them as numbers."""
    found = {
        "user_id": str(user_id),
        "videos": [_video(job) for job in everything.jobs],
        "offers": _plain(everything.offers),
        "pictures": _plain(everything.pictures),
        "bonuses": _plain(everything.bonuses),
        "limits": _plain(everything.limits),
        "blocks": _plain(everything.blocks),
        "pauses": _plain(everything.pauses),
        "reports": _plain(everything.reports),
        "refusals": _plain(everything.refusals),
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _video(job: Job) -> Mapping[str, Any]:
    spec = job.spec
    return {
        "number": job.id,
        "server_id": str(job.guild_id),
        "channel_id": str(job.channel_id),
        "prompt": job.prompt or None,
        "model": spec.model,
        "duration_seconds": spec.duration,
        "resolution": spec.resolution,
        "aspect_ratio": spec.aspect_ratio,
        "audio": spec.audio,
        "seed": spec.seed,
        "is_private": job.is_private,
        "in_direct_messages": job.in_direct_messages,
        "is_spoiler": job.is_spoiler,
        "language": job.member_language,
        "state": job.state.value,
        "reason": job.reason.value if job.reason else None,
        "estimate_usd": _usd(job.estimate_microusd),
        "reserved_usd": _usd(job.reserved_microusd),
        "cost_usd": None if job.cost_microusd is None else _usd(job.cost_microusd),
        "asked_at": job.created_at.isoformat(),
        "sent_at": _iso(job.submitted_at),
        "made_at": _iso(job.completed_at),
        "ended_at": _iso(job.ended_at),
        "status_message": _link(0 if job.in_direct_messages else job.guild_id, job.channel_id, job.status_message_id),
        "result_message": _link(
            0 if job.is_posted_directly else job.guild_id, job.result_channel_id, job.result_message_id
        ),
    }


def _plain(rows: Sequence[Row]) -> Sequence[Mapping[str, Any]]:
    return [{name: _value(name, value) for name, value in row.items() if name not in NOT_THEIRS} for row in rows]


def _value(name: str, value: object) -> object:
    if isinstance(value, int) and name in TIMES:
        return moment(value).isoformat()
    return str(value) if isinstance(value, int) and name.endswith("_id") else value


def _usd(microusd: int) -> str:
    return f"{microusd // 1_000_000}.{microusd % 1_000_000:06d}"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")


def _link(guild_id: int, channel_id: int | None, message_id: int | None) -> str | None:
    if message_id is None:
        return None
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
