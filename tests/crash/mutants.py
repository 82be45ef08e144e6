"""Faults put into the bot on purpose, to prove that the checker finds them. Each is one that a product could have."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, TypeAlias
from uuid import uuid4

from discord.abc import Messageable

from cogs.delivery import DiscordDelivery
from services.database import Database, Row, Transaction, Values
from services.database.door import Result, Work
from services.database.postgresql import PostgresTransaction
from services.database.sqlite_transaction import SqliteTransaction
from services.generation import PostedMessage
from services.jobs import JobStore
from services.jobs.statements import WRITE
from services.models import FailureReason, Job, JobState

FetchOne: TypeAlias = Callable[..., Awaitable[Row | None]]
SETTLE: Final = "UPDATE jobs SET counts = :counts, held_microusd = :held_microusd WHERE id = :id"
WEIGHTS: Final = "SELECT id, counts, held_microusd FROM jobs WHERE id = :id"


def resubmit() -> None:
    """Send it again where nobody knows what became of a submit, as every engine of retries would."""
    move: Callable[..., Awaitable[Job]] = JobStore.move

    async def move_back(self: JobStore, job: Job, state: JobState, **changes: Any) -> Job:  # noqa: ANN401  # as it is called
        if changes.get("reason") is FailureReason.SUBMIT_UNKNOWN:
            return await move(self, job, JobState.QUEUED, now=changes["now"])
        return await move(self, job, state, **changes)

    JobStore.move = move_back  # type: ignore[method-assign]  # the mutation


def no_intent() -> None:
    """Send first, and write down afterwards that it was sent."""
    move: Callable[..., Awaitable[Job]] = JobStore.move

    async def move_late(self: JobStore, job: Job, state: JobState, **changes: Any) -> Job:  # noqa: ANN401  # as it is called
        if state is JobState.SUBMITTING:
            return replace(job, state=state, submitted_at=changes["now"])
        if job.state is JobState.SUBMITTING:
            waiting = replace(job, state=JobState.QUEUED, submitted_at=None)
            job = await move(self, waiting, JobState.SUBMITTING, now=changes["now"])
        return await move(self, job, state, **changes)

    JobStore.move = move_late  # type: ignore[method-assign]  # the mutation


def fresh_nonce() -> None:
    """Post with a nonce of its own for every try, which is what the library does unless told."""
    send: Callable[..., Awaitable[object]] = Messageable.send

    async def send_anew(self: Messageable, *texts: str, **options: object) -> object:
        return await send(self, *texts, **(options | {"nonce": uuid4().hex[:25]}))

    Messageable.send = send_anew  # type: ignore[method-assign, assignment]  # the mutation


def no_history() -> None:
    """Post without looking whether the message is there already."""

    async def see_nothing(self: Messageable, **options: object) -> AsyncIterator[object]:
        del self, options
        nobody: tuple[object, ...] = ()
        for message in nobody:
            yield message

    Messageable.history = see_nothing  # type: ignore[method-assign, assignment]  # the mutation


def blind_detour() -> None:
    """Go to the next place without looking whether the clip is already where it was perhaps posted."""

    async def find_nothing(self: DiscordDelivery, job: Job) -> PostedMessage | None:
        del self, job
        return None

    DiscordDelivery.find_result = find_nothing  # type: ignore[method-assign]  # the mutation


def settle_apart() -> None:
    """Settle what a job weighs in a transaction of its own, after the one that ended it.

    Between the two the file that `CRASH_WHILE` names is there: how many statements came before them differs from run
    to run, because transactions that wait together share a commit.
    """
    between = Path(os.environ["CRASH_WHILE"])
    transaction = Database.transaction
    owed: list[Values] = []

    def unsettled(fetch_one: FetchOne) -> FetchOne:
        async def write(self: Transaction, statement: str, values: Values | None = None) -> Row | None:
            if statement != WRITE or values is None or values["ended_at"] is None:
                return await fetch_one(self, statement, values)
            stored = await fetch_one(self, WEIGHTS, {"id": values["id"]}) or {}
            written = await fetch_one(self, statement, {**values, **stored})
            if written is not None and values["state"] != values["old_state"]:
                owed.append({name: values[name] for name in ("id", "counts", "held_microusd")})
            return written

        return write

    @asynccontextmanager
    async def settle_after(self: Database) -> AsyncGenerator[Transaction]:
        async with transaction(self) as tx:
            yield tx
        while owed:
            await asyncio.to_thread(between.touch)
            async with transaction(self) as tx:
                await tx.execute(SETTLE, owed.pop())

    for kind in (SqliteTransaction, PostgresTransaction):
        kind.fetch_one = unsettled(kind.fetch_one)  # type: ignore[method-assign, assignment]  # the mutation

    async def run_and_settle(self: Database, work: Work[Result]) -> Result:
        async with settle_after(self) as tx:
            return await work(tx)

    Database.transaction = settle_after  # type: ignore[method-assign]  # the mutation
    Database.run = run_and_settle  # type: ignore[method-assign]  # the same


def delete_first() -> None:
    """Take the clip off the disk, and post it from what is then nobody's."""
    post: Callable[..., Awaitable[PostedMessage]] = DiscordDelivery.post_result

    async def post_from_memory(self: DiscordDelivery, job: Job, clip: Path, **options: bool) -> PostedMessage:
        held = await asyncio.to_thread(clip.rename, Path(mkdtemp(dir=clip.parents[1])) / clip.name)
        return await post(self, job, held, **options)

    DiscordDelivery.post_result = post_from_memory  # type: ignore[method-assign]  # the mutation


MUTANTS: Final[Mapping[str, Callable[[], None]]] = {
    "resubmit": resubmit,
    "no-intent": no_intent,
    "fresh-nonce": fresh_nonce,
    "no-history": no_history,
    "blind-detour": blind_detour,
    "settle-apart": settle_apart,
    "delete-first": delete_first,
}
