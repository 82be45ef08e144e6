"""Tells those who pay what they have to hear, once: a loop beside the worker, so that no video waits for a message."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import BotError
from services.generation.ports import Herald
from services.jobs import IsMine, mine_alone
from services.limits import NoticeBook, ServerBook

LOOK_EVERY: Final = timedelta(seconds=1)
"""Notices are rare, and a look at none of them costs no write; so nobody has to remember to wake this."""

log = structlog.get_logger(__name__)


class Notifier:
    """Tells notices in the order in which they were written, until it is told to stop.

    Of several processes the one tells that `is_mine` says so of.
    """

    def __init__(
        self,
        *,
        notices: NoticeBook,
        servers: ServerBook,
        herald: Herald,
        clock: Callable[[], datetime],
        look_every: timedelta = LOOK_EVERY,
        is_mine: IsMine = mine_alone,
    ) -> None:
        self._notices = notices
        self._servers = servers
        self._herald = herald
        self._now = clock
        self._look_every = look_every
        self._is_mine = is_mine
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run` after the message in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Tell what there is, and look again."""
        while not self._stopping.is_set():
            try:
                if await self._is_mine():
                    await self._tell_all()
            except BotError as error:
                # Still in the table: told at one of the next looks.
                log.info("notice_not_told", kind=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=self._look_every.total_seconds())

    async def _tell_all(self) -> None:
        for notice in await self._notices.untold():
            choices = await self._servers.choices(notice.guild_id)
            await self._herald.tell(notice, log_channel_id=choices.log_channel_id, language=choices.language)
            await self._notices.told(notice, now=self._now())
            log.info("notice_told", kind=notice.kind.value, job_id=notice.job_id)
