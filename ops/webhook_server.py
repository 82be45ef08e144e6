"""Listens for the video API's webhooks, where an owner wants them: behind a reverse proxy, off by default.

Beside them it serves single clips, to whoever has a signed link to one.

Anybody in the world may knock here, so everything is small and short: a connection carries one request and lives for
some seconds whatever it does (for minutes where it fetches a clip), there are only so many of them, and of a body no
more is read than a message can need. What is refused is not logged with its path, its body or its signature.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from ops.downloads import LONGEST_DOWNLOAD, Download, Downloads, FindOriginal
from ops.listener import LINGER, Listener
from services.errors import StorageError
from services.generation.links import is_original
from services.jobs import Hearing
from services.openrouter.events import remote_id_in
from services.settings import Settings
from services.webhooks import SIGNATURE_HEADER, is_signed, token_in

MOST_BYTES: Final = 64 * 1024
"""Of a body. A message has about five hundred."""
MOST_CONNECTIONS: Final = 32
LONGEST_CONNECTION: Final = timedelta(seconds=20)
_LINGER: Final = 0.5
"""Seconds in which the rest of a refused body is let pass, so that whoever sends it can still read the refusal."""

Hear = Callable[[str, str], Awaitable[Hearing]]

log = structlog.get_logger(__name__)


@asynccontextmanager
async def listening(
    settings: Settings,
    *,
    hear: Hear,
    find_original: FindOriginal,
    clock: Callable[[], datetime],
    beside_others: bool = False,
) -> AsyncGenerator[None]:
    """Listen in the block, where the owner wants it. Raises as `WebhookServer.start` does.

    `beside_others` says that further processes of ours may listen at the same port of this machine.
    """
    if settings.webhook_secret is None:
        yield
        return
    secret = settings.webhook_secret.get_secret_value()
    async with WebhookServer(secret=secret, hear=hear, find_original=find_original, clock=clock) as webhooks:
        await webhooks.start(host=settings.webhook_host, port=settings.webhook_port, beside_others=beside_others)
        yield


class WebhookServer(Listener):
    """Checks every message and hands it on to `hear`, with the token in its address and the remote id that it names.

    Without `find_original`, which returns the file behind the path of a link, there are no clips here.
    """

    def __init__(
        self,
        *,
        secret: str,
        hear: Hear,
        clock: Callable[[], datetime],
        find_original: FindOriginal | None = None,
        longest_connection: timedelta = LONGEST_CONNECTION,
    ) -> None:
        super().__init__()
        self._secret = secret
        self._hear = hear
        self._now = clock
        self._longest = longest_connection
        self._downloads = Downloads(find_original) if find_original else None
        self._door: _Door | None = None
        self._has_warned = False

    async def start(self, *, host: str, port: int, beside_others: bool = False) -> None:
        """Begin to listen; port 0 takes any that is free, and one port may be for several processes of ours.

        Raises:
            ConfigurationError: nothing can listen there.
        """
        self._door = _Door(self._answer, longest=self._longest)
        runner = web.ServerRunner(self._door, shutdown_timeout=LINGER)
        hint = "another program does, or this machine has no such address"
        await self._listen(runner, host=host, port=port, setting="WEBHOOK_PORT", hint=hint, shared=beside_others)
        log.info("webhooks_listening", host=host, port=self.port)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._downloads is not None and is_original(request.path):
            return await self._serve(self._downloads, request)
        response = web.Response(status=await self._judge(request))
        response.force_close()
        if response.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = "POST"
        return response

    async def _serve(self, downloads: Downloads, request: web.BaseRequest) -> web.StreamResponse:
        """Answer whoever has a link, or pretends to; a file takes longer than a message."""
        try:
            response = await downloads.answer(request)
        except StorageError:
            log.exception("original_not_found")
            response = web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.force_close()
        if isinstance(response, Download) and self._door is not None:
            self._door.let_stay(request.protocol, longest=LONGEST_DOWNLOAD)
        return response

    async def _judge(self, request: web.BaseRequest) -> HTTPStatus:
        """Check a message, the cheapest first. Until it is signed, nothing depends on whether the address exists."""
        token = token_in(request.path)
        if token is None:
            return HTTPStatus.NOT_FOUND
        if (refusal := _refusal_unread(request)) is not None:
            return refusal
        body = await _read(request)
        if body is None:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if not is_signed(body, signature=request.headers[SIGNATURE_HEADER], secret=self._secret, now=self._now()):
            self._warn_of_signature()
            return HTTPStatus.UNAUTHORIZED
        return await self._take(token, body)

    async def _take(self, token: str, body: bytes) -> HTTPStatus:
        """Hand a signed message on. Whoever sent it sends it again where the answer is no success."""
        remote_id = remote_id_in(body)
        if remote_id is None:
            return HTTPStatus.BAD_REQUEST
        try:
            hearing = await self._hear(token, remote_id)
        except StorageError:
            log.exception("webhook_not_stored")
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.NOT_FOUND if hearing is Hearing.NO_SUCH_ADDRESS else HTTPStatus.NO_CONTENT

    def _warn_of_signature(self) -> None:
        """Say it once: it may be a wrong WEBHOOK_SECRET, and it may be anybody who knocks all day."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("webhook_signature_wrong", hint="is WEBHOOK_SECRET the signing secret of your workspace?")


class _Door(web.Server):
    """Lets only so many in at once, and nobody stay long: slow headers, bodies and readers are all cut off."""

    def __init__(
        self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], *, longest: timedelta
    ) -> None:
        super().__init__(
            handler,
            access_log=None,
            logger=_quiet_logger(),
            # The signature is over the bytes as they come, and nothing is unpacked here.
            auto_decompress=False,
            lingering_time=_LINGER,
        )
        self._longest = longest
        self._cuts: dict[RequestHandler, asyncio.TimerHandle] = {}

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._cuts) >= MOST_CONNECTIONS:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._cuts[handler] = loop.call_later(self._longest.total_seconds(), transport.abort)

    def let_stay(self, handler: RequestHandler, *, longest: timedelta) -> None:
        """Give somebody who is in more time from now on."""
        cut, transport = self._cuts.get(handler), handler.transport
        if cut is not None and transport is not None:
            cut.cancel()
            loop = asyncio.get_running_loop()
            self._cuts[handler] = loop.call_later(longest.total_seconds(), transport.abort)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        cut = self._cuts.pop(handler, None)
        if cut is not None:
            cut.cancel()


def _refusal_unread(request: web.BaseRequest) -> HTTPStatus | None:
    """Return why a request is refused before anything of its body is read, or None."""
    if request.method != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED
    if "Content-Encoding" in request.headers:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if len(request.headers.getall(SIGNATURE_HEADER, [])) != 1:
        return HTTPStatus.UNAUTHORIZED
    return None


async def _read(request: web.BaseRequest) -> bytes | None:
    """Return the body, or None as soon as it is known to be too long."""
    if (request.content_length or 0) > MOST_BYTES:
        return None
    body = b""
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return body


def _quiet_logger() -> logging.Logger:
    """Return a logger for the server that keeps what strangers send to itself, and tells our own mistakes."""
    logger = logging.Logger("webhook_server")  # noqa: LOG001  # our own, so that its filter is nobody else's
    logger.parent = logging.getLogger()
    logger.addFilter(lambda record: not _is_strangers_fault(record))
    return logger


def _is_strangers_fault(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return error is None or isinstance(error, HttpProcessingError | OSError)
