"""Who may talk to the page: this machine, by this address, with this token, and no page of another origin.

The panel kills processes and the chat shows prompts, so the page is guarded like a thing of value although it is a toy.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

DIRECTIVES: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(DIRECTIVES),
    "Referrer-Policy": "no-referrer",  # the address is the password
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@dataclass(slots=True, kw_only=True)
class Guard:
    """Turns away what does not belong. `port` is known once the page listens."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    port: int = 0

    @property
    def origin(self) -> str:
        """Where the page is, as a browser writes it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """What is printed: the origin with the token."""
        return f"{self.origin}/{self.token}/"

    def middleware(self) -> Middleware:
        """Return the middleware that checks every request and puts the headers on every answer."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            refusal = self._refusal(request)
            if refusal is not None:
                return web.Response(status=refusal, text=refusal.phrase)
            return await handler(request)

        return guarded

    @staticmethod
    async def on_prepare(_: web.Request, response: web.StreamResponse) -> None:
        """Put the headers on an answer, whoever made it."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    def _refusal(self, request: web.Request) -> HTTPStatus | None:
        # A name that an attacker's DNS points at this machine arrives here with that name in it.
        if request.host not in {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}:
            return HTTPStatus.MISDIRECTED_REQUEST
        token = request.path.split("/")[1]
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return HTTPStatus.NOT_FOUND
        return self._foreign(request) if request.method not in {"GET", "HEAD"} else None

    def _foreign(self, request: web.Request) -> HTTPStatus | None:
        origin = request.headers.get("Origin")
        if origin is not None and URL(origin).authority != request.host:
            return HTTPStatus.FORBIDDEN
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return HTTPStatus.FORBIDDEN
        # A form of another page can send anything but this type.
        return None if request.content_type == "application/json" else HTTPStatus.UNSUPPORTED_MEDIA_TYPE
