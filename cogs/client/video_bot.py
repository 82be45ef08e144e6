"""The Discord client: what it asks of Discord, which commands it offers, and how it turns people away."""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, runtime_checkable

import discord
import structlog
import yarl
from discord import app_commands, gateway, http, ui
from discord.ext import commands

from cogs import direct, replies
from cogs.client.connecting import PatientBot, Turns
from cogs.interactions import (
    NEEDS_NO_SERVER,
    answer_privately,
    begin_answering,
    is_direct,
)
from cogs.languages import CommandTranslator, tr
from cogs.pace import Pace
from services.errors import RequestError

PERMISSIONS: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""What posting a video takes, and nothing that manages anything."""
SERVER_ERRORS: Final = 500
TOO_MANY_REQUESTS: Final = 429

log = structlog.get_logger(__name__)


class Facts(Protocol):
    """Where the fingerprint of the commands is kept. `services.database.Database` is one."""

    async def fact(self, name: str) -> str | None:
        """Return a stored fact."""
        ...

    async def remember(self, name: str, value: str) -> None:
        """Store a fact."""
        ...


@runtime_checkable
class WithMenu(Protocol):
    """A cog with a command in the menu of messages: the library adds only a cog's slash commands by itself."""

    def menu(self) -> app_commands.ContextMenu:
        """Return the command."""
        ...


class GuardedTree(app_commands.CommandTree["VideoBot"]):
    """The commands, behind one door that everybody passes, and one place for what goes wrong."""

    async def interaction_check(self, interaction: discord.Interaction["VideoBot"], /) -> bool:
        """Turn away whoever comes while the bot stops, too fast, or from where they are not served."""
        begin_answering(interaction)
        if interaction.client.is_stopping:
            await self._turn_away(interaction, tr(replies.RESTARTING))
            return False
        if not await self._keeps_pace(interaction):
            return False
        refusal = await _refused_place(interaction)
        if refusal is not None:
            await self._turn_away(interaction, refusal)
        return refusal is None

    async def _keeps_pace(self, interaction: discord.Interaction["VideoBot"]) -> bool:
        """Turn away whoever goes faster than a person can: suggestions just end, a command is told so."""
        client, user_id = interaction.client, interaction.user.id
        if interaction.type is discord.InteractionType.autocomplete:
            return client.keystrokes.allows(user_id)
        if client.commands_run.allows(user_id):
            return True
        await self._turn_away(interaction, tr(replies.TOO_FAST))
        return False

    async def on_error(
        self, interaction: discord.Interaction["VideoBot"], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member what they can do, and the log what happened."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, app_commands.CheckFailure):
            return  # whoever refused has said so
        if isinstance(cause, RequestError):
            await self._turn_away(interaction, direct.as_counted(interaction, replies.refusal(cause)))
            return
        command = interaction.command.qualified_name if interaction.command else None
        log.error("command_failed", command=command, exc_info=cause)
        await self._turn_away(interaction, tr(replies.SOMETHING_WENT_WRONG))

    @staticmethod
    async def _turn_away(interaction: discord.Interaction["VideoBot"], text: str) -> None:
        # While a member types there is nobody to read a sentence.
        if interaction.type is not discord.InteractionType.autocomplete:
            await answer_privately(interaction, text)


async def _refused_place(interaction: discord.Interaction["VideoBot"]) -> str | None:
    """Return why a command does not work where it was used, or None where it does."""
    if not is_direct(interaction):
        is_theirs_alone = interaction.is_user_integration() and not interaction.is_guild_integration()
        return tr(replies.ONLY_IN_SERVERS) if is_theirs_alone else None
    command = interaction.command
    whole = command.root_parent or command if isinstance(command, app_commands.Command) else command
    if whole is None or whole.allowed_contexts is None or not whole.allowed_contexts.dm_channel:
        return tr(replies.ONLY_IN_SERVERS)
    # Suggestions come from memory, and tell nobody anything: no reason to ask Discord at every keystroke.
    if interaction.type is discord.InteractionType.autocomplete or NEEDS_NO_SERVER in whole.extras:
        return None
    return await direct.turned_away(interaction)


class VideoBot(PatientBot):
    """A client without privileged intents or caches.

    Its direct messages count as the server `direct_messages_server`; None: no videos are made there. `shards` are the
    numbers of those that it serves, and how many there are in all; None: all, as many as Discord recommends. Of several
    processes one alone `offers_commands`, and they connect in `turns`.
    """

    def __init__(
        self,
        *,
        facts: Facts,
        owner_ids: Iterable[int] = (),
        direct_messages_server: int | None = None,
        shards: tuple[Sequence[int], int] | None = None,
        offers_commands: bool = True,
        turns: Turns | None = None,
    ) -> None:
        # Its two warnings at every start are about voice, which this bot has no use for.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=GuardedTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.connect_as(shards, turns=turns)
        self.is_stopping = False
        self.keystrokes = Pace(burst=20, per_second=5)
        self.commands_run = Pace(burst=60, per_second=1)
        self._facts = facts
        self._offers_commands = offers_commands
        self.payers: set[int] = set(owner_ids)
        self.direct_messages_server = direct_messages_server
        self._cogs_to_add: list[commands.Cog] = []

    def offer(self, cogs: Iterable[commands.Cog], *, buttons: Iterable[type[ui.DynamicItem[Any]]]) -> None:
        """Say what will be offered once the client has logged in."""
        self._cogs_to_add.extend(cogs)
        self.add_dynamic_items(*buttons)

    def leave(self) -> None:
        """Take nothing new: whoever comes from now on is turned away."""
        self.is_stopping = True

    async def setup_hook(self) -> None:
        """Add the cogs and bring Discord's list of commands in step, before the first interaction can come."""
        if not self.payers:
            self.payers |= await self._owners_of_the_application()
        await self.tree.set_translator(CommandTranslator())
        # Emptied, because a login that fails after this is begun again from the start.
        while self._cogs_to_add:
            cog = self._cogs_to_add.pop(0)
            await self.add_cog(cog)
            if isinstance(cog, WithMenu):
                self.tree.add_command(cog.menu())
        if self._offers_commands:
            await self._sync_if_changed()

    async def on_ready(self) -> None:
        """Log where the bot is; the invite address is the first thing that a new owner looks for."""
        application_id = self.application_id or 0
        invite = discord.utils.oauth_url(
            application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands")
        )
        direct = self.direct_messages_server
        if direct is not None and self.hears_of(direct) and self.get_guild(direct) is None:
            log.warning("direct_messages_server_not_there", guild_id=direct)
        log.info("ready", guilds=len(self.guilds), shards=self.shard_count, invite=invite)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # the library's own signature
        """Log what an event handler raised, without its arguments: they hold what members wrote."""
        del args, kwargs
        log.error("event_failed", event_name=event_method, exc_info=sys.exception())

    async def _owners_of_the_application(self) -> set[int]:
        """Return who pays where the settings name nobody: the application's owner, or the members of its team."""
        application = await self.application_info()
        if application.team is not None:
            return {member.id for member in application.team.members}
        return {application.owner.id}

    async def _sync_if_changed(self) -> None:
        translator = self.tree.translator or CommandTranslator()
        offered = self.tree.get_commands()
        payload = [await command.get_translated_payload(self.tree, translator) for command in offered]
        fingerprint = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        name = f"commands of application {self.application_id}"
        if await self._facts.fact(name) == fingerprint:
            return
        try:
            await self.tree.sync()
        except discord.HTTPException as error:
            if error.status >= SERVER_ERRORS or error.status == TOO_MANY_REQUESTS:
                raise
            # What was registered before still works, and paid videos wait to be delivered: no reason to stay away.
            log.exception("commands_not_synced", status=error.status, code=error.code)
            return
        await self._facts.remember(name, fingerprint)
        log.info("commands_synced", commands=len(payload))


def use_stand_in(*, api_url: str | None, gateway_url: str | None) -> None:
    """Point discord.py at a stand-in on this machine; the settings have made sure that it is on loopback."""
    if api_url is not None:
        http.Route.BASE = api_url
    if gateway_url is not None:
        gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
