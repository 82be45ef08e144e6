"""Serves the files of messages from the stand-in's own addresses, to whoever has a signed one."""

from http import HTTPStatus

from aiohttp import web

from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.world import World


class Cdn:
    """Attachments by their signed addresses."""

    def __init__(self, *, world: World, links: CdnLinks) -> None:
        self._world = world
        self._links = links

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the route to an application."""
        router.add_get("/cdn/attachments/{channel_id}/{attachment_id}/{filename}", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        attachment_id = request.match_info["attachment_id"]
        query = {name: request.query.get(name, "") for name in ("ex", "is", "hm")}
        attachment = self._world.attachment(int(attachment_id)) if attachment_id.isdecimal() else None
        if attachment is None or not self._links.is_good(
            attachment.id, expires=query["ex"], issued=query["is"], signature=query["hm"]
        ):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="This content is no longer available.")
        return web.FileResponse(attachment.path, headers={"Content-Type": attachment.content_type})
