"""Runs the REST routes: logs each call, plays the scripted faults, checks the token, reads the body, answers."""

import asyncio
import hashlib
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.faults import Fault, FaultKind, FaultScript
from sandbox.discord.log import Authorization, RequestLog, RequestRecord, SentFile
from sandbox.discord.multipart import Body, read_body
from sandbox.discord.rest.calls import Answer, Call, Route
from sandbox.discord.spool import Spool

BASE: Final = "/api/v10"
CALLS_PER_SECOND: Final = 1000
"""What the rate limit headers promise: so generous that no client ever waits."""
NO_LINGER: Final = struct.pack("ii", 1, 0)


class ConnectionCutError(Exception):
    """The connection is to be reset instead of answered."""


class RestServer:
    """The routes below /api/v10, with everything that is common to them."""

    def __init__(
        self, *, routes: Sequence[Route], token: str, spool: Spool, log: RequestLog, faults: FaultScript
    ) -> None:
        self._routes = routes
        self._token = token
        self._spool = spool
        self._log = log
        self._faults = faults
        self._closing = asyncio.Event()

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the routes to an application, and an answer in Discord's form for every other path."""
        for route in self._routes:
            router.add_route(route.method, BASE + route.path, self._served(route))
        router.add_route("*", BASE + "/{unknown:.*}", self._unknown)

    def close(self) -> None:
        """Let calls end that a fault keeps hanging."""
        self._closing.set()

    def _served(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            number = self._note(request, route.template)
            try:
                response = await self._play(request, route, number)
            except ConnectionCutError:
                _reset(request)
                return web.Response(status=HTTPStatus.NO_CONTENT)
            self._log.close(number, status=response.status)
            return response

        return serve

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        number = self._note(request, "")
        response = _json_response(Answer(status=HTTPStatus.NOT_FOUND, payload=ApiError(Refusal.NOT_FOUND).payload()))
        self._log.close(number, status=response.status)
        return response

    def _note(self, request: web.Request, template: str) -> int:
        headers = {name: value for name, value in request.headers.items() if name != hdrs.AUTHORIZATION}
        record = RequestRecord(
            number=len(self._log.records),
            method=request.method,
            path=request.raw_path,
            route=template,
            headers=headers,
            authorization=self._authorization(request),
            received_at=datetime.now(UTC),
        )
        self._log.open(record)
        return record.number

    def _authorization(self, request: web.Request) -> Authorization:
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is None:
            return Authorization.NONE
        return Authorization.BOT if header == f"Bot {self._token}" else Authorization.WRONG

    async def _play(self, request: web.Request, route: Route, number: int) -> web.Response:
        """Do what the call asks, with the fault that the script has for it."""
        fault = self._faults.take(route.template, request.raw_path)
        if fault is None:
            return await self._perform(request, route, number)
        self._log.note_fault(number, fault.kind)
        match fault.kind:
            case FaultKind.RESET:
                raise ConnectionCutError
            case FaultKind.HANG:
                await self._closing.wait()
                raise ConnectionCutError
            case FaultKind.ANSWER | FaultKind.RATE_LIMIT:
                # Read what was sent, as a proxy would, or the client stumbles over its own upload.
                await self._read(request, number)
                return _scripted(fault)
            case FaultKind.DELAY:
                await self._sleep(fault.seconds)
                return await self._perform(request, route, number)
            case FaultKind.DELAY_ANSWER:
                response = await self._perform(request, route, number)
                await self._sleep(fault.seconds)
                return response
            case FaultKind.ANSWER_AFTER_DOING:
                await self._perform(request, route, number)
                return _scripted(fault)
            case FaultKind.RESET_AFTER_DOING:
                await self._perform(request, route, number)
                raise ConnectionCutError

    async def _sleep(self, seconds: float) -> None:
        """Wait, but not longer than the stand-in lives."""
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _perform(self, request: web.Request, route: Route, number: int) -> web.Response:
        try:
            body = await self._read(request, number)
            if route.needs_token and self._authorization(request) is not Authorization.BOT:
                raise ApiError(Refusal.UNAUTHORIZED)  # noqa: TRY301  # one place renders every refusal
            call = Call(params=dict(request.match_info), query=request.query, body=body)
            answer = route.handler(call)
        except ApiError as error:
            answer = Answer(status=error.refusal.status, payload=error.payload())
        response = _json_response(answer)
        _add_common_headers(response, route)
        return response

    async def _read(self, request: web.Request, number: int) -> Body:
        body = await read_body(request, self._spool)
        files = tuple(
            SentFile(name=file.filename, size=file.size, sha256=file.sha256, content_type=file.content_type)
            for file in body.files
        )
        self._log.note_body(number, body=body.json, files=files)
        return body


def _json_response(answer: Answer) -> web.Response:
    if answer.payload is None:
        return web.Response(status=answer.status)
    # Exactly this type, without a charset: clients compare it.
    return web.Response(status=answer.status, body=json.dumps(answer.payload).encode(), content_type="application/json")


def _scripted(fault: Fault) -> web.Response:
    if fault.kind is FaultKind.RATE_LIMIT:
        response = _json_response(Answer(status=HTTPStatus.TOO_MANY_REQUESTS, payload=_rate_limited(fault)))
        if fault.says_when:
            response.headers["Retry-After"] = str(max(1, round(fault.seconds)))
        response.headers["X-RateLimit-Scope"] = fault.scope
        if fault.is_global:
            response.headers["X-RateLimit-Global"] = "true"
    elif fault.text is not None:
        response = web.Response(status=fault.status, text=fault.text, content_type=fault.content_type)
    else:
        bare = {"message": f"{fault.status}: {HTTPStatus(fault.status).phrase}", "code": 0}
        response = _json_response(Answer(status=fault.status, payload=bare if fault.json is None else fault.json))
    if fault.is_by_discord:
        # Without it clients take a 429 for a ban of their address.
        response.headers["Via"] = "1.1 google"
    response.headers.update(fault.headers)
    return response


def _rate_limited(fault: Fault) -> dict[str, object]:
    body: dict[str, object] = {"message": "You are being rate limited.", "global": fault.is_global}
    return body | ({"retry_after": fault.seconds} if fault.says_when else {})


def _add_common_headers(response: web.Response, route: Route) -> None:
    response.headers["Via"] = "1.1 google"
    if not route.has_rate_limit:
        return
    response.headers["X-RateLimit-Limit"] = str(CALLS_PER_SECOND)
    response.headers["X-RateLimit-Remaining"] = str(CALLS_PER_SECOND - 1)
    response.headers["X-RateLimit-Reset"] = f"{time.time() + 1:.3f}"
    response.headers["X-RateLimit-Reset-After"] = "1.000"
    response.headers["X-RateLimit-Bucket"] = hashlib.md5(route.template.encode(), usedforsecurity=False).hexdigest()


def _reset(request: web.Request) -> None:
    """End the connection with a TCP reset rather than an orderly close."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    transport.abort()
