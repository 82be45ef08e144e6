"""Where bytes leave and arrive: which session carries the key, and what a broken connection proves.

The key travels in one header that is added per request, by a method that takes a path and no address. So no address
that the API names, and no redirect, can ever receive it.
"""

import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import aiohttp
import structlog
from yarl import URL  # aiohttp's own type for an address that must not be quoted again

from services.errors import TryLaterError
from services.measures import UNMEASURED, Measures
from services.openrouter.addresses import checked_base, checked_key, may_be_followed

_log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

_CONNECTIONS: Final = 256
"""Looks under way at once, with the downloads. Five thousand jobs are looked at some 400 times a second, so that these
are enough for answers that take half a second; each may cost some 50 KiB, and a process may have 1,024 by default."""
CHUNK: Final = 256 * 1024
"""Bytes of a clip that are read and written at once. A few of them are in memory at any time, whatever it weighs."""
_PIECE: Final = 64 * 1024
_LARGEST_JSON: Final = 8 * 1024 * 1024
_MOST_REDIRECTS: Final = 3
_JSON_HEADERS: Final = {"Content-Type": "application/json"}
_CLIP_HEADERS: Final = {"Accept": "video/mp4"}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. A submit waits for the model's provider to accept, which may take a minute and with pictures three."""

    connect: float = 10
    submit: float = 180
    poll: float = 30
    download: float = 600
    stall: float = 30
    """The longest silence within a download."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How the bot names itself to the API; without an address the API shows no page for it."""

    name: str | None = None
    url: str | None = None

    def headers(self) -> dict[str, str]:
        """The documented headers, for the fields that are set."""
        named = {"HTTP-Referer": self.url, "X-OpenRouter-Title": self.name}
        found = {header: value for header, value in named.items() if value and value.isprintable()}
        return found | {"X-OpenRouter-Categories": "video-gen"} if found else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer. The headers are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """No connection was made, so not a byte of the request can have arrived."""


class CutOffError(Exception):
    """The connection was made and then failed: the request may have arrived."""


class Transport:
    """The sessions. Use as `async with`; who opens it closes it."""

    def __init__(
        self,
        *,
        key: str | None,
        base_url: str,
        timeouts: Timeouts,
        attribution: Attribution,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._base = checked_base(base_url)
        self._headers = {"Accept": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {checked_key(key)}"
        self._headers |= attribution.headers()
        self._timeouts = timeouts
        self._measures = measures
        self._stack = AsyncExitStack()
        self._sessions: _Sessions | None = None

    async def open(self) -> None:
        """Make the sessions. Needs a running loop."""
        async with AsyncExitStack() as stack:
            sessions = _Sessions(
                api=await stack.enter_async_context(_session()),
                # Every submit gets a connection of its own. On one kept alive, the far end may hang up just as we
                # write, and nobody could tell whether a video was bought.
                submits=await stack.enter_async_context(_session(force_close=True)),
                plain=await stack.enter_async_context(_session()),
            )
            self._stack = stack.pop_all()
        self._sessions = sessions

    async def close(self) -> None:
        """Close the sessions. Harmless twice."""
        self._sessions = None
        await self._stack.aclose()

    async def get(self, op: str, path: str) -> Reply:
        """Read a path.

        Raises:
            NotSentError, CutOffError: the connection.
        """
        return await self._exchange(op, self._opened.api, "GET", path, total=self._timeouts.poll)

    async def post(self, op: str, path: str, *, body: bytes) -> Reply:
        """Send a JSON document, once, over a fresh connection. Raises as `get` does."""
        session = self._opened.submits
        return await self._exchange(op, session, "POST", path, total=self._timeouts.submit, sent=body)

    async def _exchange(
        self,
        op: str,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        *,
        total: float,
        sent: bytes | None = None,
    ) -> Reply:
        limits = aiohttp.ClientTimeout(total=total, connect=self._timeouts.connect)
        began, status = time.monotonic(), None
        headers = self._headers if sent is None else self._headers | _JSON_HEADERS
        # As a file, so that a large one goes out piece by piece; a small one would only wait for the thread that reads.
        data = sent if sent is None or len(sent) <= _PIECE else BytesIO(sent)
        try:
            async with session.request(
                method, self._address(path), headers=headers, data=data, timeout=limits, allow_redirects=False
            ) as answer:
                status = answer.status
                body = await (whole(answer) if answer.ok else beginning(answer))
                return Reply(status=status, headers=answer.headers, body=body)
        # aiohttp's own exceptions can show the request's headers, and so the key: `from None`, and no text of theirs.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CutOffError(type(error).__name__) from None
        finally:
            seconds = time.monotonic() - began
            self._measures.asked(op, status=status, seconds=seconds)
            # Asked first, because structlog prepares a whole line before the level is looked at, and looks are many.
            if logging.getLogger(__name__).isEnabledFor(logging.DEBUG):
                _log.debug("openrouter_call", op=op, status=status, seconds=round(seconds, 3))

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        """Begin to read a clip. A redirect is followed without the key, by hand and not far.

        Raises:
            TryLaterError: redirected to where we do not go.
            aiohttp.ClientError, TimeoutError: the connection. The caller translates them, as it reads on.
        """
        sessions = self._opened
        address, session, headers = self._address(path), sessions.api, self._headers | _CLIP_HEADERS
        for hop in range(_MOST_REDIRECTS + 1):
            async with self._get_clip(session, address, headers, route="storage" if hop else "download") as answer:
                if answer.status not in _REDIRECTS:
                    yield answer
                    return
                address, session, headers = self._next_hop(answer), sessions.plain, _CLIP_HEADERS
        raise TryLaterError(detail="redirected too often")

    @asynccontextmanager
    async def _get_clip(
        self, session: aiohttp.ClientSession, address: URL, headers: Mapping[str, str], *, route: str
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        began, status = time.monotonic(), None
        try:
            async with session.get(
                address,
                headers=headers,
                timeout=aiohttp.ClientTimeout(connect=self._timeouts.connect, sock_read=self._timeouts.stall),
                allow_redirects=False,
                auto_decompress=False,
                read_bufsize=CHUNK,
            ) as answer:
                status = answer.status
                yield answer
        finally:
            self._measures.asked(route, status=status, seconds=time.monotonic() - began)

    def has_key_in(self, answer: aiohttp.ClientResponse) -> bool:
        """Whether this answer is the API's own, and not that of an address it redirected to."""
        return "Authorization" in answer.request_info.headers

    @property
    def _opened(self) -> "_Sessions":
        if self._sessions is None:
            raise RuntimeError("the client is not open")
        return self._sessions

    def _address(self, path: str) -> URL:
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError("only a path below the base address may be asked for with the key")
        return URL(self._base + path, encoded=True)

    def _next_hop(self, answer: aiohttp.ClientResponse) -> URL:
        try:
            # As it stands: quoting a signed address anew could break its signature.
            hop = answer.url.join(URL(answer.headers["Location"], encoded=True))
            hop.port  # noqa: B018  # parsed when it is asked for
        except (KeyError, ValueError):
            raise TryLaterError(status=answer.status, detail="redirected to no address") from None
        if hop.user or hop.password or not may_be_followed(hop.scheme, hop.host, beside=self._base):
            raise TryLaterError(status=answer.status, detail="redirected to an address that is not followed")
        return hop


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sessions:
    api: aiohttp.ClientSession
    submits: aiohttp.ClientSession
    plain: aiohttp.ClientSession


def _session(*, force_close: bool = False) -> aiohttp.ClientSession:
    # No cookies, no proxies or passwords from the environment, and nothing that would have to be inflated.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=force_close, limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"User-Agent": "discord-video-bot", "Accept-Encoding": "identity"},
    )


async def whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body, if it has at most `_LARGEST_JSON` bytes; `ClientPayloadError` otherwise."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > _LARGEST_JSON:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(body)


async def beginning(answer: aiohttp.ClientResponse) -> bytes:
    """As much of a failure's body as came, at most `_PIECE` bytes and a bit: its status has said what matters."""
    body = bytearray()
    with suppress(aiohttp.ClientError, TimeoutError):
        async for piece in answer.content.iter_chunked(_PIECE):
            body += piece
            if len(body) >= _PIECE:
                break
    return bytes(body)
