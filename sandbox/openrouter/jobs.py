"""The jobs of the stand-in: where each stands is a function of the clock, and a completed one is charged once."""

import asyncio
import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import time
from typing import Final

from sandbox.openrouter.account import Account
from sandbox.openrouter.clock import Clock
from sandbox.openrouter.faults import JobPlan, UsageShown
from sandbox.openrouter.order import Order
from sandbox.openrouter.pricing import price

PREFIX: Final = "/api/v1"
_PENDING_PART: Final = 0.25
"""The share of its time that a job spends waiting before it says that it is being worked on."""
_ERRORS: Final = {
    "failed": "Video generation failed",
    "cancelled": "Job was cancelled",
    "expired": "Job exceeded maximum time to live",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One accepted submit."""

    id: str
    order: Order
    plan: JobPlan
    started_at: float
    """On the stand-in's clock."""
    seconds: float
    """How long it takes, on the stand-in's clock."""
    cost: Decimal | None
    """Dollars; None where the model's price lines do not say."""
    clip: asyncio.Task[Path] | None
    """The clip in the making; None for a job that is not to have one."""

    def status(self, now: float) -> str:
        """Return the word for where the job stands. It is not done before its clip is."""
        elapsed = now - self.started_at
        if self.plan.never_ends:
            return "pending"
        if elapsed >= self.seconds and (self.clip is None or self.clip.done()):
            return "failed" if self.clip is not None and not _made(self.clip) else self.plan.status
        return "in_progress" if self.plan.shows_progress and elapsed >= self.seconds * _PENDING_PART else "pending"

    def ended(self, now: float) -> bool:
        """Whether nothing more will happen."""
        return self.status(now) not in {"pending", "in_progress"}

    def describe(self, now: float, *, origin: str) -> dict[str, object]:
        """Return the answer to `GET /videos/{id}`. `origin` is `http://host:port`."""
        status = self.status(now)
        body: dict[str, object] = {
            "id": self.id,
            "generation_id": self.id,
            "polling_url": f"{PREFIX}/videos/{self.id}",
            "status": status,
        }
        if status == "completed":
            base = f"{origin}{PREFIX}/videos/{self.id}/content?index="
            body |= {"unsigned_urls": [f"{base}{index}" for index in range(self.plan.outputs)]} | self._usage()
        elif self.ended(now) and (error := self._error(status)) is not None:
            body["error"] = error
        return body | dict(self.plan.fields) | (dict(self.plan.final_fields) if self.ended(now) else {})

    def _error(self, status: str) -> object:
        if self.clip is not None and self.clip.done() and not _made(self.clip):
            reason = "cancelled" if self.clip.cancelled() else repr(self.clip.exception())
            return f"The stand-in could not make the clip: {reason}"
        return _ERRORS.get(status) if self.plan.error is None else self.plan.error

    def _usage(self) -> dict[str, object]:
        if self.plan.usage is UsageShown.NOTHING:
            return {}
        told = None if self.plan.usage is UsageShown.NULL or self.cost is None else float(self.cost)
        return {"usage": {"cost": told, "is_byok": False}}


def _made(clip: asyncio.Task[Path]) -> bool:
    """Whether a clip that is done is there."""
    return not clip.cancelled() and clip.exception() is None


class Jobs(Mapping[str, Job]):
    """Every job by its id, oldest first."""

    def __init__(self, *, clock: Clock, account: Account) -> None:
        self._clock = clock
        self._account = account
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, Job] = {}

    def __getitem__(self, job_id: str) -> Job:
        return self._jobs[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def start(self, order: Order, plan: JobPlan, *, seconds: float, clip: asyncio.Task[Path] | None) -> Job:
        """Accept an order. `seconds` is how long it takes where the plan does not say."""
        job = Job(
            id=_new_id(),
            order=order,
            plan=plan,
            started_at=self._clock.now(),
            seconds=seconds if plan.seconds is None else plan.seconds,
            cost=price(order.model.pricing_skus, order.sale) if plan.cost is None else plan.cost,
            clip=clip,
        )
        self._jobs[job.id] = self._running[job.id] = job
        return job

    def settle(self) -> None:
        """Charge every job that has completed since the last time, whether or not anyone asked for it."""
        now = self._clock.now()
        for job in [job for job in self._running.values() if job.ended(now)]:
            del self._running[job.id]
            if job.status(now) == "completed" and job.cost is not None:
                self._account.charge(job.id, job.cost)

    def clear(self) -> None:
        """Forget all jobs, and stop making their clips."""
        for job in self._jobs.values():
            if job.clip is not None:
                job.clip.cancel()
        self._jobs.clear()
        self._running.clear()


def _new_id() -> str:
    """Return an id in the newer of the two formats that were seen."""
    alphabet = string.ascii_letters + string.digits
    return f"gen-vid-{int(time())}-{''.join(secrets.choice(alphabet) for _ in range(20))}"
