"""The changes once more, one after the other: whether a limit was ever passed, and whether anybody was passed over.

R1  what is held never goes over the budget, but by what was billed beyond what had been stated
R2  a member has at most so many videos a day in a server, R3 and over all servers
R4  a member has at most so many under way in a server
R5  at most so many are upstream at once
R6  a server gets no further place while another waits that has two fewer
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.fleet.chronicle import Change, NewBudget

CERTAINLY_SEEN: Final = 2_000
"""Milliseconds: what began to wait, or gave up a place, just now, a claim that is under way may not have seen yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits that the fleet was started with."""

    budget_microusd: int
    per_day: int
    everywhere_per_day: int
    under_way: int
    running_at_once: int


@dataclass(slots=True, kw_only=True)
class Replay:
    """How things stand after the changes until now."""

    rules: Rules
    violations: list[str] = field(default_factory=list[str])
    most: Counter[str] = field(default_factory=Counter[str])
    """How close to each limit it came, in per cent."""
    turns: Counter[int] = field(default_factory=Counter[int])
    """How often each server was given a place."""
    longest_free: int = 0
    """Milliseconds for which a job that was due, and nobody's, lay there until somebody took it."""
    _budget: int = 0
    _held: int = 0
    _running: int = 0
    _counted: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    _everywhere: Counter[int] = field(default_factory=Counter[int])
    _under_way: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    _jobs: dict[int, Change] = field(default_factory=dict[int, Change])
    """As each is now."""
    _alive: dict[int, Change] = field(default_factory=dict[int, Change])
    _given_up: list[Change] = field(default_factory=list[Change])
    """By which changes places became free, the last ones."""

    def run(self, changes: Sequence[Change | NewBudget]) -> None:
        """Go through all of them."""
        self._budget = self.rules.budget_microusd
        last_of_turn = _last_of_turns(changes)
        for change in changes:
            if isinstance(change, NewBudget):
                self._budget = change.microusd
                continue
            before = self._jobs.get(change.id)
            self._weigh(change, before)
            if before is not None and before.state != "queued" and change.fence > before.fence:
                self.longest_free = max(self.longest_free, change.at - _free_from(before))
            if before is not None and before.has_place(change.at) and not change.has_place(change.at):
                self._given_up.append(change)
            self._jobs[change.id] = self._alive[change.id] = change
            if change.has_ended:
                del self._alive[change.id]
            for turn in last_of_turn.get(change.number, ()):
                self.turns[turn.guild_id] += 1
            if change.number in last_of_turn:
                self._compare({turn.guild_id for turn in last_of_turn[change.number]}, at=change.at)

    def _weigh(self, change: Change, before: Change | None) -> None:
        rules, member = self.rules, (change.guild_id, change.user_id)
        self._held += _share(change) - (_share(before) if before else 0)
        counted = change.counts - (before.counts if before else 0)
        self._counted[member] += counted
        self._everywhere[change.user_id] += counted
        self._under_way[member] += (not change.has_ended) - (before is not None and not before.has_ended)
        self._running += change.is_running - (before is not None and before.is_running)
        if before is None:
            # Only who comes in can pass these; afterwards they only go down.
            self._require("R1 budget", change, self._held, self._budget)
            self._require("R2 day", change, self._counted[member], rules.per_day)
            self._require("R3 day everywhere", change, self._everywhere[change.user_id], rules.everywhere_per_day)
            self._require("R4 under way", change, self._under_way[member], rules.under_way)
        self._require("R5 running at once", change, self._running, rules.running_at_once)

    def _require(self, rule: str, change: Change, value: int, limit: int) -> None:
        self.most[rule] = max(self.most[rule], 100 * value // limit)
        if value > limit:
            self.violations.append(f"{rule}: {value} of {limit} after change {change.number}, of job {change.id}")

    def _compare(self, served: set[int], *, at: int) -> None:
        """Demand that whoever was given places had no more before than those who still wait."""
        self._given_up = [change for change in self._given_up if change.at + CERTAINLY_SEEN > at]
        freed = Counter(change.guild_id for change in self._given_up)
        places = Counter(job.guild_id for job in self._alive.values() if job.has_place(at))
        waiting = {job.guild_id: job.id for job in self._alive.values() if _waits(job, at=at)}
        for guild_id in served:
            for other, job_id in waiting.items():
                if places[guild_id] > places[other] + freed[other] + 1:
                    self.violations.append(
                        f"R6 server {guild_id} got its place {places[guild_id]} "
                        f"while {other} waited with {places[other]} (job {job_id}, at {at})"
                    )


def _share(change: Change) -> int:
    """Return what a job holds of what it was allowed: a bill may be higher than what had been stated."""
    return min(change.held, change.reserved)


def _waits(job: Change, *, at: int) -> bool:
    if job.state != "queued" or not job.is_in_line or job.next_at is None:
        return False
    return _free_from(job) + CERTAINLY_SEEN <= at


def _free_from(job: Change) -> int:
    """Return from when on anybody may take it."""
    return max(job.at, job.next_at or 0, job.lease_until)


def _last_of_turns(changes: Sequence[Change | NewBudget]) -> dict[int, Sequence[Change]]:
    """Return what each claim called up, by the number of its last change."""
    by_claim: dict[int, list[Change]] = defaultdict(list)
    for turn in _turns(changes):
        by_claim[turn.transaction].append(turn)
    return {turns[-1].number: turns for turns in by_claim.values()}


def _turns(changes: Sequence[Change | NewBudget]) -> Iterator[Change]:
    """Yield the changes by which a job that waited was called up."""
    fences: dict[int, int] = {}
    for change in changes:
        if isinstance(change, Change):
            if change.is_called_up and change.fence > fences.get(change.id, change.fence):
                yield change
            fences[change.id] = change.fence
