"""One WebSocket connection of a bot to the gateway, from HELLO to its close."""

import asyncio
import json
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord.forms import as_list, as_object
from sandbox.discord.gateway_hub import KNOWN_INTENTS, PRIVILEGED, GatewayHub
from sandbox.discord.payloads import gateway_guild_payload, own_user_payload
from sandbox.discord.sessions import Session, Shard
from sandbox.discord.world import World

UNKNOWN_OPCODE: Final = 4001
DECODE_ERROR: Final = 4002
NOT_AUTHENTICATED: Final = 4003
AUTHENTICATION_FAILED: Final = 4004
ALREADY_AUTHENTICATED: Final = 4005
INVALID_SEQUENCE: Final = 4007
SESSION_TIMED_OUT: Final = 4009
INVALID_SHARD: Final = 4010
INVALID_INTENTS: Final = 4013
DISALLOWED_INTENTS: Final = 4014

HEARTBEAT: Final = 1
IDENTIFY: Final = 2
PRESENCE: Final = 3
VOICE_STATE: Final = 4
RESUME: Final = 6
REQUEST_MEMBERS: Final = 8
IGNORED: Final = frozenset({PRESENCE, VOICE_STATE, REQUEST_MEMBERS})
PATIENCE: Final = 1.5
"""Heartbeat intervals of silence after which a connection counts as dead."""


class GatewayClosedError(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Gateway:
    """The HTTP handler behind the gateway's address."""

    def __init__(self, *, world: World, hub: GatewayHub, token: str) -> None:
        self.url = ""
        """Where a bot is told to resume; known once the server listens."""
        self.world = world
        self.hub = hub
        self.token = token

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if not self.hub.accepts_connections:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        socket = web.WebSocketResponse(max_msg_size=1 << 20, compress=False)
        await socket.prepare(request)
        connection = Connection(gateway=self, socket=socket, request=request)
        await connection.serve()
        return socket


class Connection:
    """Speaks the gateway's protocol with one client; an `Outlet` for its session."""

    def __init__(self, *, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._gateway = gateway
        self._socket = socket
        self._request = request
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._session: Session | None = None
        self._closed_by_us = False
        self._is_silent = False

    def send(self, text: str) -> None:
        """Queue one frame."""
        if not self._is_silent:
            self._outbox.put_nowait(text)

    def close(self, code: int) -> None:
        """Queue the end of the connection."""
        self._outbox.put_nowait(code)

    def abort(self) -> None:
        """Cut the TCP connection."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def fall_silent(self) -> None:
        """Say nothing any more, not even to a heartbeat."""
        self._is_silent = True

    async def serve(self) -> None:
        """Read until the client goes or is thrown out."""
        writer = asyncio.create_task(self._write(), name="gateway-writer")
        self._send_op(10, {"heartbeat_interval": self._gateway.hub.heartbeat_interval, "_trace": ["sandbox"]})
        try:
            await self._read()
        except GatewayClosedError as closed:
            self.close(closed.code)
            await writer
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._leave()

    async def _write(self) -> None:
        while True:
            item = await self._outbox.get()
            if isinstance(item, int):
                self._closed_by_us = True
                await self._socket.close(code=item)
                return
            try:
                await self._write_frame(item)
            except ConnectionError:
                return

    async def _write_frame(self, text: str) -> None:
        if self._deflate is None:
            await self._socket.send_str(text)
            return
        packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self._socket.send_bytes(packed)

    async def _read(self) -> None:
        patience = self._gateway.hub.heartbeat_interval / 1000 * PATIENCE
        while True:
            try:
                message = await self._socket.receive(timeout=patience)
            except TimeoutError:
                raise GatewayClosedError(SESSION_TIMED_OUT) from None
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            self._receive(_decoded(cast("str | bytes", message.data)))

    def _receive(self, frame: Mapping[str, object]) -> None:
        match frame.get("op"):
            case 1:
                self._send_op(11, None)
            case 2:
                self._identify(as_object(frame.get("d")))
            case 6:
                self._resume(as_object(frame.get("d")))
            case int() as op if op in IGNORED:
                if self._session is None:
                    raise GatewayClosedError(NOT_AUTHENTICATED)
            case _:
                raise GatewayClosedError(UNKNOWN_OPCODE)

    def _identify(self, data: Mapping[str, object]) -> None:
        if self._session is not None:
            raise GatewayClosedError(ALREADY_AUTHENTICATED)
        self._require_token(data)
        session = Session(shard=_shard(data.get("shard")), intents=self._intents(data.get("intents")))
        self._session = session
        session.attach(self, seen=0)
        self._greet(session)
        self._gateway.hub.open(session)

    def _greet(self, session: Session) -> None:
        world = self._gateway.world
        guilds = [guild for guild in world.bot_guilds() if session.shard.serves(guild.id)]
        ready: dict[str, Any] = {
            "v": 10,
            "user": own_user_payload(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._gateway.url,
            "shard": [session.shard.index, session.shard.count],
            "application": {"id": str(world.application.id), "flags": 0},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "user_settings_proto": "",
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "_trace": ["sandbox"],
        }
        session.dispatch("READY", ready)
        if session.intents & 1:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", gateway_guild_payload(world, guild))

    def _resume(self, data: Mapping[str, object]) -> None:
        if self._session is not None:
            raise GatewayClosedError(ALREADY_AUTHENTICATED)
        self._require_token(data)
        seen = data.get("seq")
        session = self._gateway.hub.resumable(str(data.get("session_id")))
        if session is None or not isinstance(seen, int) or not session.can_replay_after(seen):
            self._send_op(9, data=False)
            return
        if seen > session.sequence:
            raise GatewayClosedError(INVALID_SEQUENCE)
        if session.outlet is not None:
            session.outlet.abort()
        self._session = session
        session.attach(self, seen=max(0, seen - self._gateway.hub.told_twice))
        session.dispatch("RESUMED", {"_trace": ["sandbox"]})
        self._gateway.hub.came_back()

    def _require_token(self, data: Mapping[str, object]) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._gateway.token:
            raise GatewayClosedError(AUTHENTICATION_FAILED)

    def _intents(self, intents: object) -> int:
        if not isinstance(intents, int) or not 0 <= intents <= KNOWN_INTENTS:
            raise GatewayClosedError(INVALID_INTENTS)
        if intents & PRIVILEGED & ~self._gateway.world.application.privileged_intents:
            raise GatewayClosedError(DISALLOWED_INTENTS)
        return intents

    def _leave(self) -> None:
        if self._session is None:
            return
        self._session.detach(self)
        # Discord ends the session when the client says goodbye with one of these; an echo of our own close is none.
        said_goodbye = self._socket.close_code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY}
        if said_goodbye and not self._closed_by_us:
            self._gateway.hub.forget(self._session)
        self._gateway.hub.went_away()

    def _send_op(self, op: int, data: object) -> None:
        self.send(json.dumps({"op": op, "d": data, "s": None, "t": None}))


def _decoded(raw: str | bytes) -> Mapping[str, object]:
    try:
        return as_object(json.loads(raw))
    except ValueError:
        raise GatewayClosedError(DECODE_ERROR) from None


def _shard(value: object) -> Shard:
    if value is None:
        return Shard()
    match as_list(value):
        case [int() as index, int() as count] if 0 <= index < count:
            return Shard(index=index, count=count)
        case _:
            raise GatewayClosedError(INVALID_SHARD)
