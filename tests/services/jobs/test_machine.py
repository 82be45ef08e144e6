"""The job store against a model of it, through any order of asks, claims, moves, restarts and leaps of the clock.

What holds whatever happens: only legal moves, an old view never writes, what was used is what the jobs say, no limit is
ever exceeded, and never more jobs are upstream than there are slots.
"""

import asyncio
import math
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.database import Database, moment
from services.errors import LimitReachedError, LimitRule, StaleJobError, StorageError
from services.limits import BotLimits
from services.limits.rules import DAY
from services.models import LIVING, MOVES, UPSTREAM, FailureReason, Job, JobState
from tests.services.jobs.samples import LEASE, NOON, RESERVED, House, asker, house_over, new_job
from tests.stored import Ground, anywhere

T = TypeVar("T")
SLOTS: Final = 2
# Submits of unknown outcome make the bot pause itself: `test_money_machine` is about that.
REASONS: Final = st.sampled_from([each for each in FailureReason if each is not FailureReason.SUBMIT_UNKNOWN])
NEVER: Final = moment(0)
"""What the lease of a job that nobody holds says."""
LIMITS: Final = (
    BotLimits(videos_per_day=4, everywhere_per_day=5, running_at_once=2, attempts_per_video=2),
    BotLimits(videos_per_day=2, everywhere_per_day=4, running_at_once=3, attempts_per_video=2),
    BotLimits(videos_per_day=3, everywhere_per_day=3, running_at_once=None, attempts_per_video=2),
)
"""Each rule is the first to bind in one of them."""
COUNTING: Final = {None, FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE}
HELD: Final = {
    FailureReason.DEADLINE,
    FailureReason.UNPLAYABLE,
    FailureReason.TOO_LARGE,
    FailureReason.UNDELIVERABLE,
}


@dataclass(slots=True, kw_only=True)
class Expected:
    """What the model thinks of one job."""

    job: Job
    """The newest view."""
    lease_until: datetime = NEVER
    views: list[Job] = field(default_factory=list[Job])
    """Every view that anybody ever held, the old ones too."""
    was_sent: bool = False
    """Whether it left the queue for good: a job that fails in line has bought nothing."""

    @property
    def counts(self) -> bool:
        return self.job.state is not JobState.CANCELLED and self.job.reason in COUNTING

    @property
    def held(self) -> int:
        job = self.job
        match job.state:
            case JobState.CANCELLED:
                return 0
            case JobState.DELIVERED:
                return job.cost_microusd if job.cost_microusd is not None else RESERVED
            case JobState.FAILED:
                spare = RESERVED if job.reason in HELD and self.was_sent else 0
                return job.cost_microusd if job.cost_microusd is not None else spare
            case _:
                return max(RESERVED, job.cost_microusd or 0)

    def become(self, job: Job) -> None:
        self.job = job
        self.views.append(job)


class JobMachine(RuleBasedStateMachine):
    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ending = ExitStack()
        stored = self.ending.enter_context(anywhere(ground))
        self.database = self.run(Database.open(stored.where))
        self.jobs: dict[int, Expected] = {}
        self.now = NOON
        self.interactions = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        self.ending.close()

    @property
    def most_at_once(self) -> float:
        most = self.limits.running_at_once
        return math.inf if most is None else most

    def expecting(self, *, user: int, guild: int | None = None) -> Iterator[Expected]:
        for each in self.jobs.values():
            if each.job.user_id == user and guild in (None, each.job.guild_id):
                yield each

    def used(self, *, user: int, guild: int | None = None) -> int:
        known = self.expecting(user=user, guild=guild)
        return sum(each.counts and each.job.created_at > self.now - DAY for each in known)

    def attempts(self, *, user: int, guild: int) -> int:
        return sum(each.job.created_at > self.now - DAY for each in self.expecting(user=user, guild=guild))

    def rule_in_the_way(self, user: int, guild: int) -> LimitRule | None:
        if self.used(user=user) >= self.limits.everywhere_per_day:
            return LimitRule.EVERYWHERE_PER_DAY
        if self.used(user=user, guild=guild) >= self.limits.videos_per_day:
            return LimitRule.VIDEOS_PER_DAY
        if self.attempts(user=user, guild=guild) >= self.limits.attempts_per_video * self.limits.videos_per_day:
            return LimitRule.ATTEMPTS_PER_DAY
        running = sum(each.job.state in LIVING for each in self.expecting(user=user, guild=guild))
        return LimitRule.RUNNING_AT_ONCE if running >= self.most_at_once else None

    @initialize(limits=st.sampled_from(LIMITS))
    def somebody_asks(self, limits: BotLimits) -> None:
        self.limits = limits
        self.house: House = house_over(self.database, bot_limits=limits, running_at_once=SLOTS)
        self.ask(user=1, guild=1)

    @rule(user=st.integers(1, 2), guild=st.integers(1, 3))
    def ask(self, user: int, guild: int) -> None:
        self.interactions += 1
        new = new_job(self.interactions, at=self.now)
        in_the_way = self.rule_in_the_way(user, guild)
        asking = self.house.jobs.reserve(new, asker(user, guild), now=self.now)
        if in_the_way is not None:
            with pytest.raises(LimitReachedError) as caught:
                self.run(asking)
            assert caught.value.rule is in_the_way
        else:
            reservation = self.run(asking)
            assert reservation.is_new
            self.jobs[reservation.job.id] = Expected(job=reservation.job, views=[reservation.job])

    @rule(user=st.integers(1, 2), guilds=st.lists(st.integers(1, 3), min_size=2, max_size=6))
    def ask_all_over_the_place(self, user: int, guilds: list[int]) -> None:
        for guild in guilds:
            self.ask(user=user, guild=guild)

    @rule(data=st.data())
    def ask_again_with_the_same_interaction(self, data: st.DataObject) -> None:
        each = self.pick(data)
        again = new_job(each.job.interaction_id, at=self.now)

        reservation = self.run(self.house.jobs.reserve(again, asker(each.job.user_id, each.job.guild_id), now=self.now))

        assert not reservation.is_new
        assert reservation.job == each.job

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        each = self.pick(data)
        may = each.job.state is JobState.QUEUED and each.job.status_message_id is None

        job = self.run(self.house.jobs.acknowledge(each.job.id, 500 + each.job.id, now=self.now))

        assert (job is not None) == may
        if job is not None:
            assert (job.fence, job.next_at) == (each.job.fence + 1, self.now)
            each.become(job)
            each.lease_until = NEVER

    @rule(data=st.data(), told=st.booleans())
    def cancel(self, data: st.DataObject, told: bool) -> None:  # noqa: FBT001  # hypothesis passes by keyword
        each = self.pick(data)
        may = each.job.state is JobState.QUEUED

        job = self.run(self.house.jobs.cancel(each.job.id, now=self.now, told=told))

        assert (job is not None) == may
        if job is not None:
            assert job.state is JobState.CANCELLED
            each.become(job)
            each.lease_until = NEVER

    @rule(data=st.data())
    def cancel_by_an_old_view(self, data: st.DataObject) -> None:
        each = self.pick(data)
        view = data.draw(st.sampled_from(each.views))
        may = each.job.state is JobState.QUEUED and view.fence == each.job.fence

        job = self.run(self.house.jobs.cancel(each.job.id, now=self.now, told=True, seen=view))

        assert (job is not None) == may
        if job is not None:
            each.become(job)
            each.lease_until = NEVER

    @rule()
    def claim(self) -> None:
        due = {number for number, each in self.jobs.items() if self.is_due(each) and not self.waits(each)}
        in_line = {number for number, each in self.jobs.items() if self.is_due(each) and self.waits(each)}
        free = SLOTS - sum(self.occupies(each) for each in self.jobs.values())

        claimed = self.run(self.house.jobs.claim(now=self.now, lease=LEASE))

        taken = {job.id for job in claimed}
        assert taken - in_line == due
        assert len(taken & in_line) == min(max(0, free), len(in_line))
        for job in claimed:
            assert job.fence == self.jobs[job.id].job.fence + 1
            self.jobs[job.id].become(job)
            self.jobs[job.id].lease_until = self.now + LEASE

    def is_due(self, each: Expected) -> bool:
        return each.job.next_at is not None and each.job.next_at <= self.now and each.lease_until <= self.now

    @staticmethod
    def waits(each: Expected) -> bool:
        return each.job.state is JobState.QUEUED and each.job.status_message_id is not None

    def occupies(self, each: Expected) -> bool:
        return each.job.state in UPSTREAM or (self.waits(each) and each.lease_until > self.now)

    @rule(data=st.data(), reason=REASONS, cost=st.none() | st.integers(0, 2 * RESERVED))
    def move_somewhere(self, data: st.DataObject, reason: FailureReason, cost: int | None) -> None:
        each = self.pick(data)
        view = data.draw(st.sampled_from(each.views))
        target = data.draw(st.sampled_from(JobState))
        self.move(each, view, target, reason=reason, cost=cost)

    @rule(data=st.data(), cost=st.none() | st.integers(0, 2 * RESERVED))
    def move_on(self, data: st.DataObject, cost: int | None) -> None:
        """Do what the worker does: step a job that it holds, to a state that the table allows."""
        each = self.pick(data)
        if MOVES[each.job.state]:
            target = data.draw(st.sampled_from(sorted(MOVES[each.job.state] - {JobState.CANCELLED})))
            self.move(each, each.job, target, reason=FailureReason.EXPIRED, cost=cost)

    def move(self, each: Expected, view: Job, target: JobState, *, reason: FailureReason, cost: int | None) -> None:
        if target is JobState.SUBMITTING and not self.occupies(each):
            return  # only whoever holds a lease submits: that is what keeps the slots
        is_same = (view.state, view.fence) == (each.job.state, each.job.fence)
        move = self.house.jobs.move(
            view,
            target,
            now=self.now,
            reason=reason if target is JobState.FAILED else None,
            remote_id="remote" if target is JobState.GENERATING else None,
            cost_microusd=cost,
            result=(1, 2) if target is JobState.DELIVERED else None,
        )
        try:
            job = self.run(move)
        except ValueError:
            assert target not in MOVES[view.state]
        except StaleJobError:
            assert not is_same
        else:
            assert is_same
            assert target in MOVES[view.state]
            assert job.state is target
            each.was_sent = view.state is not JobState.QUEUED
            each.become(job)
            if target is JobState.QUEUED:
                each.lease_until = NEVER

    @rule(data=st.data(), seconds=st.integers(1, 600))
    def try_later(self, data: st.DataObject, seconds: int) -> None:
        each = self.pick(data)
        view = data.draw(st.sampled_from(each.views))
        is_same = (view.state, view.fence) == (each.job.state, each.job.fence)
        try:
            job = self.run(self.house.jobs.retry_at(view, self.now + timedelta(seconds=seconds)))
        except StaleJobError:
            assert not is_same
        else:
            assert is_same
            each.become(job)

    @rule(data=st.data(), rests=st.booleans())
    def tell(self, data: st.DataObject, rests: bool) -> None:  # noqa: FBT001  # hypothesis passes by keyword
        each = self.pick(data)
        next_at = None if rests else self.now + DAY
        try:
            each.become(self.run(self.house.jobs.told(each.job, now=self.now, next_at=next_at)))
        except StorageError:
            # The schema itself: what lives never rests.
            assert rests
            assert each.job.state in LIVING

    @rule(seconds=st.sampled_from((1, 20, 90, 3_600, 86_400, -30)))
    def let_time_pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.run(self.house.jobs.release(everybody=True))
        for each in self.jobs.values():
            if each.job.next_at is not None:
                each.lease_until = NEVER

    @rule()
    def renew(self) -> None:
        self.run(self.house.jobs.renew(now=self.now, lease=LEASE))
        for each in self.jobs.values():
            if each.lease_until > NEVER and each.job.next_at is not None:
                each.lease_until = self.now + LEASE

    def pick(self, data: st.DataObject) -> Expected:
        return self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]

    @precondition(lambda self: self.jobs)
    @invariant()
    def the_table_is_what_the_model_says(self) -> None:
        rows = self.run(self.house.rows("SELECT * FROM jobs"))
        assert {row["id"] for row in rows} == set(self.jobs)
        for row in rows:
            each = self.jobs[row["id"]]
            assert (row["state"], row["fence"], row["reason"]) == (each.job.state, each.job.fence, each.job.reason)
            assert (bool(row["counts"]), row["held_microusd"]) == (each.counts, each.held)

    @invariant()
    def what_was_used_is_what_the_jobs_say(self) -> None:
        for user, guild in ((1, 1), (2, 2)):
            allowance, alive, _ = self.run(self.house.jobs.standing(asker(user, guild), at=self.now, latest=1))
            assert (allowance.used, allowance.used_everywhere) == (
                self.used(user=user, guild=guild),
                self.used(user=user),
            )
            assert allowance.running == len(alive)

    @invariant()
    def no_limit_is_exceeded(self) -> None:
        for user in (1, 2):
            for guild in (1, 2, 3):
                running = sum(each.job.state in LIVING for each in self.expecting(user=user, guild=guild))
                assert running <= self.most_at_once

    @invariant()
    def no_more_are_upstream_than_there_are_slots(self) -> None:
        assert sum(each.job.state in UPSTREAM for each in self.jobs.values()) <= SLOTS


SETTINGS: Final = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,  # one is enough to look at, and each takes minutes to shrink
)


def test_the_job_store_is_as_its_model_through_any_order_of_events(ground: Ground) -> None:
    run_state_machine_as_test(lambda: JobMachine(ground), settings=SETTINGS)  # type: ignore[arg-type]  # it takes a function too
