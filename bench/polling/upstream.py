"""A video API that does nothing but take jobs and say how they stand, in a process of its own.

It is lean, because five thousand jobs ask it hundreds of times a second while the client beside it is measured. A job
is done so long after its submit as the number at the end of its prompt says. To whom that was told does not matter
here: the clients write down themselves when they knew, on the clock that all processes of a machine share.

It reads its task as a line of JSON from its input, writes its address, and lives until its input ends; then it writes
what it saw.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

HEAD_END: Final = b"\r\n\r\n"
WARM_UP: Final = -1
"""The number of a job that is done at once and counted nowhere: what the first job loads is not measured."""
WARM_UP_ID: Final = "gen-vid-warm-up"
COST: Final = 0.1
"""Dollars: what the benchmark's jobs reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTask:
    """What to be. `seconds` is how long each job takes, by its number, in seconds of the world."""

    seconds: Sequence[float]
    webhook_secret: str = ""
    """What messages about ended jobs are signed with, to those who asked for them."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What it saw."""

    submits: int = 0
    looks: int = 0
    running: int = 0
    most_running: int = 0
    connections: int = 0


class Upstream:
    """Where each job stands, and what was asked."""

    def __init__(self, task: UpstreamTask) -> None:
        self._task = task
        self._done_at: dict[str, float] = {}
        self._counts = Counts()
        self._telling: set[asyncio.Task[None]] = set()

    def connected(self) -> None:
        """Note a new connection."""
        self._counts.connections += 1

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, object]]:
        """Return the status and the document of an answer."""
        if method == "POST":
            return 202, self._submit(json.loads(body))
        return 200, self._status(path.rpartition("/")[2])

    def _submit(self, order: dict[str, Any]) -> dict[str, object]:
        number = int(order["prompt"].rpartition(" ")[2])
        if number == WARM_UP:
            return _described(WARM_UP_ID, is_done=False)
        remote_id = f"gen-vid-1767225600-{number:020d}"
        seconds = self._task.seconds[number]
        self._done_at[remote_id] = time.monotonic() + seconds
        self._counts.submits += 1
        self._counts.running += 1
        self._counts.most_running = max(self._counts.most_running, self._counts.running)
        asyncio.get_running_loop().call_later(seconds, self._end, remote_id, order.get("callback_url"))
        return _described(remote_id, is_done=False)

    def _end(self, remote_id: str, callback_url: str | None) -> None:
        self._counts.running -= 1
        if callback_url:
            task = asyncio.create_task(self._tell(remote_id, callback_url), name=remote_id)
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    def _status(self, remote_id: str) -> dict[str, object]:
        if remote_id == WARM_UP_ID:
            return _described(remote_id, is_done=True)
        self._counts.looks += 1
        return _described(remote_id, is_done=time.monotonic() >= self._done_at[remote_id])

    def seen(self) -> dict[str, object]:
        """Return when each job was done, on the machine's monotonic clock, and how often what was asked."""
        counts = self._counts
        return {
            "done_at": self._done_at,
            "submits": counts.submits,
            "looks": counts.looks,
            "most_running": counts.most_running,
            "connections": counts.connections,
        }

    async def _tell(self, remote_id: str, callback_url: str) -> None:
        """Send the message that a job has ended; `localhost` stands for the proxy in front of the bot."""
        address = urlsplit(callback_url)
        message = {"type": "video.generation.completed", "data": {"id": remote_id, "status": "completed"}}
        body, moment = json.dumps(message).encode(), str(int(time.time()))
        signed = f"{moment},".encode() + body
        signature = hmac.new(self._task.webhook_secret.encode(), signed, hashlib.sha256).hexdigest()
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-OpenRouter-Signature: t={moment},v1={signature}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        try:
            writer.write(head.encode() + b"\r\n" + body)
            await reader.read()
        finally:
            writer.close()


def _described(remote_id: str, *, is_done: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "id": remote_id,
        "generation_id": remote_id,
        "polling_url": f"/api/v1/videos/{remote_id}",
        "status": "completed" if is_done else "pending",
    }
    if is_done:
        content = f"https://openrouter.ai/api/v1/videos/{remote_id}/content?index=0"
        body |= {"unsigned_urls": [content], "usage": {"cost": COST, "is_byok": False}}
    return body


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1: whole requests with a length, answered in turn, kept alive."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._pending = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where the answers go."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # narrows what the loop promises of a TCP server
        self._transport = transport
        self._upstream.connected()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._pending += data
        while (end := self._pending.find(HEAD_END)) >= 0:
            head = self._pending[:end].decode("latin-1")
            begun = end + len(HEAD_END)
            size = _length(head)
            if len(self._pending) < begun + size:
                return
            body, self._pending = self._pending[begun : begun + size], self._pending[begun + size :]
            method, path, _ = head.split(" ", 2)
            status, document = self._upstream.answer(method, path, body)
            self._send(status, json.dumps(document).encode(), closes="connection: close" in head.lower())

    def _send(self, status: int, body: bytes, *, closes: bool) -> None:
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        if self._transport is not None:
            self._transport.write(f"{head}{'Connection: close' if closes else 'X-Kept: yes'}\r\n\r\n".encode() + body)
            if closes:
                self._transport.close()


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


async def serve(task: UpstreamTask) -> None:
    """Serve until the input ends."""
    upstream = Upstream(task)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(upstream), "127.0.0.1", 0, backlog=1024)
    async with server:
        port = server.sockets[0].getsockname()[1]
        sys.stdout.write(f"http://127.0.0.1:{port}/api/v1\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write(json.dumps(upstream.seen()) + "\n")


if __name__ == "__main__":
    asyncio.run(serve(UpstreamTask(**json.loads(sys.stdin.readline()))))
