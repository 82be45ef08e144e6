"""Discord's client in the hands of a user: it offers what the bot registered and sends what the user chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.discord import mentions
from sandbox.discord.client_offer import ClientOffer
from sandbox.discord.command_book import CommandBook
from sandbox.discord.command_forms import CommandType
from sandbox.discord.components import find
from sandbox.discord.entities import Channel
from sandbox.discord.errors import ApiError, ClientRefusedError
from sandbox.discord.gateway_hub import GatewayHub
from sandbox.discord.interaction_payloads import interaction_payload
from sandbox.discord.interactions import Act, Interaction, InteractionDesk, InteractionType
from sandbox.discord.invocation import Typing, command_data
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.modals import modal_components
from sandbox.discord.permissions import Permission
from sandbox.discord.posting import Draft, Poster
from sandbox.discord.posts import Message, MessageFlag
from sandbox.discord.resolving import Resolver
from sandbox.discord.spool import Spool
from sandbox.discord.touching import component_data
from sandbox.discord.uploads import Upload
from sandbox.discord.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a test may say about an interaction besides what the user does."""

    locale: str | None = None
    """None is that of the user's client."""
    attachment_size_limit: int | None = None
    """Bytes per file; None is what the guild allows."""
    interaction_id: int | None = None
    created_at: datetime | None = None
    """When the user did it, so that an old interaction can be played; it decides the id where that is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a user did, before it becomes an interaction."""

    kind: InteractionType
    user_id: int
    channel: Channel
    data: dict[str, Any]
    command_name: str | None = None
    command_type: CommandType = CommandType.CHAT_INPUT
    source: Message | None = None
    """The message whose component was touched, now or on the way to the modal."""


USUAL: Final = Circumstances()


class UserClient:
    """Acts as any user of the world. What the real client would not offer is a `ClientRefusedError`."""

    def __init__(
        self,
        *,
        world: World,
        hub: GatewayHub,
        desk: InteractionDesk,
        commands: CommandBook,
        payloads: MessagePayloads,
        poster: Poster,
        spool: Spool,
    ) -> None:
        self._world = world
        self._hub = hub
        self._desk = desk
        self._offer = ClientOffer(world=world, commands=commands)
        self._payloads = payloads
        self._poster = poster
        self._spool = spool

    def run_command(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, object],
        circumstances: Circumstances = USUAL,
        typing: Typing | None = None,
    ) -> Interaction:
        """Send a slash command, `name` with its subcommands after spaces; with `typing` ask for its suggestions."""
        channel = self._offer.place(user_id, channel_id)
        first, *path = name.split()
        command = self._offer.command(first, CommandType.CHAT_INPUT, user_id, channel)
        data = command_data(
            command, path=path, options=options, resolver=self._resolver(user_id, channel), typing=typing
        )
        kind = InteractionType.AUTOCOMPLETE if typing else InteractionType.COMMAND
        deed = Deed(kind=kind, user_id=user_id, channel=channel, data=data, command_name=name)
        return self._send(deed, circumstances)

    def use_menu(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        target_id: int,
        kind: CommandType,
        circumstances: Circumstances = USUAL,
    ) -> Interaction:
        """Choose a command from the context menu of a user or a message."""
        channel = self._offer.place(user_id, channel_id)
        command = self._offer.command(name, kind, user_id, channel)
        resolver = self._resolver(user_id, channel)
        if kind is CommandType.USER:
            resolver.user(target_id)
        else:
            resolver.message(self._offer.visible_message(user_id, target_id))
        data: dict[str, Any] = {"target_id": str(target_id), "resolved": resolver.resolved}
        data |= {key: command[key] for key in ("id", "name", "type", "guild_id") if key in command}
        deed = Deed(
            kind=InteractionType.COMMAND,
            user_id=user_id,
            channel=channel,
            data=data,
            command_name=name,
            command_type=kind,
        )
        return self._send(deed, circumstances)

    def click(
        self,
        *,
        user_id: int,
        message_id: int,
        custom_id: str,
        values: Sequence[str] | None,
        circumstances: Circumstances = USUAL,
    ) -> Interaction:
        """Press a button, or choose from a select with `values`."""
        message = self._offer.visible_message(user_id, message_id)
        channel = self._offer.place(user_id, message.channel_id)
        component = find(message.components, custom_id)
        if component is None:
            raise ClientRefusedError(f"the message has no component {custom_id!r}")
        data = component_data(component, values=values, resolver=self._resolver(user_id, channel))
        deed = Deed(
            kind=InteractionType.COMPONENT,
            user_id=user_id,
            channel=channel,
            data=data,
            source=message,
        )
        return self._send(deed, circumstances)

    def submit_modal(
        self,
        *,
        interaction_id: int,
        values: Mapping[str, object],
        circumstances: Circumstances = USUAL,
    ) -> Interaction:
        """Fill in and submit the modal that an interaction opened; `values` by custom id."""
        opener = self._desk.all.get(interaction_id)
        if opener is None or opener.modal is None:
            raise ClientRefusedError("no modal is open")
        if opener.modal_was_submitted:
            raise ClientRefusedError("the modal was submitted before")
        act = opener.act
        channel = self._offer.place(act.user_id, act.channel_id)
        resolver = self._resolver(act.user_id, channel)
        filled = modal_components(opener.modal["components"], values=values, resolver=resolver)
        opener.modal_was_submitted = True
        data: dict[str, Any] = {"custom_id": opener.modal["custom_id"], "components": filled}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        source = self._world.messages.get(channel.id, act.source_message_id or 0)
        deed = Deed(
            kind=InteractionType.MODAL,
            user_id=act.user_id,
            channel=channel,
            data=data,
            source=source,
        )
        return self._send(deed, circumstances)

    def post(self, *, user_id: int, channel_id: int, content: str, uploads: Sequence[Upload]) -> Message:
        """Write a message as the user."""
        channel = self._offer.place(user_id, channel_id)
        self._offer.need(Permission.SEND_MESSAGES, user_id, channel)
        files = tuple(
            self._spool.store_bytes(upload.content, filename=upload.filename, content_type="application/octet-stream")
            for upload in uploads
        )
        draft = Draft(
            channel=channel,
            author_id=user_id,
            body={"content": content},
            files=files,
            upload_limit=self._world.upload_limit(channel),
            settable_flags=MessageFlag(0),
            default_mentions=mentions.FROM_BOTS,
        )
        try:
            return self._poster.post(draft)
        except ApiError as error:
            raise ClientRefusedError(error.refusal.words) from error

    def _resolver(self, user_id: int, channel: Channel) -> Resolver:
        return Resolver(world=self._world, payloads=self._payloads, spool=self._spool, user_id=user_id, channel=channel)

    def _send(self, deed: Deed, circumstances: Circumstances) -> Interaction:
        channel, limit = deed.channel, circumstances.attachment_size_limit
        act = Act(
            id=circumstances.interaction_id or self._world.ids.mint(circumstances.created_at),
            type=deed.kind,
            user_id=deed.user_id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            data=deed.data,
            attachment_size_limit=self._world.upload_limit(channel) if limit is None else limit,
            locale=circumstances.locale or self._world.users[deed.user_id].locale,
            source_message_id=deed.source.id if deed.source else None,
            command_name=deed.command_name,
            command_type=int(deed.command_type),
        )
        interaction = self._desk.open(act)
        payload = interaction_payload(interaction, world=self._world, payloads=self._payloads)
        self._hub.broadcast("INTERACTION_CREATE", payload, guild_id=channel.guild_id)
        return interaction
