"""The stand-in's remote control, for tests that run it as a process of its own. Its own requests are not logged.

GET    /_control/requests            every request, oldest first
GET    /_control/jobs                every job, oldest first
GET    /_control/ledger              every charge, and their sum
GET    /_control/faults              the faults in force
POST   /_control/faults[?replace=1]  a list of faults: added to those in force, or put in their place
DELETE /_control/faults              none
POST   /_control/clock               {"speed": 10, "advance": 30}, each optional
POST   /_control/account             {"limit": 5, "remaining": 0, "key_is_valid": false}, each optional
POST   /_control/reset               as if just started; the clock runs on, at its usual speed
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from json import dumps
from typing import Annotated, Final, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.faults import Fault
from sandbox.openrouter.account import Account, Charge
from sandbox.openrouter.clock import Clock
from sandbox.openrouter.faults import check_places, read_faults, write_faults
from sandbox.openrouter.jobs import Jobs
from sandbox.request_log import RequestLog

PREFIX: Final = "/_control"
_json: Final = partial(web.json_response, dumps=partial(dumps, default=str))


class Controlled(Protocol):
    """What the remote control moves: the stand-in."""

    requests: RequestLog
    clock: Clock
    account: Account
    jobs: Jobs

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge until now."""
        ...

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in force."""
        ...

    def script(self, *faults: Fault) -> None:
        """Put faults in force."""
        ...

    def clear_faults(self) -> None:
        """Put none in force."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class _ClockBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speed: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    advance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class _AccountBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Decimal | None = None
    remaining: Decimal | None = None
    key_is_valid: bool | None = None


class Control:
    """Answers the remote control's requests."""

    def __init__(self, stand_in: Controlled) -> None:
        self._stand_in = stand_in

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every route."""
        for method, path, handler in (
            ("GET", "/requests", self.requests),
            ("GET", "/jobs", self.jobs),
            ("GET", "/ledger", self.ledger),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.script),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/clock", self.clock),
            ("POST", "/account", self.account),
            ("POST", "/reset", self.reset),
        ):
            router.add_route(method, PREFIX + path, _refusing(handler))

    async def requests(self, _: web.Request) -> web.Response:
        """List the requests."""
        return _json([asdict(record) for record in self._stand_in.requests])

    async def jobs(self, _: web.Request) -> web.Response:
        """List the jobs."""
        now = self._stand_in.clock.now()
        return _json(
            [
                {
                    "id": job.id,
                    "status": job.status(now),
                    "model": job.order.model.id,
                    "prompt": job.order.prompt,
                    "seconds": job.order.seconds,
                    "width": job.order.pixels.width,
                    "height": job.order.pixels.height,
                    "audio": job.order.audio,
                    "cost": job.cost,
                }
                for job in self._stand_in.jobs.values()
            ],
        )

    async def ledger(self, _: web.Request) -> web.Response:
        """List the charges."""
        charges = self._stand_in.ledger
        total = sum((charge.usd for charge in charges), Decimal(0))
        return _json({"charges": [asdict(charge) for charge in charges], "total_usd": total})

    async def faults(self, _: web.Request) -> web.Response:
        """List the faults."""
        return _json(write_faults(self._stand_in.faults))

    async def script(self, request: web.Request) -> web.Response:
        """Put faults in force."""
        faults = read_faults(await request.read())
        check_places(faults)
        if request.query.get("replace") in {"1", "true"}:
            self._stand_in.clear_faults()
        self._stand_in.script(*faults)
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Put none in force."""
        self._stand_in.clear_faults()
        return await self.faults(request)

    async def clock(self, request: web.Request) -> web.Response:
        """Jump ahead in time, and change its speed."""
        clock, body = self._stand_in.clock, _ClockBody.model_validate_json(await request.read())
        clock.advance(body.advance)
        if body.speed is not None:
            clock.run_at(body.speed)
        return _json({"speed": clock.speed, "now": clock.now()})

    async def account(self, request: web.Request) -> web.Response:
        """Change what the key may do. A `remaining` without a `limit` is a limit of just that."""
        body = _AccountBody.model_validate_json(await request.read())
        account = self._stand_in.account
        if body.key_is_valid is not None:
            account.key_is_valid = body.key_is_valid
        if body.model_fields_set & {"limit", "remaining"}:
            account.set_limit(body.remaining if body.limit is None else body.limit, remaining=body.remaining)
        return _json(account.describe())

    async def reset(self, _: web.Request) -> web.Response:
        """Forget everything."""
        self._stand_in.reset()
        return _json({})


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _refusing(handler: _Handler) -> _Handler:
    """Answer 400 with the reason where the handler finds the request wrong."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ValueError as error:
            return _json({"error": str(error)}, status=400)

    return answer
