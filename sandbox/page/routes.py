"""The page over HTTP: its files, the clips, the stream of what is seen, and the verbs of the chat and the panel."""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.discord import ClientRefusedError
from sandbox.page.acts import Acts, Choose, Click, Command, Submit, Suggest, Write
from sandbox.page.guard import Guard
from sandbox.page.offered_commands import Reader
from sandbox.page.people import LANGUAGES
from sandbox.page.sights import Scene, Sight
from sandbox.page.troubles import ChatTrouble, VideoTrouble

STATIC: Final = Path(__file__).parent / "static"
SHOWN_TYPES: Final = frozenset({"video/mp4", "image/png", "image/jpeg", "image/webp", "image/gif"})
"""What the page embeds; everything else is offered as a download."""
FIRST_MEMBER: Final = "alice"
FIRST_CHANNEL: Final = "videos"
LARGEST_BODY: Final = 48 * 1024 * 1024
SETTLES_WITHIN: Final = 0.04
"""Seconds in which changes are gathered before they are sent."""
HEARTBEAT: Final = 15.0
B = TypeVar("B", bound=BaseModel)
Json = dict[str, Any]
Verb = Callable[[bytes], Awaitable[Json]]


class _Panel(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VideoSwitch(_Panel):
    """What the video service shall do."""

    trouble: VideoTrouble


class ChatSwitch(_Panel):
    """What Discord shall do."""

    trouble: ChatTrouble


class Drop(_Panel):
    """Cut the gateway; `forgets` also ends the sessions."""

    forgets: bool = False


class Speed(_Panel):
    """How fast the video service's clock runs."""

    speed: Literal[0, 1, 4, 20]


class ServerLanguage(_Panel):
    """Which language the first server has chosen for itself."""

    locale: Literal["en-US", "de", "fr", "es-ES", "pt-BR", "ja"]


class BotSwitch(_Panel):
    """What happens to the bot's process."""

    deed: Literal["kill", "stop", "start"]


class Routes:
    """Answers what the guard lets through."""

    def __init__(self, scene: Scene, guard: Guard) -> None:
        self._scene = scene
        self._token = guard.token
        acts = Acts(scene.chat, scene.samples)
        self._verbs: Mapping[str, Verb] = {
            "command": _reading(Command, acts.command),
            "suggest": _reading(Suggest, acts.suggest),
            "choose": _reading(Choose, acts.choose),
            "click": _reading(Click, acts.click),
            "submit": _reading(Submit, acts.submit),
            "write": _reading(Write, acts.write),
            "video": _reading(VideoSwitch, self._switch_video),
            "chat": _reading(ChatSwitch, self._switch_chat),
            "gateway": _reading(Drop, self._drop_gateway),
            "speed": _reading(Speed, self._set_speed),
            "language": _reading(ServerLanguage, self._set_language),
            "bot": _reading(BotSwitch, self._switch_bot),
        }

    def application(self, guard: Guard) -> web.Application:
        """Return the application, guarded."""
        application = web.Application(middlewares=[guard.middleware()], client_max_size=LARGEST_BODY)
        application.on_response_prepare.append(guard.on_prepare)
        base = f"/{self._token}"
        application.router.add_get(f"{base}/", self._index)
        application.router.add_get(f"{base}/static/{{name}}", self._static)
        application.router.add_get(f"{base}/media/{{attachment_id}}", self._media)
        application.router.add_get(f"{base}/events", self._events)
        application.router.add_get(f"{base}/start", self._start)
        application.router.add_get(f"{base}/log", self._log)
        application.router.add_post(f"{base}/do/{{verb}}", self._do)
        return application

    # --- what is shown -------------------------------------------------------------------------------------------

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        file = STATIC / request.match_info["name"]
        # The name is one path segment, but it may be dots.
        if file.parent != STATIC or not await asyncio.to_thread(file.is_file):
            raise web.HTTPNotFound
        kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(file.name)[0]
        return web.FileResponse(file, headers={"Content-Type": f"{kind}; charset=utf-8"})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        given = request.match_info["attachment_id"]
        attachment = self._scene.chat.world.attachment(int(given)) if given.isdecimal() else None
        if attachment is None:
            raise web.HTTPNotFound
        if attachment.content_type in SHOWN_TYPES:
            return web.FileResponse(attachment.path, headers={"Content-Type": attachment.content_type})
        disposition = f'attachment; filename="{attachment.filename}"'
        kind = "application/octet-stream"
        return web.FileResponse(attachment.path, headers={"Content-Type": kind, "Content-Disposition": disposition})

    async def _start(self, _: web.Request) -> web.Response:
        """Say who and where a new reader is."""
        world = self._scene.chat.world
        member, channel = world.user(FIRST_MEMBER), world.channel(FIRST_CHANNEL)
        return web.json_response({"member": str(member.id), "channel": str(channel.id)})

    async def _log(self, _: web.Request) -> web.Response:
        lines = await asyncio.to_thread(self._scene.bot.last_lines, 200)
        return web.Response(text="\n".join(lines))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        sight = Sight(self._scene, self._reader(request))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the reader went elsewhere
            while True:
                seen = self._scene.chat.changes.count
                for name, part in sight.fresh():
                    await response.write(f"event: {name}\ndata: {part}\n\n".encode())
                if not await self._changed(since=seen):
                    await response.write(b": still here\n\n")
                await asyncio.sleep(SETTLES_WITHIN)
        return response

    async def _changed(self, *, since: int) -> bool:
        """Wait for a change; False where there was none for a while."""
        changes = self._scene.chat.changes
        try:
            return await changes.wait_until(lambda: changes.count > since, timeout=HEARTBEAT)
        except TimeoutError:
            return False

    def _reader(self, request: web.Request) -> Reader:
        member, channel = (request.query.get(name, "") for name in ("member", "channel"))
        locale = request.query.get("locale", "")
        world = self._scene.chat.world
        if not (member.isdecimal() and channel.isdecimal() and int(member) in world.users and locale in LANGUAGES):
            raise web.HTTPBadRequest
        if int(channel) not in world.channels or not world.permissions_in(world.channels[int(channel)], int(member)):
            raise web.HTTPForbidden
        return Reader(member_id=int(member), channel_id=int(channel), locale=locale)

    # --- what is done --------------------------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            raise web.HTTPNotFound
        try:
            return web.json_response(await verb(await request.read()))
        except ClientRefusedError as error:
            return web.json_response({"refused": str(error)}, status=HTTPStatus.CONFLICT)
        except ValidationError:
            return web.json_response({"refused": "the page sent something odd"}, status=HTTPStatus.BAD_REQUEST)

    async def _switch_video(self, body: VideoSwitch) -> Json:
        await self._scene.troubles.set_video(body.trouble)
        return {}

    async def _switch_chat(self, body: ChatSwitch) -> Json:
        self._scene.troubles.set_chat(body.trouble)
        return {}

    async def _drop_gateway(self, body: Drop) -> Json:
        return {"dropped": self._scene.troubles.drop_gateway(forgets=body.forgets)}

    async def _set_speed(self, body: Speed) -> Json:
        self._scene.troubles.set_speed(body.speed)
        return {}

    async def _set_language(self, body: ServerLanguage) -> Json:
        self._scene.troubles.set_language(body.locale)
        return {}

    async def _switch_bot(self, body: BotSwitch) -> Json:
        match body.deed:
            case "kill":
                await self._scene.bot.kill()
            case "stop":
                await self._scene.bot.stop()
            case "start":
                await self._scene.bot.start()
        return {}


def _reading(kind: type[B], act: Callable[[B], Awaitable[Json]]) -> Verb:
    async def verb(body: bytes) -> Json:
        return await act(kind.model_validate_json(body))

    return verb
