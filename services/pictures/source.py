"""Brings what members attach from Discord's own servers, and from nowhere else.

A member chooses an attachment, and Discord names its address; but whoever can forge one must not make us knock on a
door of the owner's network. So the host is one of Discord's, over TLS and without redirects, and the connection itself
is refused where the name leads to an address that is not on the internet.
"""

import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self, TypeAlias, cast

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.pictures.faults import PictureError, PictureFault

HOSTS: Final = frozenset(
    {"cdn.discordapp.com", "cdn.discordapp.net", "media.discordapp.com", "media.discordapp.net"},
)
MOST_BYTES: Final = 10 * 1024 * 1024
"""Of a picture as it was attached."""
HTTPS: Final = 443
PIECE: Final = 64 * 1024
PATIENCE: Final = aiohttp.ClientTimeout(total=60, connect=20, sock_read=20)
AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[object, ...]]
TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
"""Addresses behind which a translator keeps any IPv4 address; the standard library finds them global."""
GONE: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that a member attached, as Discord describes it."""

    url: str = field(repr=False)
    """Signed: whoever holds it can read the file for a day."""
    size: int
    """Bytes."""


class PictureSource:
    """Reads attachments. Use as `async with`.

    `stand_in` is the address of a stand-in for Discord on this machine, whose files may be read as well. `resolver`
    turns names into addresses, where that is not the system's own way.
    """

    def __init__(self, *, stand_in: str | None = None, resolver: AbstractResolver | None = None) -> None:
        self._stand_in = URL(stand_in).origin() if stand_in else None
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            socket_factory=None if self._stand_in else _socket_to_the_internet,
            force_close=True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=PATIENCE,
            headers={"User-Agent": "discord-video-bot", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def require_fit(self, attached: Attached) -> None:
        """Judge an attachment by what Discord says of it, without a request.

        Raises:
            PictureError: it is not Discord's, or too large.
        """
        self._address(attached)
        if attached.size > MOST_BYTES:
            raise PictureError(PictureFault.TOO_LARGE)

    async def fetch(self, attached: Attached) -> bytes:
        """Return the file.

        Raises:
            PictureError: it is not Discord's, too large, gone, or could not be read.
        """
        self.require_fit(attached)
        try:
            async with self._answer(self._address(attached)) as answer:
                return await _counted(answer)
        # aiohttp's own words show the address, which is signed: `from None`, and no text of theirs.
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("picture_not_fetched", kind=type(error).__name__)
            raise PictureError(PictureFault.LATER) from None

    @asynccontextmanager
    async def _answer(self, address: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the source is not open")
        async with self._session.get(address, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK:
                log.info("picture_not_fetched", status=answer.status)
                raise PictureError(PictureFault.GONE if answer.status in GONE else PictureFault.LATER)
            yield answer

    def _address(self, attached: Attached) -> URL:
        """Return the address to ask, as it stands: quoting a signed one anew could break its signature."""
        try:
            address = URL(attached.url, encoded=True)
            is_ours = self._is_discord(address) or (self._stand_in is not None and address.origin() == self._stand_in)
        except (ValueError, TypeError):
            raise PictureError(PictureFault.ELSEWHERE) from None
        if not is_ours or address.user is not None or address.password is not None:
            raise PictureError(PictureFault.ELSEWHERE)
        return address

    @staticmethod
    def _is_discord(address: URL) -> bool:
        return address.scheme == "https" and address.host in HOSTS and address.port == HTTPS


async def _counted(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body, counted as it comes: what the headers promise is only a promise."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        # We asked for no compression. What is small on the wire may be endless once it is inflated.
        raise PictureError(PictureFault.BROKEN)
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            raise PictureError(PictureFault.TOO_LARGE)
    return bytes(body)


def is_on_the_internet(address: str) -> bool:
    """Whether an IP address is one that anybody can reach: not this machine, and not the owner's network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return (
        found.is_global and not found.is_multicast and not (found.version == TRANSLATED.version and found in TRANSLATED)
    )


def _socket_to_the_internet(where: aiohttp.AddrInfoType) -> socket.socket:  # pyright: ignore[reportUnknownParameterType]  # aiohttp leaves the address open
    """Make the socket for one address that a name led to. Here the address is known for good: no name can change it."""
    family, kind, protocol, _, to = cast("AddressInfo", where)
    if not is_on_the_internet(str(to[0])):
        raise OSError("refused: not an address on the internet")
    return socket.socket(family, kind, protocol)
