"""Where the machine of `test_money_machine` plays: the real books, the same on paper, and both kept in step."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from services.administration import Administration
from services.database import Database
from services.errors import TryLaterError
from services.jobs import UsageBook
from services.jobs.consequences import AMBIGUOUS_MOST, AMBIGUOUS_WITHIN
from services.limits import BotLimits, NoticeBook, PauseReason
from services.limits.notices import AGAIN_BELOW
from services.models import FailureReason, Job, JobState, KeyBalance
from tests.services.jobs.paper import EVERYWHERE, Entry, Paper
from tests.services.jobs.samples import NOON, House, house_over
from tests.stored import Ground, anywhere

T = TypeVar("T")
SLOTS: Final = 3
BOT: Final = BotLimits(
    videos_per_day=4,
    everywhere_per_day=7,
    microusd_everywhere=2_500_000,
    total_microusd=4_000_000,
    server_microusd=3_000_000,
    attempts_per_video=2,
)
ROLES: Final = {1: (11,), 2: (11, 12), 3: ()}
USERS: Final = st.sampled_from(sorted(ROLES))
GUILDS: Final = st.sampled_from((1, 2))
PRICES: Final = st.sampled_from((0, 1, 300_000, 700_000, 1_200_000))


class NoAccount:
    """A key of which nobody can say anything."""

    async def key(self) -> KeyBalance:
        raise TryLaterError


class MoneyScene(RuleBasedStateMachine):
    """The bot's books in a real database, the same on paper, two clocks, and one process that may die."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ending = ExitStack()
        self.stored = self.ending.enter_context(anywhere(ground))
        self.now: datetime = NOON
        self.discord: datetime = NOON
        """The host's clock, which jumps, and Discord's, which does not."""
        self.paper = Paper(bot=BOT)
        self.numbers = count(1)
        self.hands: dict[int, Job] = {}
        """What the running process has claimed. A crash forgets it."""
        self.bounds = {EVERYWHERE: 0, 1: 0, 2: 0}
        """What may be spent: the cap when a video was last accepted, and what running ones cost beyond it since."""
        self.levels: dict[str, int] = {}
        """The budget notices that stand, by topic."""
        self.ids_heard: set[int] = set()
        self.open()

    def open(self) -> None:
        database = self.run(Database.open(self.stored.where))
        self.house: House = house_over(
            database, bot_limits=BOT, running_at_once=SLOTS, owner=f"process {next(self.numbers)}"
        )
        self.notices, self.usage = NoticeBook(database=database), UsageBook(database=database)
        self.administration = Administration(
            database=database,
            jobs=self.house.jobs,
            limits=self.house.limits,
            servers=self.house.servers,
            account=NoAccount(),
            clock=lambda: self.now,
            wake=lambda: None,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def rows(self, statement: str) -> Sequence[Any]:
        return self.run(self.house.rows(statement))

    def teardown(self) -> None:
        assert self.stored.faults() == []
        self.run(self.house.database.close())
        self.loop.close()
        self.ending.close()

    def move(self, job: Job, state: JobState, *, cost: int | None = None, **what: Any) -> None:  # noqa: ANN401  # of `move`
        moved = self.run(self.house.jobs.move(job, state, now=self.now, cost_microusd=cost, **what))
        entry = self.paper.entries[job.id]
        before = entry.surprise
        entry.was_sent = job.state is not JobState.QUEUED and state is not JobState.QUEUED
        self.become(moved)
        for scope in (EVERYWHERE, job.guild_id):
            self.bounds[scope] += entry.surprise - before
        if state.is_terminal or state is JobState.QUEUED:
            self.hands.pop(job.id, None)
        else:
            self.hands[job.id] = moved
        if moved.reason is FailureReason.SUBMIT_UNKNOWN:
            self.count_unknown()

    def count_unknown(self) -> None:
        """Pause on paper where too many submits of unknown outcome ended within ten minutes of the host's clock."""
        since = self.now - AMBIGUOUS_WITHIN
        ended = [entry.job for entry in self.paper.of() if entry.job.reason is FailureReason.SUBMIT_UNKNOWN]
        if sum(job.ended_at is not None and job.ended_at > since for job in ended) >= AMBIGUOUS_MOST:
            self.paper.pauses.setdefault((EVERYWHERE, PauseReason.AMBIGUOUS), self.now + AMBIGUOUS_WITHIN)

    def become(self, job: Job) -> None:
        self.paper.entries[job.id].job = job
        self.look_at_levels()

    def pick(self, data: st.DataObject) -> Entry:
        return self.paper.entries[data.draw(st.sampled_from(sorted(self.paper.entries)))]

    def look_at_levels(self) -> None:
        """After every move of money: a notice is there only when its level is reached, and goes only well below it."""
        found = {row["topic"]: row["id"] for row in self.rows("SELECT * FROM notices WHERE kind = 'budget'")}
        for topic in found.keys() | self.levels.keys():
            if found.get(topic) == self.levels.get(topic):
                continue
            _, guild, level = topic.split()
            low, high = self.percents(int(guild))
            if topic in found:
                assert high >= int(level)
            if topic in self.levels:
                assert low < int(level) - AGAIN_BELOW
        self.levels = found

    def percents(self, guild: int) -> tuple[float, float]:
        """Return how much of a budget is used, by the clock by which it is least and by the one by which it is most."""
        spent = [self.paper.spent(at, guild=guild or None) for at in (self.now, self.discord)]
        cap = self.paper.cap(guild)
        return (min(spent) * 100 / cap, max(spent) * 100 / cap) if cap else (0.0, 0.0)
