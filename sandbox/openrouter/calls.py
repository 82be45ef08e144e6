"""One call of a route, from its arrival to its answer: it is logged, and the scripted faults are carried out."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from sandbox.faults import Answer, Delay, Fault, FaultScript, Reset, Silence, first_of
from sandbox.openrouter.account import Account
from sandbox.openrouter.bodies import Sent, send
from sandbox.openrouter.faults import BodyFault, JobPlan
from sandbox.openrouter.jobs import Jobs
from sandbox.openrouter.problems import Problem, missing_key, wrong_key
from sandbox.request_log import RequestLog

_LOOKED_INTO: Final = 1 << 20
"""Bytes of the largest submit that is searched for what it is about before the faults are chosen."""
_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


@dataclass(slots=True)
class Call:
    """A request on its way through the stand-in."""

    request: web.Request
    faults: tuple[Fault, ...]
    body: object = None
    """What was sent, once it is read."""
    dropped: tuple[str, ...] = ()
    job_id: str | None = None
    """The job that was made or asked for."""
    _account: Account = field(kw_only=True)

    @property
    def plan(self) -> JobPlan:
        """How the job that this call starts will go."""
        return first_of(JobPlan, self.faults) or JobPlan()

    @property
    def body_fault(self) -> BodyFault | None:
        """What is to go wrong while the clip is sent."""
        return next((fault for fault in self.faults if isinstance(fault, BodyFault)), None)

    def require_key(self) -> None:
        """Let only the key's owner pass.

        Raises:
            Problem: 401.
        """
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise missing_key()
        if not self._account.opens(token):
            raise wrong_key()


class NoAnswer(web.Response):
    """What a handler returns to aiohttp once the connection is cut: none of it is sent."""


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class Gate:
    """What every call passes through, on its way in and on its way out."""

    def __init__(self, *, account: Account, script: FaultScript, log: RequestLog, jobs: Jobs) -> None:
        self._account = account
        self._script = script
        self._log = log
        self._jobs = jobs

    def guard(self, route: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler as aiohttp takes it, under the name of its route."""

        async def enter(request: web.Request) -> web.StreamResponse:
            number = self._log.arrived(
                route=route,
                method=request.method,
                path=request.path,
                query=request.query,
                headers=self._without_key(request),
            )
            status: int | None = None
            call = Call(request, (), _account=self._account)
            try:
                call.body, prompt = await self._subject(request)
                self._log.amend(number, body=call.body)  # now: a fault may keep the call for ever
                call.faults = self._script.next_call(route, about=prompt)
                response = await self._perform(call, handler)
                status = None if isinstance(response, NoAnswer) else response.status
                return response
            finally:
                self._log.amend(number, body=call.body, dropped=call.dropped, subject=call.job_id, status=status)

        return enter

    async def _perform(self, call: Call, handler: Handler) -> web.StreamResponse:
        """Do the work and answer, or whatever the first fault that touches the call has instead."""
        fault = next((item for item in call.faults if isinstance(item, Answer | Reset | Silence | Delay)), None)
        if fault is None:
            return await _work(call, handler)
        if isinstance(fault, Delay) and not fault.after_work:
            await asyncio.sleep(fault.seconds)
            return await _work(call, handler)
        worked = await _work(call, handler) if fault.after_work else None
        match fault:
            case Answer():
                return _scripted(fault)
            case Reset():
                return _cut(call.request, hard=True)
            case Silence(seconds=seconds):
                await asyncio.sleep(seconds)
                return _cut(call.request, hard=False)
            case Delay(seconds=seconds):
                await asyncio.sleep(seconds)
                return worked or _cut(call.request, hard=False)

    async def _subject(self, request: web.Request) -> tuple[object, str]:
        """Return what was sent, where it is readable JSON, and the prompt of the job that is ordered or asked for."""
        job = self._jobs.get(request.match_info.get("job_id", ""))
        if job is not None:
            return None, job.order.prompt
        if request.method != "POST" or not 0 < (request.content_length or 0) <= _LOOKED_INTO:
            return None, ""
        try:
            body: object = json.loads(await request.read())
        except (ValueError, RecursionError):
            return None, ""  # to be refused by the route itself
        match body:
            case {"prompt": str(prompt)}:
                return body, prompt
            case _:
                return body, ""

    def _without_key(self, request: web.Request) -> Mapping[str, str]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "authorization" in headers:
            _, _, token = headers["authorization"].partition(" ")
            headers["authorization"] = "right key" if self._account.opens(token) else "wrong key"
        return headers


async def _work(call: Call, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(call)
    except Problem as problem:
        return problem.response()
    transport = call.request.transport
    if call.body_fault is None or not isinstance(response, web.Response) or transport is None or transport.is_closing():
        return response
    body = response.body if isinstance(response.body, bytes) else b""
    sent = Sent(body=body, kind=response.content_type, status=response.status)
    return await send(call.request, sent, fault=call.body_fault)


def _scripted(fault: Answer) -> web.Response:
    headers = CIMultiDict(fault.headers)
    if fault.json is not None:
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(fault.json).encode()
    else:
        headers.setdefault("Content-Type", "text/plain")
        body = fault.body if fault.text is None else fault.text.encode()
    return web.Response(body=body, status=fault.status, headers=headers)


def _cut(request: web.Request, *, hard: bool) -> NoAnswer:
    """End the connection without an answer; `hard` as a reset, else as an ordinary end."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if hard and connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        transport.abort()
    return NoAnswer()
