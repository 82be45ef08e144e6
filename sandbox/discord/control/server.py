"""Serves the verbs: `POST /_control/<verb>` with the arguments as a JSON object answers `{"result": …}`."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, get_type_hints

from aiohttp import web
from pydantic import TypeAdapter, ValidationError, validate_call

from sandbox.discord.control.fault_verbs import FaultVerbs
from sandbox.discord.control.looking_verbs import LookingVerbs
from sandbox.discord.control.user_verbs import UserVerbs
from sandbox.discord.control.world_verbs import WorldVerbs
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.posts import Attachment
from sandbox.discord.stand_in import DiscordStandIn

Verb = Callable[..., Awaitable[object]]


class ControlServer:
    """The control API of one stand-in. Its calls are not in the log of requests."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in
        self._verbs = dict(_verbs_of(UserVerbs(stand_in)))
        self._verbs |= _verbs_of(LookingVerbs(stand_in))
        self._verbs |= _verbs_of(FaultVerbs(stand_in))
        self._verbs |= _verbs_of(WorldVerbs(stand_in))

    def register(self, router: web.UrlDispatcher, *, prefix: str) -> None:
        """Add the routes to an application."""
        router.add_get(prefix + "/attachments/{attachment_id}", self._download)
        router.add_post(prefix + "/{verb}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        # A page of another origin can send anything but this type without being asked first.
        if request.content_type != "application/json":
            return _failure(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", "send application/json")
        name = request.match_info["verb"]
        if name not in self._verbs:
            return _failure(HTTPStatus.NOT_FOUND, "unknown_verb", name)
        return await self._perform(name, request)

    async def _perform(self, name: str, request: web.Request) -> web.Response:
        try:
            return await self._verbs[name](await request.json())
        except ClientRefusedError as error:
            return _failure(HTTPStatus.CONFLICT, "client_refused", str(error))
        except TimeoutError:
            return _failure(HTTPStatus.REQUEST_TIMEOUT, "timeout", "it did not happen in time")
        except (ValidationError, json.JSONDecodeError) as error:
            return _failure(HTTPStatus.BAD_REQUEST, "arguments", str(error))
        except KeyError as error:
            return _failure(HTTPStatus.NOT_FOUND, "unknown_id", str(error))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        attachment = self._attachment(request.match_info["attachment_id"])
        if attachment is None:
            return _failure(HTTPStatus.NOT_FOUND, "unknown_id", request.match_info["attachment_id"])
        return web.FileResponse(attachment.path, headers={"Content-Type": attachment.content_type})

    def _attachment(self, attachment_id: str) -> Attachment | None:
        return self._stand_in.world.attachment(int(attachment_id)) if attachment_id.isdecimal() else None


def _verbs_of(verbs: object) -> Mapping[str, Callable[[Mapping[str, Any]], Awaitable[web.Response]]]:
    coroutines = inspect.getmembers(verbs, inspect.iscoroutinefunction)
    return {name: _over_http(coroutine) for name, coroutine in coroutines if not name.startswith("_")}


def _over_http(coroutine: Verb) -> Callable[[Mapping[str, Any]], Awaitable[web.Response]]:
    checked = validate_call(coroutine)
    result_of: TypeAdapter[object] = TypeAdapter(get_type_hints(coroutine, include_extras=True)["return"])

    async def serve(arguments: Mapping[str, Any]) -> web.Response:
        result = result_of.dump_json(await checked(**arguments))
        return web.Response(body=b'{"result": ' + result + b"}", content_type="application/json")

    return serve


def _failure(status: HTTPStatus, error: str, detail: str) -> web.Response:
    return web.json_response({"error": error, "detail": detail}, status=status)
