"""Somebody who speaks HTTP to the page, as its own scripts do."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.page import Page


class Visitor:
    """Alice in #videos, unless a test says otherwise."""

    def __init__(self, session: aiohttp.ClientSession, page: Page) -> None:
        self.session = session
        self.page = page
        self.world = page.scene.chat.world

    def who(self, name: str = "alice", place: str = "videos") -> dict[str, str]:
        """Return what every request of a member says."""
        return {
            "member": str(self.world.user(name).id),
            "channel": str(self.world.channel(place).id),
            "locale": "en-US",
        }

    def get(self, path: str = "", **details: Any) -> Any:  # noqa: ANN401  # aiohttp's own context manager
        """Ask for something under the page's address."""
        return self.session.get(self.page.address + path, **details)

    async def do(self, verb: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
        """Carry out a verb; return the status and the answer."""
        async with self.session.post(f"{self.page.address}do/{verb}", json=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else {}

    @asynccontextmanager
    async def watching(self, name: str = "alice", place: str = "videos") -> AsyncGenerator["Stream"]:
        """Open the stream of what somebody sees."""
        async with self.get("events", params=self.who(name, place)) as answer:
            yield Stream(answer.content)


class Stream:
    """Reads events one after the other."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def next(self, name: str) -> Any:  # noqa: ANN401  # JSON
        """Return the next event of that name, skipping others."""
        while True:
            line = (await self._content.readline()).decode()
            assert line, "the stream has ended"
            if line.strip() == f"event: {name}":
                return json.loads((await self._content.readline()).decode().removeprefix("data: "))
