"""What a signed message does to a job in each state, and that money is charged once in whatever order things happen."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack, suppress
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

from services.database import Database, stored
from services.errors import StaleJobError, StorageError
from services.jobs import Callbacks, Hearing
from services.jobs import callbacks as room
from services.limits import BotLimits, NoticeBook, NoticeKind
from services.limits.audit import latest
from services.models import FOUND_FROM, FailureReason, Job, JobState
from services.webhooks import Callback, new_callback
from tests.refusing import BY_TRIGGER, BY_UNIQUENESS
from tests.services.jobs.plans import whole_reads
from tests.services.jobs.samples import ESTIMATED, LEASE, NOON, RESERVED, House, asker, house_over, manager, owner
from tests.stored import Ground, anywhere

T = TypeVar("T")
REMOTE: Final = "gen-vid-1791447875-kcvDiEOcJLDv7t6LWyap"
LATER: Final = NOON + timedelta(seconds=60)
"""While a lease of noon is still held."""
UNKNOWN: Final = FailureReason.SUBMIT_UNKNOWN


@dataclass(slots=True, kw_only=True)
class Post:
    """The callbacks over the books, and how often the worker was woken."""

    house: House
    callbacks: Callbacks
    woken: list[None] = field(default_factory=list[None])

    async def sent(self, job: Job, *, callback: Callback | None = None) -> tuple[Job, str]:
        """Begin a job's submit; return its view and the token of its address."""
        callback = callback or new_callback("https://bot.example")
        sent = await self.house.jobs.move(job, JobState.SUBMITTING, now=NOON, callback=callback)
        return sent, callback.url.rpartition("/")[2]

    async def sending(self, *, user: int = 1) -> tuple[Job, str]:
        return await self.sent(await self.house.queued(user))

    async def unknown(self, *, user: int = 1) -> tuple[Job, str]:
        """Make a job that was given up because nobody knows whether it was bought, and whose member was told so."""
        job, token = await self.sending(user=user)
        job = await self.house.jobs.move(job, JobState.FAILED, now=NOON, reason=UNKNOWN)
        return await self.house.jobs.told(job, now=NOON, next_at=None), token

    async def row(self, job: Job) -> Any:  # noqa: ANN401  # a row
        [row] = await self.house.rows("SELECT * FROM jobs WHERE id = :id", {"id": job.id})
        return row

    async def notices(self) -> list[NoticeKind]:
        return [notice.kind for notice in await NoticeBook(database=self.house.database).untold()]


def post_of(house: House) -> Post:
    woken: list[None] = []
    callbacks = Callbacks(
        database=house.database,
        limits=house.limits,
        servers=house.servers,
        wake=lambda: woken.append(None),
        clock=_clock_of_the_loop,
    )
    return Post(house=house, callbacks=callbacks, woken=woken)


def _clock_of_the_loop() -> datetime:
    """Return the time in the event loop's thread, as clocks may that know no other."""
    asyncio.get_running_loop()
    return LATER


@pytest.fixture
def post(house: House) -> Post:
    return post_of(house)


# --- the address ---------------------------------------------------------------------------------------------------


async def test_the_address_is_written_with_the_intent_to_submit_and_only_as_a_digest(post: Post) -> None:
    job, token = await post.sending()

    [row] = await post.house.rows("SELECT * FROM callbacks")
    assert (row["job_id"], len(row["digest"])) == (job.id, 64)
    assert token not in row["digest"]


async def test_an_address_is_not_written_where_the_job_was_taken_from_us(post: Post) -> None:
    job = await post.house.queued()
    await post.house.jobs.cancel(job.id, now=NOON, told=True)

    with pytest.raises(StaleJobError):
        await post.sent(job)

    assert await post.house.rows("SELECT * FROM callbacks") == []


async def test_a_second_submit_has_an_address_of_its_own_and_the_first_is_forgotten(post: Post) -> None:
    job, first = await post.sending()
    waiting = await post.house.jobs.move(job, JobState.QUEUED, now=NOON)
    _, second = await post.sent(waiting)

    assert await post.callbacks.hear(first, REMOTE) is Hearing.NO_SUCH_ADDRESS
    assert await post.callbacks.hear(second, REMOTE) is Hearing.FOUND


async def test_an_address_that_nobody_made_does_nothing(post: Post) -> None:
    await post.unknown()
    before = await post.house.rows("SELECT * FROM jobs")

    assert await post.callbacks.hear("a" * 43, REMOTE) is Hearing.NO_SUCH_ADDRESS

    assert await post.house.rows("SELECT * FROM jobs") == before
    assert post.woken == []


# --- a job that is under way ---------------------------------------------------------------------------------------


async def test_a_running_job_is_looked_at_now_and_nothing_else_is_believed(post: Post) -> None:
    job, token = await post.sending()
    job = await post.house.jobs.move(job, JobState.GENERATING, now=NOON, remote_id=REMOTE)
    [held] = await post.house.jobs.claim(now=NOON, lease=LEASE)

    assert await post.callbacks.hear(token, REMOTE) is Hearing.LOOKING

    [claimed] = await post.house.jobs.claim(now=LATER, lease=LEASE)
    assert (claimed.id, claimed.state, claimed.cost_microusd) == (job.id, JobState.GENERATING, None)
    assert len(post.woken) == 1
    with pytest.raises(StaleJobError):
        await post.house.jobs.move(held, JobState.DOWNLOADING, now=LATER)


@pytest.mark.parametrize("state", [JobState.DOWNLOADING, JobState.DELIVERING, JobState.DELIVERED])
async def test_a_job_that_has_gone_on_is_left_alone(post: Post, state: JobState) -> None:
    job, token = await post.sending()
    running = await post.house.jobs.move(job, JobState.GENERATING, now=NOON, remote_id=REMOTE)
    job = await post.house.walked(running, state)
    before = await post.row(job)

    assert await post.callbacks.hear(token, REMOTE) is Hearing.NOTHING_TO_DO
    assert await post.row(job) == before


async def test_a_job_that_failed_for_a_reason_that_is_known_has_ended(post: Post) -> None:
    for reason in set(FailureReason) - {UNKNOWN}:
        job, token = await post.sending(user=hash(reason) % 1_000_000)
        job = await post.house.jobs.move(job, JobState.FAILED, now=NOON, reason=reason)
        before = await post.row(job)

        assert await post.callbacks.hear(token, f"{REMOTE}-{reason}") is Hearing.NOTHING_TO_DO
        assert await post.row(job) == before


# --- an unknown submit gets its id back ----------------------------------------------------------------------------


async def test_a_job_goes_on_whose_submit_was_cut_off_by_a_crash(post: Post) -> None:
    job, token = await post.sending()

    assert await post.callbacks.hear(token, REMOTE) is Hearing.FOUND

    row = await post.row(job)
    assert (row["state"], row["remote_id"], row["submitted_at"]) == ("generating", REMOTE, stored(NOON))
    assert (row["counts"], row["held_microusd"]) == (1, RESERVED)
    assert await post.notices() == []
    with pytest.raises(StaleJobError):
        await post.house.jobs.move(job, JobState.FAILED, now=LATER, reason=UNKNOWN)


async def test_a_job_goes_on_that_was_sent_back_in_line_although_it_had_been_accepted(post: Post) -> None:
    job, token = await post.sending()
    job = await post.house.jobs.move(job, JobState.QUEUED, now=NOON)

    assert await post.callbacks.hear(token, REMOTE) is Hearing.FOUND

    assert (await post.house.stored(job)).state is JobState.GENERATING
    with pytest.raises(StaleJobError):
        await post.house.jobs.move(job, JobState.SUBMITTING, now=LATER)


async def test_a_job_that_was_given_up_goes_on_and_counts_again(post: Post) -> None:
    job, token = await post.unknown()
    assert (await post.row(job))["counts"] == 0

    assert await post.callbacks.hear(token, REMOTE) is Hearing.FOUND

    row = await post.row(job)
    assert (row["state"], row["reason"], row["ended_at"], row["told_at"]) == ("generating", None, None, None)
    assert (row["counts"], row["held_microusd"], row["next_at"]) == (1, RESERVED, stored(LATER))
    [claimed] = await post.house.jobs.claim(now=LATER, lease=LEASE)
    done = await post.house.walked(claimed, JobState.DELIVERED, now=LATER)
    row = await post.row(done)
    assert (row["counts"], row["held_microusd"]) == (1, 400_000)


async def test_the_owners_notice_is_resolved_and_the_record_says_what_became_of_the_money(post: Post) -> None:
    job, token = await post.unknown()
    assert await post.notices() == [NoticeKind.UNKNOWN]

    await post.callbacks.hear(token, REMOTE)

    assert await post.notices() == [NoticeKind.FOUND]
    assert await post.house.jobs.unknown(most=9) == []
    [entry] = await latest(post.house.database, job.guild_id, most=9)
    assert (entry.actor_id, entry.action, entry.subject) == (0, "found", f"video {job.id}")
    assert (entry.before, entry.after) == (f"held={RESERVED}", f"held={RESERVED}")


async def test_money_that_the_owner_had_set_free_is_held_again(post: Post) -> None:
    job, token = await post.unknown()
    await post.house.jobs.resolve(job.id, owner(), was_spent=False, now=NOON)
    assert (await post.row(job))["held_microusd"] == 0

    assert await post.callbacks.hear(token, REMOTE) is Hearing.FOUND

    row = await post.row(job)
    assert (row["held_microusd"], row["resolved_at"]) == (RESERVED, None)
    entry, _ = await latest(post.house.database, job.guild_id, most=9)
    assert (entry.before, entry.after) == ("held=0", f"held={RESERVED}")


async def test_what_the_owner_says_after_it_was_found_changes_nothing(post: Post) -> None:
    job, token = await post.unknown()
    await post.callbacks.hear(token, REMOTE)

    assert await post.house.jobs.resolve(job.id, owner(), was_spent=False, now=LATER) is None
    assert (await post.row(job))["held_microusd"] == RESERVED


async def test_a_message_that_comes_again_changes_nothing_but_the_time_of_the_next_look(post: Post) -> None:
    job, token = await post.unknown()

    heard = [await post.callbacks.hear(token, REMOTE) for _ in range(3)]

    assert heard == [Hearing.FOUND, Hearing.LOOKING, Hearing.LOOKING]
    assert await post.notices() == [NoticeKind.FOUND]
    assert len(await latest(post.house.database, job.guild_id, most=9)) == 1


async def test_a_job_that_the_api_denied_goes_on_under_its_own_id_only(post: Post) -> None:
    job, token = await post.sending()
    job = await post.house.jobs.move(job, JobState.GENERATING, now=NOON, remote_id=REMOTE)
    job = await post.house.jobs.move(job, JobState.FAILED, now=NOON, reason=UNKNOWN)

    assert await post.callbacks.hear(token, "another") is Hearing.ANOTHER_VIDEO
    assert (await post.house.stored(job)).state is JobState.FAILED
    assert await post.callbacks.hear(token, REMOTE) is Hearing.FOUND


async def test_no_job_gets_a_video_that_is_anothers(post: Post) -> None:
    other, _ = await post.sending(user=1)
    await post.house.jobs.move(other, JobState.GENERATING, now=NOON, remote_id=REMOTE)
    job, token = await post.unknown(user=2)

    assert await post.callbacks.hear(token, REMOTE) is Hearing.ANOTHER_VIDEO
    assert (await post.house.stored(job)).reason is UNKNOWN


async def test_a_bonus_that_was_used_again_meanwhile_is_no_bonus_below_nothing(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=9, attempts_per_video=9))
    post = post_of(house)
    for interaction in (1, 2):
        await house.limits.grant(1, 1, manager(interaction=interaction), now=NOON)
    await house.job(JobState.DELIVERED)
    _, token = await post.unknown()
    await house.job(JobState.DELIVERED)
    await house.job(JobState.DELIVERED)

    await post.callbacks.hear(token, REMOTE)

    allowance, _, _ = await house.jobs.standing(asker(), at=NOON, latest=1)
    assert (allowance.bonus_left, allowance.left) == (0, 0)


# --- what the schema itself refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["queued", "submitting"])
async def test_the_schema_lets_no_ended_job_be_sent_again(post: Post, state: str) -> None:
    job, _ = await post.unknown()

    with pytest.raises(StorageError, match=BY_TRIGGER):
        await post.house.rows(
            f"UPDATE jobs SET state = '{state}', reason = NULL, ended_at = NULL, next_at = 1 WHERE id = {job.id}"  # noqa: S608  # words from above
        )


@pytest.mark.parametrize("reason", sorted(set(FailureReason) - {UNKNOWN}))
async def test_the_schema_lets_only_an_unknown_submit_go_on(house: House, reason: FailureReason) -> None:
    await house.failed(reason)

    with pytest.raises(StorageError, match=BY_TRIGGER):
        await house.rows("UPDATE jobs SET state = 'generating', reason = NULL, ended_at = NULL, next_at = 1")


async def test_the_schema_keeps_a_remote_id_when_a_job_goes_on(house: House) -> None:
    await house.failed(UNKNOWN)

    with pytest.raises(StorageError, match=BY_TRIGGER):
        await house.rows(
            "UPDATE jobs SET state = 'generating', reason = NULL, ended_at = NULL, next_at = 1, remote_id = 'x'"
        )


async def test_two_jobs_cannot_share_an_address(post: Post) -> None:
    callback = new_callback("https://bot.example")
    await post.sent(await post.house.queued(), callback=callback)

    with pytest.raises(StorageError, match=BY_UNIQUENESS):
        await post.sent(await post.house.queued(2), callback=callback)


@pytest.mark.parametrize("statement", [room._BY_ADDRESS, room._ANOTHER, room._LOOK_NOW, room._NOT_RESOLVED])  # pyright: ignore[reportPrivateUsage]  # the plan is what matters
async def test_no_statement_of_a_message_reads_the_whole_history(house: House, statement: str) -> None:
    assert await whole_reads(house.database, statement) == []


def test_the_worker_has_no_way_out_of_an_end() -> None:
    assert {state for state, reason in FOUND_FROM if reason is not None} == {JobState.FAILED}
    assert {reason for _, reason in FOUND_FROM} == {None, UNKNOWN}


# --- money, whatever the order -------------------------------------------------------------------------------------


class MessageMachine(RuleBasedStateMachine):
    """Submits whose answers are lost, messages in any order and number, an owner who guesses, and a process that dies.

    Whatever happens: a video is bought once, a job weighs what its state says, and in the end every video that was
    bought is delivered, counts once and weighs its bill once, and the owner has heard of each turn once.
    """

    BILL: Final = ESTIMATED

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ending = ExitStack()
        self.database = self.run(Database.open(self.ending.enter_context(anywhere(ground)).where))
        self.house: House = house_over(self.database, running_at_once=100)
        self.post = post_of(self.house)
        self.tokens: dict[int, str] = {}
        self.bought: dict[int, str] = {}
        """The truth at the video API: remote ids by job."""
        self.hands: dict[int, Job] = {}
        """What the worker holds; some of it is an old view."""
        self.is_free: set[int] = set()
        """What the owner said of jobs that are unknown."""
        self.turns: dict[int, list[str]] = {}
        """What the owner has to hear of each job, in order."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def rows(self) -> Sequence[Any]:
        return self.run(self.house.rows("SELECT * FROM jobs ORDER BY id"))

    @initialize(users=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def members_ask(self, users: list[int]) -> None:
        for user in users:
            job, token = self.run(self.post.sending(user=user))
            self.hands[job.id], self.tokens[job.id], self.turns[job.id] = job, token, []

    def drawn(self, data: st.DataObject) -> Job:
        return self.hands[data.draw(st.sampled_from(sorted(self.hands)))]

    def move(self, job: Job, state: JobState, **what: Any) -> bool:  # noqa: ANN401  # of `move`
        with suppress(StaleJobError):
            self.hands[job.id] = self.run(self.house.jobs.move(job, state, now=NOON, **what))
            return True
        return False

    @rule(data=st.data(), is_heard=st.booleans())
    def a_submit_is_accepted(self, data: st.DataObject, is_heard: bool) -> None:  # noqa: FBT001  # by keyword
        job = self.drawn(data)
        if job.state is not JobState.SUBMITTING:
            return
        remote_id = self.bought.setdefault(job.id, f"remote-{job.id}")
        if is_heard:
            self.move(job, JobState.GENERATING, remote_id=remote_id)

    @rule(data=st.data())
    def a_submit_is_given_up(self, data: st.DataObject) -> None:
        job = self.drawn(data)
        if job.state in {JobState.SUBMITTING, JobState.GENERATING} and self.move(job, JobState.FAILED, reason=UNKNOWN):
            self.turns[job.id].append("unknown")
            if data.draw(st.booleans()):
                self.hands[job.id] = self.run(self.house.jobs.told(self.hands[job.id], now=NOON, next_at=None))

    @precondition(lambda self: self.bought)
    @rule(data=st.data(), copies=st.integers(1, 3), is_stray=st.booleans())
    def a_message_comes(self, data: st.DataObject, copies: int, is_stray: bool) -> None:  # noqa: FBT001  # by keyword
        number = data.draw(st.sampled_from(sorted(self.bought)))
        self.tell(number, copies=copies)
        others = sorted(set(self.tokens) - {number})
        if is_stray and others:
            # What is signed does not say where it goes: a message at the address of another job moves none.
            before = self.rows()
            self.run(self.post.callbacks.hear(self.tokens[data.draw(st.sampled_from(others))], self.bought[number]))
            assert self.rows() == before

    def tell(self, number: int, *, copies: int = 1) -> None:
        """Let the video API tell of a job; the first copy finds it, if anything was lost."""
        for _ in range(copies):
            [before] = [row for row in self.rows() if row["id"] == number]
            hearing = self.run(self.post.callbacks.hear(self.tokens[number], self.bought[number]))
            may_be_found = (before["state"], before["reason"]) in {(state.value, why) for state, why in FOUND_FROM}
            assert (hearing is Hearing.FOUND) == may_be_found
            if before["reason"] == UNKNOWN:
                self.turns[number].append("found")
                self.is_free.discard(number)

    @rule(data=st.data(), was_spent=st.booleans())
    def the_owner_says_what_became_of_the_money(self, data: st.DataObject, was_spent: bool) -> None:  # noqa: FBT001  # by keyword
        job = self.drawn(data)
        if self.run(self.house.jobs.resolve(job.id, owner(), was_spent=was_spent, now=NOON)) and not was_spent:
            self.is_free.add(job.id)

    @rule(data=st.data())
    def the_worker_goes_a_step(self, data: st.DataObject) -> None:
        self.step(self.drawn(data))

    def step(self, job: Job) -> None:
        match job.state:
            case JobState.GENERATING:
                self.move(job, JobState.DOWNLOADING, cost_microusd=self.BILL)
            case JobState.DOWNLOADING:
                self.move(job, JobState.DELIVERING)
            case JobState.DELIVERING:
                self.move(job, JobState.DELIVERED, result=(1, 2))
            case _:
                pass

    @rule()
    def the_process_dies_and_another_reads_what_is_stored(self) -> None:
        self.run(self.house.jobs.release(everybody=True))
        self.read_anew()

    def read_anew(self) -> None:
        self.run(self.house.jobs.claim(now=LATER, lease=LEASE))
        self.hands = {number: self.run(self.house.stored(job)) for number, job in self.hands.items()}

    @invariant()
    def a_job_weighs_what_its_state_says(self) -> None:
        for row in self.rows():
            match row["state"]:
                case "failed":
                    expected = (0, 0 if row["id"] in self.is_free else RESERVED)
                case "delivered":
                    expected = (1, self.BILL)
                case _:
                    expected = (1, RESERVED)
            assert (row["counts"], row["held_microusd"]) == expected
            assert row["remote_id"] in (None, self.bought.get(row["id"]))

    @invariant()
    def the_owner_hears_of_each_turn_once(self) -> None:
        rows = self.run(self.house.rows("SELECT kind, job_id FROM notices WHERE job_id IS NOT NULL"))
        for number, turns in self.turns.items():
            kinds = [row["kind"] for row in rows if row["job_id"] == number]
            assert kinds.count("unknown") == (turns[-1:] == ["unknown"])
            # Found again in the same millisecond, which the clock of this test never leaves, is one notice.
            assert kinds.count("found") == ("found" in turns)

    def teardown(self) -> None:
        for number in self.bought:
            self.tell(number)
        self.read_anew()
        for _ in range(4):
            for job in list(self.hands.values()):
                self.step(job)
        for row in self.rows():
            if row["id"] in self.bought:
                assert (row["state"], row["counts"], row["held_microusd"]) == ("delivered", 1, self.BILL)
        self.run(self.database.close())
        self.loop.close()
        self.ending.close()


SETTINGS: Final = settings(max_examples=12, stateful_step_count=20, deadline=None)


def test_every_video_that_was_bought_is_delivered_and_weighs_its_bill_once(ground: Ground) -> None:
    run_state_machine_as_test(lambda: MessageMachine(ground), settings=SETTINGS)  # type: ignore[arg-type]  # it takes a function too
