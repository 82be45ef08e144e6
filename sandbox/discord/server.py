"""Puts the stand-in together and listens: one aiohttp server with the gateway, the REST API and the files."""

import base64
import ipaddress
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar

from aiohttp import web

from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.changes import Changes
from sandbox.discord.command_book import CommandBook
from sandbox.discord.default_world import default_world
from sandbox.discord.faults import FaultScript
from sandbox.discord.gateway import Gateway
from sandbox.discord.gateway_hub import GatewayHub
from sandbox.discord.interactions import InteractionDesk
from sandbox.discord.log import RequestLog, RequestRecord
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.posting import Poster
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.accounts import AccountRoutes
from sandbox.discord.rest.callbacks import CallbackRoutes
from sandbox.discord.rest.calls import Route
from sandbox.discord.rest.cdn import Cdn
from sandbox.discord.rest.channels import ChannelRoutes
from sandbox.discord.rest.commands import CommandRoutes
from sandbox.discord.rest.guilds import GuildRoutes
from sandbox.discord.rest.server import BASE, RestServer
from sandbox.discord.rest.webhooks import WebhookRoutes
from sandbox.discord.spool import Spool
from sandbox.discord.user_client import UserClient
from sandbox.discord.world import World

T = TypeVar("T")
GATEWAY_PATH: Final = "/gateway"
CONTROL_PATH: Final = "/_control"
SHUTDOWN_GRACE: Final = 2.0
"""Seconds that open connections get when the stand-in closes."""


class StandInServer:
    """Everything that makes up the stand-in, and its coming and going. Open it with `async with`.

    Attributes:
        world: who exists and what they may do; change it by its methods.
        gateway: the sessions, and the ways to drop, pause and refuse connections.
        interactions: every interaction, and how long the bot has for an answer.
        commands: what the bot registered.
        faults: what to do to which REST call.
        user: acts as any user of the world.
        changes: wakes up whoever waits for anything here.
    """

    def __init__(self, *, world: World | None = None) -> None:
        self.world = world or default_world()
        self.changes = Changes()
        self.faults = FaultScript()
        self.token = _token(self.world.bot.id)
        self._log = RequestLog(changes=self.changes)
        self._links = CdnLinks()
        self._payloads = MessagePayloads(world=self.world, links=self._links)
        self._spool = Spool(ids=self.world.ids)
        self._poster = Poster(world=self.world)
        self.gateway = GatewayHub(world=self.world, payloads=self._payloads, changes=self.changes)
        self.interactions = InteractionDesk(world=self.world, changes=self.changes)
        self.commands = CommandBook(ids=self.world.ids, application_id=self.world.application.id)
        self._socket = Gateway(world=self.world, hub=self.gateway, token=self.token)
        self.recommended_shards = 1
        """What GET /gateway/bot tells a client that asks how many shards it needs."""
        self.identifies_at_once = 16
        """And how many of its shards, which differ modulo that number, may identify within the same five seconds."""
        self._rest = RestServer(
            routes=self._routes(), token=self.token, spool=self._spool, log=self._log, faults=self.faults
        )
        self.user = UserClient(
            world=self.world,
            hub=self.gateway,
            desk=self.interactions,
            commands=self.commands,
            payloads=self._payloads,
            poster=self._poster,
            spool=self._spool,
        )
        self._extras: list[Callable[[web.UrlDispatcher], None]] = []
        self._runner: web.AppRunner | None = None
        self._origin = ""

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one.

        Raises:
            ValueError: the host is not a loopback address.
            OSError: the port is taken.
        """
        require_loopback(host)
        self._spool.open()
        runner = web.AppRunner(self._application(), shutdown_timeout=SHUTDOWN_GRACE, access_log=None)
        await runner.setup()
        self._runner = runner
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        self._origin = f"{host if ':' not in host else f'[{host}]'}:{bound}"
        self._links.base = f"http://{self._origin}/cdn"
        self._socket.url = self.gateway_url

    def serve_too(self, add_routes: Callable[[web.UrlDispatcher], None]) -> None:
        """Let something else add its routes to the same port when the stand-in starts."""
        self._extras.append(add_routes)

    async def close(self) -> None:
        """Cut every connection and remove every file."""
        self._rest.close()
        self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._spool.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def api_url(self) -> str:
        """What a client takes as the base of the REST API."""
        return f"http://{self._origin}{BASE}"

    @property
    def gateway_url(self) -> str:
        """What a client takes as the gateway."""
        return f"ws://{self._origin}{GATEWAY_PATH}"

    @property
    def control_url(self) -> str:
        """Where the same verbs are spoken over HTTP."""
        return f"http://{self._origin}{CONTROL_PATH}"

    @property
    def requests(self) -> list[RequestRecord]:
        """Every REST request, in the order of arrival."""
        return self._log.records

    def requests_to(self, route: str) -> list[RequestRecord]:
        """The requests to one route, such as `POST /channels/{channel_id}/messages`."""
        return self._log.to_route(route)

    def _routes(self) -> list[Route]:
        world, payloads, poster = self.world, self._payloads, self._poster
        access = Access(world=world)
        desk = self.interactions
        return [
            *AccountRoutes(
                world=world,
                gateway_url=lambda: self.gateway_url,
                shards=lambda: self.recommended_shards,
                identifies_at_once=lambda: self.identifies_at_once,
            ).routes(),
            *CommandRoutes(world=world, access=access, book=self.commands, changed=self.changes.announce).routes(),
            *GuildRoutes(world=world, access=access).routes(),
            *ChannelRoutes(world=world, access=access, poster=poster, payloads=payloads).routes(),
            *CallbackRoutes(world=world, access=access, desk=desk, poster=poster, payloads=payloads).routes(),
            *WebhookRoutes(world=world, access=access, desk=desk, poster=poster, payloads=payloads).routes(),
        ]

    def _application(self) -> web.Application:
        application = web.Application()
        self._rest.register(application.router)
        Cdn(world=self.world, links=self._links).register(application.router)
        application.router.add_get(GATEWAY_PATH, self._socket.connect)
        for add_routes in self._extras:
            add_routes(application.router)
        return application


def require_loopback(host: str) -> None:
    """Refuse to listen where others could reach it.

    Raises:
        ValueError: the host is neither `localhost` nor a loopback address.
    """
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not a loopback address")


def _token(bot_id: int) -> str:
    """A bot token in Discord's form: its first part is the bot's id in base64."""
    first = base64.urlsafe_b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_hex(3)}.{secrets.token_urlsafe(27)}"
