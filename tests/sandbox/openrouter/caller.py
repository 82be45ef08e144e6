from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import aiohttp

from sandbox.openrouter import OpenRouterStandIn

CLIP = bytes(range(256)) * 4000
"""What the stand-in serves in most tests: they look at how it is served, not at what is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    json: dict[str, Any]
    """The object that was sent, `{"list": [...]}` for a list, empty where it is not JSON."""


class Client:
    """Calls the stand-in as any HTTP client would."""

    def __init__(self, session: aiohttp.ClientSession, stand_in: OpenRouterStandIn) -> None:
        self.session = session
        self.stand_in = stand_in
        self.bearer: str | None = stand_in.key

    async def call(
        self, method: str, path: str, *, json: object = None, data: bytes | IO[bytes] | None = None
    ) -> Reply:
        """Call a path below the base URL, or a whole URL."""
        url = path if path.startswith("http") else self.stand_in.base_url + path
        headers = {} if self.bearer is None else {"Authorization": f"Bearer {self.bearer}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self.session.request(
            method, url, json=json, data=data, headers=headers, allow_redirects=False
        ) as response:
            parsed: Any = await response.json() if response.content_type == "application/json" else {}
            return Reply(
                status=response.status,
                headers=dict(response.headers),
                body=await response.read(),
                json={"list": parsed} if isinstance(parsed, list) else parsed,
            )

    async def submit(self, **changes: object) -> Reply:
        """Submit a video that is fine but for the changes; a change to ... leaves the field out."""
        body: dict[str, object] = {
            "model": "google/veo-3.1-lite",
            "prompt": "a lighthouse in a storm",
            "duration": 4,
            "resolution": "720p",
            "aspect_ratio": "16:9",
            "generate_audio": False,
        }
        body = {name: value for name, value in (body | changes).items() if value is not ...}
        return await self.call("POST", "/videos", json=body)

    async def job(self, **changes: object) -> str:
        """Submit a video that is accepted, and return its id."""
        reply = await self.submit(**changes)
        assert reply.status == 202, reply.json
        return str(reply.json["id"])

    async def status(self, job_id: str) -> dict[str, Any]:
        return (await self.call("GET", f"/videos/{job_id}")).json

    async def content(self, job_id: str, query: str = "") -> Reply:
        return await self.call("GET", f"/videos/{job_id}/content{query}")

    async def control(self, method: str, path: str, *, json: object = None) -> Reply:
        return await self.call(method, self.stand_in.control_url + path, json=json)


def message(reply: Reply) -> str:
    """Return the words of a refusal."""
    return str(reply.json["error"]["message"])
