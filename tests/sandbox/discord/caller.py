"""A bare client of the stand-in: no library between the test and the wire."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from sandbox.discord import DiscordStandIn
from sandbox.discord.interactions import Interaction

JsonObject = dict[str, Any]
COMMANDS: Sequence[JsonObject] = (
    {
        "name": "video",
        "description": "Make a video",
        "options": [
            {"type": 3, "name": "prompt", "description": "What", "required": True, "max_length": 20},
            {"type": 4, "name": "seconds", "description": "How long", "min_value": 4, "max_value": 8},
            {
                "type": 3,
                "name": "size",
                "description": "How large",
                "choices": [{"name": "Small", "value": "480p"}, {"name": "Large", "value": "720p"}],
            },
            {"type": 3, "name": "model", "description": "Which", "autocomplete": True},
            {"type": 5, "name": "sound", "description": "With sound"},
            {"type": 10, "name": "speed", "description": "How fast"},
            {"type": 6, "name": "member", "description": "Who"},
            {"type": 7, "name": "channel", "description": "Where", "channel_types": [0]},
            {"type": 8, "name": "role", "description": "Which role"},
            {"type": 9, "name": "anyone", "description": "Role or member"},
            {"type": 11, "name": "picture", "description": "First frame"},
        ],
    },
    {
        "name": "limits",
        "description": "Limits",
        "default_member_permissions": "32",
        "contexts": [0],
        "options": [
            {
                "type": 1,
                "name": "set",
                "description": "Set",
                "options": [{"type": 4, "name": "videos", "description": "How many", "required": True}],
            }
        ],
    },
    {"name": "Describe", "type": 3},
    {"name": "Greet", "type": 2},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def refusal(self) -> tuple[int, int]:
        """Status and Discord's code."""
        return self.status, self.json["code"]


class Caller:
    """Calls the REST API with the bot's token, or with another, or with none."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self.stand_in = stand_in
        self.session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        files: Mapping[str, bytes] | None = None,
        authorization: str | None = "bot",
    ) -> Reply:
        headers: dict[str, str] = {}
        if authorization is not None:
            headers["Authorization"] = f"Bot {self.stand_in.token}" if authorization == "bot" else authorization
        data: Any = None
        if files is not None:
            data = aiohttp.FormData()
            data.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for index, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{index}]", content, filename=name, content_type="application/octet-stream")
        elif body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body)
        url = self.stand_in.api_url + path
        async with self.session.request(method, url, data=data, headers=headers) as response:
            raw = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Reply(status=response.status, json=json.loads(raw) if is_json else raw, headers=response.headers)

    async def send(self, channel_id: int, **body: object) -> Reply:
        return await self.call("POST", f"/channels/{channel_id}/messages", body)

    async def register(self, commands: Sequence[JsonObject] = COMMANDS) -> Reply:
        return await self.call("PUT", f"/applications/{self.stand_in.world.application.id}/commands", list(commands))

    async def answer(
        self, interaction: Interaction, kind: int, *, files: Mapping[str, bytes] | None = None, **data: object
    ) -> Reply:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        return await self.call("POST", path, {"type": kind, "data": data}, files=files, authorization=None)

    def webhook(self, interaction: Interaction, message: object = None) -> str:
        path = f"/webhooks/{self.stand_in.world.application.id}/{interaction.token}"
        return path if message is None else f"{path}/messages/{message}"

    async def command(self, *, user: str = "alice", channel: str = "general") -> Interaction:
        """Register the commands and run /video."""
        await self.register()
        world = self.stand_in.world
        return await self.stand_in.run_command(
            user_id=world.user(user).id,
            channel_id=world.channel(channel).id,
            name="video",
            options={"prompt": "a lighthouse"},
        )


class Socket:
    """A bare gateway client. It reads frames as they come and remembers the last sequence number."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, is_compressed: bool = False) -> None:
        self.socket = socket
        self.sequence: int | None = None
        self.resume_url = ""
        self.session_id = ""
        self._inflate = zlib.decompressobj() if is_compressed else None

    async def frame(self) -> JsonObject:
        """The next frame; an end of the connection is an AssertionError with the close code."""
        message = await self.socket.receive(timeout=5)
        if self._inflate is not None and message.type is aiohttp.WSMsgType.BINARY:
            frame: JsonObject = json.loads(self._inflate.decompress(message.data))
        elif message.type is aiohttp.WSMsgType.TEXT:
            frame = json.loads(message.data)
        else:
            raise AssertionError(f"closed with {self.socket.close_code}")
        self.sequence = frame.get("s") or self.sequence
        return frame

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, token: str, *, intents: int = 1, shard: tuple[int, int] | None = None) -> JsonObject:
        """Read HELLO, identify, and return the first frame after it."""
        assert (await self.frame())["op"] == 10
        properties = {"os": "linux", "browser": "test", "device": "test"}
        data: JsonObject = {"token": token, "intents": intents, "properties": properties}
        await self.send(2, data if shard is None else data | {"shard": list(shard)})
        first = await self.frame()
        if first["t"] == "READY":
            self.resume_url, self.session_id = first["d"]["resume_gateway_url"], first["d"]["session_id"]
        return first

    async def event(self, name: str) -> JsonObject:
        """The next event of that name; others are skipped."""
        while True:
            frame = await self.frame()
            if frame["t"] == name:
                data: JsonObject = frame["d"]
                return data

    async def close_code(self) -> int | None:
        """Read to the end of the connection and return its code."""
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code
