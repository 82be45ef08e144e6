"""Money and limits against the same on paper, through any order of commands, upstream events, crashes and edits.

What holds whatever happens: what is shown is the sum of the jobs; a video is refused exactly when a rule forbids it; no
cap is ever exceeded but by what running jobs turned out to cost; nothing is given back that was not taken; whoever
pays hears of everything once; every change that was accepted is one row of the audit log, and no other is.
"""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from services.database import moment
from services.errors import LimitReachedError, RequestError
from services.jobs import NewJob
from services.jobs.consequences import ACCOUNT_PAUSE
from services.limits import PauseReason
from services.models import FailureReason, Job, JobState, Requester
from tests.services.jobs.decisions import Decisions
from tests.services.jobs.money_scene import GUILDS, PRICES, ROLES, USERS
from tests.services.jobs.paper import EVERYWHERE, Entry
from tests.services.jobs.samples import LEASE, asker, new_job
from tests.stored import Ground

SEEN: Final = 8
"""Seconds of a clip whose member sees the answer at once; that of the others is still on its way."""
WISHES: Final = st.lists(st.tuples(USERS, GUILDS, PRICES, st.sampled_from((SEEN, SEEN, 4))), min_size=1, max_size=4)
ENDS_OF_A_SUBMIT: Final = ("accepted", "accepted", "accepted", "accepted", "busy", "account", "unknown", "refused")
FAILURES: Final = (
    FailureReason.REFUSED,
    FailureReason.UPSTREAM_FAILED,
    FailureReason.EXPIRED,
    FailureReason.DEADLINE,
    FailureReason.SUBMIT_UNKNOWN,
)
LATE_FAILURES: Final = (FailureReason.UNPLAYABLE, FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE)


class MoneyMachine(Decisions):
    """Members ask and cancel, a worker works until it dies, clocks jump, and somebody decides."""

    # --- members -------------------------------------------------------------------------------------------------

    @initialize(wishes=WISHES)
    def the_day_begins(self, wishes: list[tuple[int, int, int, int]]) -> None:
        self.members_ask(wishes)

    @rule(wishes=WISHES)
    def members_ask(self, wishes: list[tuple[int, int, int, int]]) -> None:
        for user, guild, microusd, seconds in wishes:
            self.ask(user, guild, microusd=microusd, seconds=seconds)

    def ask(self, user: int, guild: int, *, microusd: int, seconds: int) -> None:
        who = asker(user, guild, roles=ROLES[user])
        self.discord += timedelta(milliseconds=1)
        shut = self.paper.shut(who, self.now)
        broken = self.paper.broken(who, self.discord, microusd=microusd, seconds=seconds)
        takes_bonus = self.paper.used(self.discord, user=user, guild=guild) >= self.paper.per_day(who)
        new = new_job(next(self.numbers), at=self.discord, seconds=seconds, reserved=microusd)
        job, error = self.reserve(new, who)
        if job is None:
            assert (shut is not None and isinstance(error, shut)) or (shut is None and rule_of(error) in broken)
            return
        assert (shut, broken) == (None, set())
        if seconds == SEEN:
            job = self.run(self.house.jobs.acknowledge(job.id, next(self.numbers), now=self.now)) or job
        self.paper.entries[job.id] = Entry(job=job, uses_bonus=takes_bonus)
        for scope in (EVERYWHERE, guild):
            self.bounds[scope] = self.paper.cap(scope)
        self.look_at_levels()

    def reserve(self, new: NewJob, who: Requester) -> tuple[Job | None, RequestError | None]:
        try:
            reservation = self.run(self.house.jobs.reserve(new, who, now=self.now))
        except RequestError as error:
            return None, error
        assert reservation.is_new
        return reservation.job, None

    @precondition(lambda self: self.paper.entries)
    @rule(data=st.data(), microusd=PRICES)
    def discord_delivers_an_interaction_again(self, data: st.DataObject, microusd: int) -> None:
        entry = self.pick(data)
        job = entry.job
        again = new_job(job.interaction_id, at=self.discord, reserved=microusd)

        reservation = self.run(self.house.jobs.reserve(again, asker(job.user_id, job.guild_id), now=self.now))

        assert (reservation.is_new, reservation.job) == (False, job)

    @precondition(lambda self: self.paper.entries)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        entry = self.pick(data)
        was_waiting = entry.job.state is JobState.QUEUED
        job = self.run(self.house.jobs.cancel(entry.job.id, now=self.now, told=True))
        assert (job is not None) == was_waiting
        if job is not None:
            self.become(job)
            self.hands.pop(job.id, None)

    # --- the worker and the video API ----------------------------------------------------------------------------

    @rule(data=st.data(), steps=st.integers(0, 4))
    def the_worker_works(self, data: st.DataObject, steps: int) -> None:
        self.claim()
        for _ in range(steps):
            self.every_job_goes_a_step(data)

    def claim(self) -> None:
        """Claim what is due, submit it, and give up what a crash left in the middle of a submit."""
        lifted = [key for key, until in self.paper.pauses.items() if until is not None and until <= self.now]
        for key in lifted:
            del self.paper.pauses[key]
        for job in self.run(self.house.jobs.claim(now=self.now, lease=LEASE)):
            self.become(job)
            if job.state is JobState.SUBMITTING:
                self.move(job, JobState.FAILED, reason=FailureReason.SUBMIT_UNKNOWN)
            elif job.state is JobState.QUEUED and job.status_message_id is not None:
                assert (EVERYWHERE, PauseReason.OWNER) not in self.paper.pauses
                assert (job.guild_id, PauseReason.MANAGER) not in self.paper.pauses
                self.move(job, JobState.SUBMITTING)
            elif not job.is_terminal:
                self.hands[job.id] = job

    def every_job_goes_a_step(self, data: st.DataObject) -> None:
        steps = {
            JobState.QUEUED: self.it_is_given_up_in_line,
            JobState.SUBMITTING: self.the_submit_ends,
            JobState.GENERATING: self.it_is_made_or_fails,
            JobState.DOWNLOADING: self.it_comes_to_its_end,
        }
        for job in list(self.hands.values()):
            if job.state in steps:
                steps[job.state](job, data)

    def it_is_given_up_in_line(self, job: Job, _: st.DataObject) -> None:
        self.move(job, JobState.FAILED, reason=FailureReason.DEADLINE)

    def the_submit_ends(self, job: Job, data: st.DataObject) -> None:
        match data.draw(st.sampled_from(ENDS_OF_A_SUBMIT)):
            case "accepted":
                self.move(job, JobState.GENERATING, remote_id=f"remote-{job.id}")
            case "busy":
                self.move(job, JobState.QUEUED)
            case "account":
                self.become(self.run(self.house.jobs.hold_for_account(job, now=self.now)))
                self.paper.pauses.setdefault((EVERYWHERE, PauseReason.ACCOUNT), self.now + ACCOUNT_PAUSE)
                del self.hands[job.id]
            case "unknown":
                self.move(job, JobState.FAILED, reason=FailureReason.SUBMIT_UNKNOWN)
            case _:
                self.move(job, JobState.FAILED, reason=FailureReason.REFUSED)

    def it_is_made_or_fails(self, job: Job, data: st.DataObject) -> None:
        """Be billed what nobody knows, nothing, one micro-dollar less, all of the reservation, or twice as much."""
        reserved = job.reserved_microusd
        cost = data.draw(st.sampled_from((None, 0, max(0, reserved - 1), reserved, 2 * reserved)))
        reason = data.draw(st.sampled_from((None, None, *FAILURES)))
        if reason is None:
            self.move(job, JobState.DOWNLOADING, cost=cost)
        else:
            self.move(job, JobState.FAILED, reason=reason, cost=cost)

    def it_comes_to_its_end(self, job: Job, data: st.DataObject) -> None:
        failure = data.draw(st.sampled_from((None, None, *LATE_FAILURES)))
        if failure is not None:
            self.move(job, JobState.FAILED, reason=failure)
            return
        self.move(job, JobState.DELIVERING)
        self.move(self.hands[job.id], JobState.DELIVERED, result=(1, 2))

    # --- crashes and clocks --------------------------------------------------------------------------------------

    @rule()
    def crash_and_start_again(self) -> None:
        self.run(self.house.database.close())
        self.open()
        self.run(self.house.jobs.release(everybody=True))
        self.hands.clear()

    @rule(seconds=st.sampled_from((20, 90, 600, 3_600, 86_400, 10 * 86_400)))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.discord += timedelta(seconds=seconds)

    @rule(days=st.sampled_from((-400, -31, -1, 1, 400)))
    def the_hosts_clock_jumps(self, days: int) -> None:
        self.now += timedelta(days=days)

    # --- whoever pays --------------------------------------------------------------------------------------------

    @rule()
    def those_who_pay_are_told(self) -> None:
        for notice in self.run(self.notices.untold()):
            assert notice.id not in self.ids_heard
            self.ids_heard.add(notice.id)
            self.run(self.notices.told(notice, now=self.now))

    # --- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def the_table_is_what_is_on_paper_and_gives_back_no_more_than_it_took(self) -> None:
        rows = self.rows("SELECT * FROM jobs")
        assert {row["id"] for row in rows} == set(self.paper.entries)
        for row in rows:
            entry = self.paper.entries[row["id"]]
            assert (row["state"], row["reason"]) == (entry.job.state, entry.job.reason)
            assert (row["counts"], row["held_microusd"]) == (int(entry.counts), entry.held)
            assert row["uses_bonus"] == int(entry.uses_bonus)
            assert 0 <= row["held_microusd"] <= max(row["reserved_microusd"], row["cost_microusd"] or 0)

    @invariant()
    def what_is_shown_is_the_sum_of_the_jobs(self) -> None:
        for user, guild in ((1, 1), (2, 2), (3, 1)):
            who = asker(user, guild, roles=ROLES[user])
            shown, alive, _ = self.run(self.house.jobs.standing(who, at=self.discord, latest=1))
            paper, at = self.paper, self.discord
            assert (shown.used, shown.running, len(alive)) == (
                paper.used(at, user=user, guild=guild),
                paper.running(user=user, guild=guild),
                shown.running,
            )
            assert (shown.spent, shown.spent_everywhere) == (
                paper.spent(at, user=user, guild=guild),
                paper.spent(at, user=user),
            )
            assert (shown.server_spent, shown.total_spent) == (paper.spent(at, guild=guild), paper.spent(at))
            assert (shown.bonus_left, shown.bonus_left >= 0) == (paper.bonus_left(user=user, guild=guild), True)
        used = {server.guild_id: server.microusd for server in self.run(self.usage.servers(since=moment(0)))}
        for guild in (1, 2):
            assert used.get(guild, 0) == sum(entry.held for entry in self.paper.of(guild=guild))

    @invariant()
    def no_cap_is_exceeded_but_by_what_running_jobs_turned_out_to_cost(self) -> None:
        for scope, bound in self.bounds.items():
            assert self.paper.spent(self.discord, guild=scope or None) <= bound

    @invariant()
    def every_accepted_change_is_one_row(self) -> None:
        [row] = self.rows("SELECT COUNT(*) AS changes FROM audit")
        assert row["changes"] == self.paper.edits

    @invariant()
    def the_pauses_are_those_on_paper(self) -> None:
        rows = self.rows("SELECT guild_id, reason, until FROM pauses")
        stand = {(row["guild_id"], row["reason"]): row["until"] and moment(row["until"]) for row in rows}
        assert stand == {(guild, reason.value): until for (guild, reason), until in self.paper.pauses.items()}

    @invariant()
    def what_happens_to_one_video_is_told_once(self) -> None:
        rows = self.rows("SELECT kind, job_id, COUNT(*) AS times FROM notices WHERE job_id IS NOT NULL GROUP BY 1, 2")
        told = {(row["kind"], row["job_id"]): row["times"] for row in rows}
        ended = [entry for entry in self.paper.of() if entry.job.is_terminal]
        dearer = {("dearer", entry.job.id): 1 for entry in ended if entry.surprise}
        unknown = {("unknown", e.job.id): 1 for e in ended if e.job.reason is FailureReason.SUBMIT_UNKNOWN}
        assert told == dearer | unknown


def rule_of(error: RequestError | None) -> object:
    return error.rule if isinstance(error, LimitReachedError) else error


SETTINGS: Final = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,  # one is enough to look at, and each takes minutes to shrink
)


@pytest.mark.timeout(600)  # over a server each of its hundreds of transactions takes ten times as long
def test_money_and_limits_are_as_on_paper_through_any_order_of_events(ground: Ground) -> None:
    run_state_machine_as_test(lambda: MoneyMachine(ground), settings=SETTINGS)  # type: ignore[arg-type]  # it takes a function too
