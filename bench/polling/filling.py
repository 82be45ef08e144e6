"""Fills the worker's file before it is measured: jobs that wait, and those from which a running bot has learned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bench.polling.durations import durations
from bench.polling.policies import REMEMBERED, Ours, play
from bench.polling.scene import FIRST_LOOK, SPEC, UPLOAD_LIMIT, store_over
from bench.polling.task import NOON, PROMPT
from services.database import Database
from services.jobs import JobStore, NewJob
from services.models import Job, JobState, Requester
from services.schedule import Finish, Schedule

FIRST_ID: Final = 10**18
"""Of the interactions: as long as Discord's own."""
JOBS_OF_A_SERVER: Final = 20
JOBS_OF_A_MEMBER: Final = 5
MICROUSD: Final = 100_000
EVERY: Final = timedelta(seconds=10)
UNREMEMBERED: Final = 200
"""Jobs before those that are remembered: their looks were learned from these."""
SEED: Final = 99
"""Not one of a run's: nobody knows beforehand how long its jobs take."""
APART: Final = timedelta(minutes=15)
LEASE: Final = timedelta(minutes=10)


async def fill(path: Path, *, jobs: int, window: float, past: int = REMEMBERED) -> None:
    """Make a file in which so many jobs wait, each due at its arrival: reserved and answered, as by `/video`.

    Of `past` others it says how they went: as many as are learned from.
    """
    database = await Database.open(path)
    try:
        store = store_over(database, running_at_once=jobs)
        for number, finish in enumerate(_finished(past), start=1):
            await _make(store, -number, finish, at=NOON - number * APART)
        for number in range(jobs):
            await _ask(store, number, at=NOON + timedelta(seconds=window * number / jobs))
    finally:
        await database.close()


def _finished(jobs: int) -> Sequence[Finish]:
    """Return how so many jobs went that were looked at as the bot does once it has learned, newest first."""
    policy = Ours(schedule=Schedule(first=FIRST_LOOK, every=EVERY), learns=True)
    play(policy, durations(UNREMEMBERED + REMEMBERED, seed=SEED), seed=SEED)
    return [*policy.finishes][:jobs]


async def _ask(store: JobStore, number: int, *, at: datetime) -> Job:
    job = (await store.reserve(_new(number, at=at), _requester(number), now=at)).job
    return await store.acknowledge(job.id, job.interaction_id, now=at) or job


async def _make(store: JobStore, number: int, finish: Finish, *, at: datetime) -> None:
    """Let a job go through all its states at once, with the times of one that took as long."""
    queued, done = await _ask(store, number, at=at), at + finish.done
    [job] = await store.claim(now=at, lease=LEASE)
    job = await store.move(job, JobState.SUBMITTING, now=at)
    job = await store.move(job, JobState.GENERATING, now=at, remote_id=f"gen-vid-past-{queued.id}")
    job = replace(job, seen_at=None if finish.ran is None else at + finish.ran)
    job = await store.move(job, JobState.DOWNLOADING, now=done, cost_microusd=MICROUSD)
    job = await store.move(job, JobState.DELIVERING, now=done)
    job = await store.begin_delivery(job, now=done)
    job = await store.move(job, JobState.DELIVERED, now=done, result=(queued.channel_id, queued.interaction_id))
    await store.told(job, now=done, next_at=None)


def _new(number: int, *, at: datetime) -> NewJob:
    return NewJob(
        interaction_id=FIRST_ID + number,
        channel_id=FIRST_ID + number // JOBS_OF_A_SERVER,
        prompt=PROMPT.format(number=number),
        spec=SPEC,
        upload_limit=UPLOAD_LIMIT,
        estimate_microusd=MICROUSD,
        reserved_microusd=MICROUSD,
        created_at=at,
    )


def _requester(number: int) -> Requester:
    return Requester(user_id=FIRST_ID + number // JOBS_OF_A_MEMBER, guild_id=FIRST_ID + number // JOBS_OF_A_SERVER)
