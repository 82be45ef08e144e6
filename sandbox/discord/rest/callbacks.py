"""The route by which a bot gives its one answer to an interaction."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.discord import mentions
from sandbox.discord.components import require_modal
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import Listing, Number, Shape, Text, anything, as_list, as_object, require
from sandbox.discord.interactions import (
    ANSWERS,
    CallbackType,
    Interaction,
    InteractionDesk,
    InteractionType,
)
from sandbox.discord.message_forms import flags_of, require_message
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.posting import Draft, Poster
from sandbox.discord.posts import Message, MessageFlag, MessageType, Origin, Reference
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.calls import NO_CONTENT, Answer, Call, Route
from sandbox.discord.spool import StoredFile
from sandbox.discord.world import World

SETTABLE: Final = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_COMPONENTS_V2
)
MOST_CHOICES: Final = 25
_CHOICE: Final = Shape(
    fields={"name": Text(most=100, least=1), "value": anything}, required=frozenset({"name", "value"})
)
_CHOICES: Final = Shape(
    fields={
        "data": Shape(fields={"choices": Listing(item=_CHOICE, most=MOST_CHOICES)}, required=frozenset({"choices"}))
    },
    required=frozenset({"data"}),
)
_SHAPE: Final = Shape(fields={"type": Number(least=1, most=12), "data": anything}, required=frozenset({"type"}))


class CallbackRoutes:
    """The first answer to an interaction: a message, a promise of one, an update, choices or a modal."""

    def __init__(
        self,
        *,
        world: World,
        access: Access,
        desk: InteractionDesk,
        poster: Poster,
        payloads: MessagePayloads,
    ) -> None:
        self._world = world
        self._access = access
        self._desk = desk
        self._poster = poster
        self._payloads = payloads

    def routes(self) -> list[Route]:
        """The routes of this room."""
        path = "/interactions/{interaction_id}/{interaction_token}/callback"
        # Discord sends no rate limit headers here, and hikari complains about any.
        return [Route(method="POST", path=path, handler=self._answer, needs_token=False, has_rate_limit=False)]

    def _answer(self, call: Call) -> Answer:
        interaction = self._desk.to_answer(call.id("interaction_id"), call.params["interaction_token"])
        require(_SHAPE, call.json)
        kind = _kind(call.json, interaction)
        self._perform(interaction, kind, call)
        self._desk.answer(interaction, kind)
        if not call.says("with_response"):
            return NO_CONTENT
        return Answer(payload=self._callback_payload(interaction, kind))

    def _perform(self, interaction: Interaction, kind: CallbackType, call: Call) -> None:
        data = as_object(call.json.get("data"))
        match kind:
            case CallbackType.MESSAGE:
                require_message(data, base=("data",))
                interaction.original_id = self._post(interaction, data, call, loading=False).id
            case CallbackType.DEFERRED_MESSAGE:
                # Of all flags only this one counts on a promise.
                promise = {"flags": int(flags_of(data) & MessageFlag.EPHEMERAL)}
                interaction.original_id = self._post(interaction, promise, call, loading=True).id
            case CallbackType.DEFERRED_UPDATE:
                interaction.original_id = interaction.act.source_message_id
            case CallbackType.UPDATE:
                self._update(interaction, data, call)
            case CallbackType.CHOICES:
                require(_CHOICES, call.json)
                interaction.choices = tuple(dict(as_object(choice)) for choice in as_list(data.get("choices")))
            case CallbackType.MODAL:
                require_modal(data)
                interaction.modal = dict(data)

    def _post(self, interaction: Interaction, data: Mapping[str, object], call: Call, *, loading: bool) -> Message:
        self._require_may_carry(interaction, data, call)
        draft = response_draft(interaction, world=self._world, body=data, files=call.files, is_loading=loading)
        return self._poster.post(draft)

    def _update(self, interaction: Interaction, data: Mapping[str, object], call: Call) -> None:
        act = interaction.act
        message = self._world.messages.get(act.channel_id, act.source_message_id or 0)
        if message is None:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        require_message(data, base=("data",), existing=message.flags)
        self._require_may_carry(interaction, data, call)
        interaction.original_id = message.id
        self._poster.edit(
            message,
            body=data,
            files=call.files,
            upload_limit=act.attachment_size_limit,
            default_mentions=mentions.FROM_WEBHOOKS,
        )

    def _require_may_carry(self, interaction: Interaction, data: Mapping[str, object], call: Call) -> None:
        channel = self._access.place_of(interaction.act.channel_id)
        has_embeds = bool(as_list(data.get("embeds")))
        self._access.require_may_carry(channel, has_files=bool(call.files), has_embeds=has_embeds)

    def _callback_payload(self, interaction: Interaction, kind: CallbackType) -> dict[str, Any]:
        about: dict[str, Any] = {"id": str(interaction.id), "type": int(interaction.act.type)}
        payload: dict[str, Any] = {"interaction": about}
        message = interaction.original
        if message is None:
            return payload
        about["response_message_id"] = str(message.id)
        about["response_message_loading"] = message.is_loading
        about["response_message_ephemeral"] = interaction.ephemeral
        return payload | {"resource": {"type": int(kind), "message": self._payloads.message(message)}}


def response_draft(
    interaction: Interaction,
    *,
    world: World,
    body: Mapping[str, object],
    files: tuple[StoredFile, ...],
    is_loading: bool = False,
) -> Draft:
    """A message that answers an interaction: by the bot, with the interaction's own limits, flags and reader."""
    act = interaction.act
    source = act.source_message_id
    is_command = act.type is InteractionType.COMMAND
    as_command = MessageType.CHAT_INPUT_COMMAND if act.command_type == 1 else MessageType.CONTEXT_MENU_COMMAND
    is_ephemeral = MessageFlag.EPHEMERAL in flags_of(body)
    return Draft(
        channel=world.channels[act.channel_id],
        author_id=world.bot.id,
        body=body,
        files=files,
        is_loading=is_loading,
        upload_limit=act.attachment_size_limit,
        settable_flags=SETTABLE,
        default_mentions=mentions.FROM_WEBHOOKS,
        type=as_command if is_command else MessageType.REPLY if source else MessageType.DEFAULT,
        reference=Reference(message_id=source, channel_id=act.channel_id, guild_id=act.guild_id) if source else None,
        origin=Origin(
            interaction_id=act.id,
            interaction_type=int(act.type),
            user_id=act.user_id,
            name=act.command_name,
            command_type=act.command_type,
            source_message_id=source,
        ),
        webhook_id=world.application.id,
        ephemeral_for=act.user_id if is_ephemeral else None,
    )


def _kind(body: Mapping[str, object], interaction: Interaction) -> CallbackType:
    fitting = ANSWERS[interaction.act.type]
    if interaction.act.source_message_id is None:
        fitting = fitting - {CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE}
    kind = body.get("type")
    if kind not in fitting:
        words = f"Value must be one of {{{', '.join(str(int(each)) for each in sorted(fitting))}}}."
        mistake = {"code": "INTERACTION_CALLBACK_INVALID_TYPE", "message": words}
        raise ApiError(Refusal.INVALID_FORM_BODY, {"type": {"_errors": [mistake]}})
    return CallbackType(int(str(kind)))
