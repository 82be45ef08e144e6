"""The webhooks of the stand-in: one signed message for each job that ends, sent again until it is taken.

A callback address must be https, as there. Nothing here speaks TLS or asks a name server: `reach` says which loopback
server stands behind a public origin, as a reverse proxy does. When and how often the real service tries again is not
published; what is here is made up, and so is that every try is signed anew.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from time import time
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from sandbox.faults import FaultScript, first_of
from sandbox.openrouter.clock import Clock
from sandbox.openrouter.faults import WebhookPlan
from sandbox.openrouter.jobs import Job
from sandbox.request_log import RequestLog

ROUTE: Final = "webhook"
SIGNATURE: Final = "X-OpenRouter-Signature"
IDEMPOTENCY: Final = "X-OpenRouter-Idempotency-Key"
TOLD: Final = frozenset({"completed", "failed", "cancelled", "expired"})
"""The ends that there is a message for."""
_LOOK_EVERY: Final = 0.01
"""Seconds between looks whether a job has ended: where it stands is a function of a clock that tells nobody."""
_PATIENCE: Final = 10.0
"""Seconds that one try may take."""


def signature(body: bytes, *, secret: str, at: int) -> str:
    """Return the header's value: HMAC-SHA256 over the unix time, a comma (not a dot), and the raw body."""
    digest = hmac.new(secret.encode(), f"{at},".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def event(job: Job, *, status: str, origin: str, now: float) -> dict[str, object]:
    """Return the message about a job that has ended."""
    told = job.describe(now, origin=origin)
    shown = ("generation_id", "unsigned_urls", "usage", "error")
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "type": f"video.generation.{status}",
        "created_at": moment,
        "data": {"id": job.id, "status": status, "model": job.order.model.id}
        | {name: told[name] for name in shown if name in told},
    }


class Webhooks:
    """Sends what is due. `secret` is the workspace's signing secret; without one nothing is signed, as there.

    Every try is in `log`, under the route `webhook`, with the address as its path and the job's id as its subject;
    a status of None is a try that reached nobody.
    """

    def __init__(
        self, *, script: FaultScript, clock: Clock, retry_after: Iterable[float] = (0.2, 0.5, 1, 2, 5)
    ) -> None:
        self.secret: str | None = None
        self.log = RequestLog()
        self._script = script
        self._clock = clock
        self._retry_after = tuple(retry_after)
        self._servers: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def reach(self, origin: str, *, at: str) -> None:
        """Let addresses below a public origin, such as `https://bot.example`, be answered by `http://host:port`."""
        self._servers[origin] = at

    def open(self) -> None:
        """Be ready to send, in the running event loop."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))

    async def close(self) -> None:
        """Send nothing more."""
        sending = tuple(self._sending)
        self.clear()
        await asyncio.gather(*sending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def clear(self) -> None:
        """Forget what was sent and what is still to be sent."""
        for task in self._sending:
            task.cancel()
        self.log.clear()

    def expect(self, job: Job, url: str | None, *, origin: str) -> None:
        """Tell that address when the job has ended. `origin` is the stand-in's own, for addresses in the message."""
        if url is not None:
            plan = first_of(WebhookPlan, self._script.next_call(ROUTE)) or WebhookPlan()
            task = asyncio.create_task(self._tell(job, url, plan, origin=origin), name=f"webhook of {job.id}")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _tell(self, job: Job, url: str, plan: WebhookPlan, *, origin: str) -> None:
        while not job.ended(self._clock.now()):  # noqa: ASYNC110  # a clock that jumps sets no event
            await asyncio.sleep(_LOOK_EVERY)
        status = job.status(self._clock.now())
        if plan.is_missing or status not in TOLD:
            return
        await asyncio.sleep(plan.seconds)
        message = event(job, status=status, origin=origin, now=self._clock.now()) | dict(plan.fields)
        body = json.dumps(message, separators=(",", ":")).encode()
        await asyncio.gather(*(self._send(job, url, body, status=status, plan=plan) for _ in range(plan.copies)))

    async def _send(self, job: Job, url: str, body: bytes, *, status: str, plan: WebhookPlan) -> None:
        """Try until the answer is a success, or it has been tried often enough."""
        for wait in (*self._retry_after, None):
            headers = {"Content-Type": "application/json", IDEMPOTENCY: f"{job.id}-{status}"} | self._signed(body, plan)
            answer = await self._post(url, body, headers=headers, job_id=job.id)
            if wait is None or (answer is not None and 200 <= answer < 300):  # noqa: PLR2004  # any success
                return
            await asyncio.sleep(wait)

    def _signed(self, body: bytes, plan: WebhookPlan) -> dict[str, str]:
        secret = plan.secret or self.secret
        if secret is None:
            return {}
        return {SIGNATURE: signature(body, secret=secret, at=int(time() + plan.signed_at))}

    async def _post(self, url: str, body: bytes, *, headers: Mapping[str, str], job_id: str) -> int | None:
        parts = urlsplit(url)
        server = self._servers.get(f"{parts.scheme}://{parts.netloc}")
        number = self.log.arrived(route=ROUTE, method="POST", path=url, query={}, headers=headers)
        status: int | None = None
        if server is not None and self._session is not None:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.post(server + parts.path, data=body, headers=headers) as response:
                    status = response.status
        self.log.amend(number, body=json.loads(body), subject=job_id, status=status)
        return status
