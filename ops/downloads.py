"""Serves single clips to whoever has a link to one: that file and nothing beside it, a few at a time.

The link has to be signed, and every link that is not is answered alike. What goes out may be kept by nobody between,
shown in no page, and run as nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

MOST_DOWNLOADS: Final = 4
LONGEST_DOWNLOAD: Final = timedelta(minutes=10)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "video/mp4",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
READING: Final = frozenset({"GET", "HEAD"})

FindOriginal = Callable[[str], Awaitable[Path | None]]


class Downloads:
    """Answers requests for clips. `find` returns the file behind the path of a link, or None."""

    def __init__(self, find: FindOriginal) -> None:
        self._find = find
        self._places = asyncio.Semaphore(MOST_DOWNLOADS)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the file, or why not. The connection is to be allowed `LONGEST_DOWNLOAD` where it is a file."""
        if request.method not in READING:
            return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(READING))})
        clip = await self._find(request.path)
        if clip is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if self._places.locked():
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "30"})
        return Download(clip, places=self._places)


class Download(web.FileResponse):
    """One file on its way, which takes a place for as long as it goes."""

    def __init__(self, clip: Path, *, places: asyncio.Semaphore) -> None:
        disposition = f'attachment; filename="{clip.name}"'
        super().__init__(clip, headers={**HEADERS, "Content-Disposition": disposition})
        self._places = places

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it."""
        async with self._places:
            return await super().prepare(request)
