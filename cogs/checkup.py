"""A look at the bot's account over Discord's REST API, for `doctor` and `setup`: no gateway, and nothing is changed.

With a client of discord.py's, because it knows how permissions add up and how Discord wants to be asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol, TypeVar, cast

import discord
from discord import app_commands
from discord.ext import commands

from cogs.interactions import NETWORK_FAULTS, UNREADABLE
from services.models.discord_account import BotAccount, ChannelAccess, DiscordFacts, NoAccount, ServerAccess

PATIENCE: Final = 40.0
"""Seconds for one look. The library alone asks a failing Discord for half a minute."""
MOST_SERVERS: Final = 25
"""Each takes three calls. Who has more servers does not read a line for each."""

_T = TypeVar("_T")


class UseStandIn(Protocol):
    """How discord.py is pointed at a stand-in. `cogs.client.use_stand_in` does it."""

    def __call__(self, *, api_url: str | None, gateway_url: str | None) -> None:
        """Point it there; None leaves it at Discord."""
        ...


class DiscordCheckup:
    """Looks at an account. `needed` is what posting a video takes."""

    def __init__(self, *, needed: discord.Permissions, use_stand_in: UseStandIn) -> None:
        self._needed = needed
        self._use_stand_in = use_stand_in

    def invite(self, application_id: int) -> str:
        """Return the address that invites the bot to a server with exactly the permissions that it needs."""
        scopes = ("bot", "applications.commands")
        return discord.utils.oauth_url(application_id, permissions=self._needed, scopes=scopes)

    async def account(self, token: str, *, api_url: str | None) -> BotAccount | NoAccount:
        """Return whose token it is."""
        return await self._asked(_account, token=token, api_url=api_url, trace=None)

    async def look(
        self,
        token: str,
        *,
        api_url: str | None,
        trace: Any,  # noqa: ANN401  # aiohttp's TraceConfig, which this room only hands on
    ) -> DiscordFacts | NoAccount:
        """Look at the account, at its servers, and at the commands that are registered."""
        return await self._asked(self._everything, token=token, api_url=api_url, trace=trace)

    async def _asked(
        self,
        question: Callable[[discord.Client], Awaitable[_T]],
        *,
        token: str,
        api_url: str | None,
        trace: Any,  # noqa: ANN401  # the same
    ) -> _T | NoAccount:
        self._use_stand_in(api_url=api_url, gateway_url=None)
        try:
            async with (
                asyncio.timeout(PATIENCE),
                discord.Client(intents=discord.Intents.none(), http_trace=trace) as client,
            ):
                await client.login(token)
                return await question(client)
        except discord.LoginFailure:
            return NoAccount.REFUSED
        except (discord.HTTPException, *NETWORK_FAULTS, *UNREADABLE):
            return NoAccount.UNREACHABLE

    async def _everything(self, client: discord.Client) -> DiscordFacts:
        account = await _account(client)
        ids = [guild.id async for guild in client.fetch_guilds(limit=None, with_counts=False)]
        servers = [await self._server(client, guild_id) for guild_id in ids[:MOST_SERVERS]]
        tree = app_commands.CommandTree(client)
        ours = {*_paths(command.to_dict(tree) for command in offered())}
        theirs = {*_paths(command.to_dict() for command in await tree.fetch_commands())}
        return DiscordFacts(
            account=account,
            servers=servers,
            more_servers=len(ids) - len(servers),
            not_registered=sorted(ours - theirs),
            left_over=sorted(theirs - ours),
        )

    async def _server(self, client: discord.Client, guild_id: int) -> ServerAccess:
        guild = await client.fetch_guild(guild_id, with_counts=False)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        places = [each for each in await guild.fetch_channels() if isinstance(each, _PLACES)]
        return ServerAccess(
            id=guild.id,
            name=guild.name,
            missing=self._missing(me.guild_permissions),
            channels=[self._channel(place, me) for place in sorted(places, key=lambda place: place.position)],
        )

    def _channel(self, place: "discord.TextChannel | discord.ForumChannel", me: discord.Member) -> ChannelAccess:
        granted = place.permissions_for(me)
        return ChannelAccess(id=place.id, name=place.name, missing=self._missing(granted), is_seen=granted.view_channel)

    def _missing(self, granted: discord.Permissions) -> tuple[str, ...]:
        lacking = discord.Permissions(self._needed.value & ~granted.value)
        return tuple(_shown(name) for name, is_lacking in lacking if is_lacking)


_PLACES: Final = (discord.TextChannel, discord.ForumChannel)
"""Where members ask for videos. The chat of a voice channel is not counted: few servers let a bot in there."""


async def _account(client: discord.Client) -> BotAccount:
    application = await client.application_info()
    # What is older than the choice of where an application may be installed has neither, and goes to servers.
    is_old = application.guild_integration_config is None and application.user_integration_config is None
    return BotAccount(
        application_id=application.id,
        name=application.name,
        is_public=application.bot_public,
        needs_code_grant=application.bot_require_code_grant,
        has_endpoint=application.interactions_endpoint_url is not None,
        for_servers=is_old or application.guild_integration_config is not None,
        for_users=application.user_integration_config is not None,
    )


def _shown(name: str) -> str:
    """Return a permission as Discord's settings write it; the library still calls one by its former name."""
    return "View Channel" if name == "read_messages" else name.replace("_", " ").title().replace(" In ", " in ")


def offered() -> Iterator[app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu]:
    """Yield every command of the cogs that were imported, as far as their shape goes: nothing stands behind them."""
    for kind in _cogs(commands.Cog):
        # Without `__init__`, which takes services. The library shapes the commands of a cog in `__new__`.
        cog = kind.__new__(kind)
        group = cog.app_command if isinstance(cog, commands.GroupCog) else None
        yield from cog.get_app_commands() if group is None else (group,)
        menu = getattr(cog, "menu", None)
        if menu is not None:
            yield menu()


def _cogs(parent: type[commands.Cog]) -> Iterator[type[commands.Cog]]:
    for kind in parent.__subclasses__():
        yield from _cogs(kind)
        if kind.__module__.startswith("cogs."):
            yield kind


def _paths(payloads: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each command, each subcommand and each option by its full name, such as `/limits set user`."""
    for payload in payloads:
        is_slash = payload.get("type", _SLASH) == _SLASH
        yield from _below("/" * is_slash + str(payload["name"]), payload)


def _below(path: str, payload: Mapping[str, Any]) -> Iterator[str]:
    yield path
    for option in cast("Iterable[Mapping[str, Any]]", payload.get("options") or ()):
        yield from _below(f"{path} {option['name']}", option)


_SLASH: Final = discord.AppCommandType.chat_input.value
