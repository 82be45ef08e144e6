"""Puts the workshop together: what makes and delivers videos, and what goes on beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from ops import choices
from ops.background import Loop
from ops.house.books import Books
from ops.house.ground import Ground
from services.errors import BotError
from services.generation import Notifier, Steps, Worker
from services.generation.ports import Delivery, Herald
from services.jobs import Duty, mine_alone
from services.jobs.duties import LEASE
from services.limits import NoticeBook
from services.privacy import Retention

NOTICES: Final = "tell notices"
FORGETTING: Final = "forget prompts"
FORGETTING_LEASE: Final = timedelta(hours=1)
"""As long as from one look to the next: whoever looks in between leaves it to the holder."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What runs until the process ends."""

    worker: Worker
    notifier: Notifier
    retention: Retention
    duties: Sequence[Duty]

    async def give_up(self) -> None:
        """Let other processes take over at once what only one does at a time."""
        for duty in self.duties:
            try:
                await duty.give_up()
            except BotError as error:
                log.info("duty_not_given_up", kind=type(error).__name__)

    @property
    def loops(self) -> Mapping[str, Loop]:
        """What is told to stop and then ends what it has in hand, by name."""
        return {"worker": self.worker, "notifier": self.notifier}


def workshop_over(ground: Ground, books: Books, *, delivery: Delivery, herald: Herald) -> Workshop:
    """Return the workshop; nothing of it runs yet."""
    now, notices, forgetting = ground.clock.now, _duty(ground, NOTICES), _duty(ground, FORGETTING)
    steps = Steps(
        jobs=books.jobs,
        detours=books.detours,
        api=ground.api,
        delivery=delivery,
        shelf=books.clips,
        pictures=books.pictures,
        plan=choices.plan(ground.settings),
        clock=now,
    )
    return Workshop(
        worker=Worker(jobs=books.jobs, steps=steps, clock=now, measures=ground.measures),
        notifier=Notifier(
            notices=NoticeBook(database=ground.database),
            servers=books.servers,
            herald=herald,
            clock=now,
            is_mine=notices.is_mine if notices else mine_alone,
        ),
        retention=Retention(
            data=books.data,
            keeps_prompts=books.keeps_prompts,
            clock=now,
            is_mine=forgetting.is_mine if forgetting else mine_alone,
        ),
        duties=[duty for duty in (notices, forgetting) if duty is not None],
    )


def _duty(ground: Ground, name: str) -> Duty | None:
    """Return what one process at a time does; None where there are no others."""
    if not ground.database.is_shared:
        return None
    lease = FORGETTING_LEASE if name == FORGETTING else LEASE
    return Duty(name, database=ground.database, owner=ground.instance.name, clock=ground.clock.now, lease=lease)
