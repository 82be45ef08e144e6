"""Routes of an interaction's token used as a webhook: follow-ups, and the messages that it made."""

from typing import Final

from sandbox.discord import mentions
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import as_list
from sandbox.discord.interactions import Interaction, InteractionDesk
from sandbox.discord.message_forms import require_message
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.posting import Poster
from sandbox.discord.posts import Message
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.callbacks import response_draft
from sandbox.discord.rest.calls import NO_CONTENT, Answer, Call, Route
from sandbox.discord.world import World

ORIGINAL: Final = "@original"


class WebhookRoutes:
    """What a bot can do with an interaction's token in its fifteen minutes."""

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
        webhook = "/webhooks/{application_id}/{interaction_token}"
        message = webhook + "/messages/{message_id}"
        return [
            Route(method="POST", path=webhook, handler=self._follow_up, needs_token=False),
            Route(method="GET", path=message, handler=self._get, needs_token=False),
            Route(method="PATCH", path=message, handler=self._edit, needs_token=False),
            Route(method="DELETE", path=message, handler=self._delete, needs_token=False),
        ]

    def _interaction(self, call: Call) -> Interaction:
        return self._desk.behind_webhook(call.id("application_id"), call.params["interaction_token"])

    def _follow_up(self, call: Call) -> Answer:
        interaction, body = self._interaction(call), call.json
        require_message(body)
        self._require_may_carry(interaction, call)
        original = interaction.original
        if original is not None and original.is_loading:
            # Deprecated, and still so: the first follow-up after a promise fulfils it.
            return Answer(payload=self._payloads.message(self._edited(interaction, original, call)))
        draft = response_draft(interaction, world=self._world, body=body, files=call.files)
        message = self._poster.post(draft)
        return Answer(payload=self._payloads.message(message))

    def _get(self, call: Call) -> Answer:
        return Answer(payload=self._payloads.message(self._message(self._interaction(call), call)))

    def _edit(self, call: Call) -> Answer:
        interaction = self._interaction(call)
        message = self._message(interaction, call)
        require_message(call.json, existing=message.flags)
        self._require_may_carry(interaction, call)
        return Answer(payload=self._payloads.message(self._edited(interaction, message, call)))

    def _delete(self, call: Call) -> Answer:
        self._world.messages.delete(self._message(self._interaction(call), call))
        return NO_CONTENT

    def _message(self, interaction: Interaction, call: Call) -> Message:
        """A message that this token made, or the one whose button or select the interaction came from.

        Raises:
            ApiError: 404/10008.
        """
        if call.params["message_id"] == ORIGINAL:
            message = interaction.original
        else:
            message = self._world.messages.get(interaction.act.channel_id, call.id("message_id"))
        if message is None or not _belongs(message, interaction):
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def _edited(self, interaction: Interaction, message: Message, call: Call) -> Message:
        return self._poster.edit(
            message,
            body=call.json,
            files=call.files,
            upload_limit=interaction.act.attachment_size_limit,
            default_mentions=mentions.FROM_WEBHOOKS,
        )

    def _require_may_carry(self, interaction: Interaction, call: Call) -> None:
        channel = self._access.place_of(interaction.act.channel_id)
        has_embeds = bool(as_list(call.json.get("embeds")))
        self._access.require_may_carry(channel, has_files=bool(call.files), has_embeds=has_embeds)


def _belongs(message: Message, interaction: Interaction) -> bool:
    # Undocumented, and relied upon by many bots: once a click was answered, in whatever way, its token reaches the
    # message that it came from, an ephemeral one included.
    if message.id in {interaction.original_id, interaction.act.source_message_id}:
        return True
    return message.origin is not None and message.origin.interaction_id == interaction.id
