"""Routes of channels and of the messages that the bot posts, reads and edits with its own token."""

from collections.abc import Mapping
from typing import Final

from sandbox.discord import mentions
from sandbox.discord.entities import Channel, ChannelType
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import as_list, as_object
from sandbox.discord.message_forms import flags_of, require_message
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.payloads import channel_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.posting import Draft, Poster
from sandbox.discord.posts import Message, MessageFlag, MessageType, Reference
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.calls import NO_CONTENT, Answer, Call, Route
from sandbox.discord.rest.history import page_of
from sandbox.discord.world import World

SETTABLE: Final = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.IS_COMPONENTS_V2


class ChannelRoutes:
    """Channels and messages by the bot's token."""

    def __init__(self, *, world: World, access: Access, poster: Poster, payloads: MessagePayloads) -> None:
        self._world = world
        self._access = access
        self._poster = poster
        self._payloads = payloads

    def routes(self) -> list[Route]:
        """The routes of this room."""
        messages, message = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
        return [
            Route(method="GET", path="/channels/{channel_id}", handler=self._channel),
            Route(method="POST", path="/channels/{channel_id}/typing", handler=self._typing),
            Route(method="GET", path=messages, handler=self._history),
            Route(method="POST", path=messages, handler=self._create),
            Route(method="GET", path=message, handler=self._get),
            Route(method="PATCH", path=message, handler=self._edit),
            Route(method="DELETE", path=message, handler=self._delete),
        ]

    def _channel(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        messages = self._world.messages.in_channel(channel.id)
        newest = str(messages[-1].id) if messages else None
        return Answer(payload=channel_payload(self._world, channel) | {"last_message_id": newest})

    def _typing(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        self._access.require_may_send(channel, has_files=False, has_embeds=False)
        return NO_CONTENT

    def _history(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        messages = self._world.messages.in_channel(channel.id)
        may_read = Permission.READ_MESSAGE_HISTORY in self._world.permissions_in(channel, self._world.bot.id)
        if channel.guild_id is not None and not may_read:
            messages = []
        return Answer(payload=[self._payloads.seen_by_bot(message) for message in page_of(messages, call.query)])

    def _get(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        self._access.require(channel, Permission.READ_MESSAGE_HISTORY, otherwise=Refusal.MISSING_ACCESS)
        return Answer(payload=self._payloads.seen_by_bot(self._access.message(channel, call.id("message_id"))))

    def _create(self, call: Call) -> Answer:
        channel, body = self._access.channel(call.id("channel_id")), call.json
        require_message(body)
        has_embeds = bool(as_list(body.get("embeds")))
        self._access.require_may_send(channel, has_files=bool(call.files), has_embeds=has_embeds)
        if known := self._already_posted(channel, body):
            return Answer(payload=self._payloads.message(known))
        reference = self._reference(channel, body)
        draft = Draft(
            channel=channel,
            author_id=self._world.bot.id,
            body=body,
            files=call.files,
            upload_limit=self._world.upload_limit(channel),
            settable_flags=SETTABLE,
            default_mentions=mentions.FROM_BOTS,
            type=MessageType.REPLY if reference else MessageType.DEFAULT,
            reference=reference,
        )
        return Answer(payload=self._payloads.message(self._poster.post(draft)))

    def _already_posted(self, channel: Channel, body: Mapping[str, object]) -> Message | None:
        nonce = body.get("nonce")
        if body.get("enforce_nonce") is not True or not isinstance(nonce, str | int):
            return None
        messages = self._world.messages
        return messages.posted_with_nonce(channel_id=channel.id, author_id=self._world.bot.id, nonce=nonce)

    def _reference(self, channel: Channel, body: Mapping[str, object]) -> Reference | None:
        wanted = as_object(body.get("message_reference"))
        if not wanted:
            return None
        self._access.require(channel, Permission.READ_MESSAGE_HISTORY, otherwise=Refusal.CANNOT_REPLY)
        message_id = int(str(wanted["message_id"]))
        elsewhere = int(str(wanted.get("channel_id", channel.id))) != channel.id
        there = self._world.messages.get(channel.id, message_id)
        if elsewhere or there is None or MessageFlag.EPHEMERAL in there.flags:
            if wanted.get("fail_if_not_exists") is False:
                return None
            mistake = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            raise ApiError(Refusal.INVALID_FORM_BODY, {"message_reference": {"_errors": [mistake]}})
        return Reference(message_id=message_id, channel_id=channel.id, guild_id=channel.guild_id)

    def _edit(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        message, body = self._access.message(channel, call.id("message_id")), call.json
        require_message(body, existing=message.flags)
        self._require_may_edit(channel, message, body)
        has_embeds = bool(as_list(body.get("embeds")))
        self._access.require_may_carry(channel, has_files=bool(call.files), has_embeds=has_embeds)
        edited = self._poster.edit(
            message,
            body=body,
            files=call.files,
            upload_limit=self._world.upload_limit(channel),
            default_mentions=mentions.FROM_BOTS,
        )
        return Answer(payload=self._payloads.message(edited))

    def _require_may_edit(self, channel: Channel, message: Message, body: Mapping[str, object]) -> None:
        if message.author_id != self._world.bot.id:
            # With Manage Messages the flags of others' messages may be changed, and nothing else.
            if set(body) <= {"flags"} and not flags_of(body) & ~MessageFlag.SUPPRESS_EMBEDS:
                self._access.require(channel, Permission.MANAGE_MESSAGES)
                return
            raise ApiError(Refusal.NOT_YOUR_MESSAGE)
        if channel.is_archived:
            raise ApiError(Refusal.ARCHIVED_THREAD)

    def _delete(self, call: Call) -> Answer:
        channel = self._access.channel(call.id("channel_id"))
        message = self._access.message(channel, call.id("message_id"))
        if message.author_id != self._world.bot.id:
            if channel.type is ChannelType.DM:
                raise ApiError(Refusal.NOT_IN_A_DIRECT_MESSAGE)
            self._access.require(channel, Permission.MANAGE_MESSAGES)
        self._world.messages.delete(message)
        return NO_CONTENT
