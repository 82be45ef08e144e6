"""Messages as Discord's JSON."""

from typing import Final

from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.entities import ChannelType
from sandbox.discord.payloads import JsonObject, iso, user_payload
from sandbox.discord.posts import Attachment, Message, Origin, Reference
from sandbox.discord.world import World

MESSAGE_CONTENT: Final = 1 << 15
"""The gateway intent without which a bot does not see what others write."""


class MessagePayloads:
    """Draws messages of one world, with fresh addresses for their files."""

    def __init__(self, *, world: World, links: CdnLinks) -> None:
        self._world = world
        self._links = links

    def message(self, message: Message, *, with_reference: bool = True) -> JsonObject:
        """A message with everything in it; the referenced message is shown one level deep."""
        mentions = message.mentions
        payload: JsonObject = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": int(message.type),
            "author": user_payload(self._world.users[message.author_id]),
            "content": message.text,
            "timestamp": iso(message.timestamp),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "tts": False,
            "pinned": False,
            "flags": int(message.flags),
            "mention_everyone": mentions.everyone,
            "mentions": [user_payload(self._world.users[user_id]) for user_id in sorted(mentions.users)],
            "mention_roles": [str(role_id) for role_id in sorted(mentions.roles)],
            "attachments": [self.attachment(file, channel_id=message.channel_id) for file in message.attachments],
            "embeds": list(message.content.embeds),
            "components": list(message.components),
        }
        return payload | self._occasional(message) | (self._reference(message) if with_reference else {})

    def seen_by_bot(self, message: Message) -> JsonObject:
        """A message as the bot may read it: without what others wrote where it lacks the message content intent."""
        payload = self.message(message)
        if self._may_read(message):
            return payload
        return payload | {"content": "", "attachments": [], "embeds": [], "components": []}

    def attachment(self, file: Attachment, *, channel_id: int) -> JsonObject:
        """A file of a message."""
        link = self._links.link(file, channel_id=channel_id)
        payload: JsonObject = {
            "id": str(file.id),
            "filename": file.filename,
            "size": file.size,
            "url": link,
            "proxy_url": link,
            "content_type": file.content_type,
        }
        return payload | ({"description": file.description} if file.description else {})

    def _may_read(self, message: Message) -> bool:
        world = self._world
        if message.author_id == world.bot.id or world.bot.id in message.mentions.users:
            return True
        if world.application.privileged_intents & MESSAGE_CONTENT:
            return True
        channel = world.channels.get(message.channel_id)
        return channel is not None and channel.type is ChannelType.DM

    def _occasional(self, message: Message) -> JsonObject:
        payload: JsonObject = {}
        if message.nonce is not None:
            payload["nonce"] = message.nonce
        if message.webhook_id is not None:
            payload["webhook_id"] = payload["application_id"] = str(message.webhook_id)
        if message.origin is not None:
            payload["interaction_metadata"] = self._origin(message.origin, guild_id=message.guild_id)
            if message.origin.name is not None:
                payload["interaction"] = self._old_origin(message.origin)
        return payload

    def _origin(self, origin: Origin, *, guild_id: int | None) -> JsonObject:
        payload: JsonObject = {
            "id": str(origin.interaction_id),
            "type": origin.interaction_type,
            "user": user_payload(self._world.users[origin.user_id]),
            # In a direct message with the bot, the guild that brought the bot there is written as 0.
            "authorizing_integration_owners": {"0": str(guild_id or 0)},
        }
        if origin.name is not None:
            payload |= {"name": origin.name, "command_type": origin.command_type}
        if origin.source_message_id is not None:
            payload["interacted_message_id"] = str(origin.source_message_id)
        return payload

    def _old_origin(self, origin: Origin) -> JsonObject:
        return {
            "id": str(origin.interaction_id),
            "type": origin.interaction_type,
            "name": origin.name,
            "user": user_payload(self._world.users[origin.user_id]),
        }

    def _reference(self, message: Message) -> JsonObject:
        if message.reference is None:
            return {}
        there = self._world.messages.get(message.reference.channel_id, message.reference.message_id)
        shown = self.message(there, with_reference=False) if there else None
        return {"message_reference": _reference_payload(message.reference), "referenced_message": shown}


def _reference_payload(reference: Reference) -> JsonObject:
    payload: JsonObject = {
        "type": 0,
        "message_id": str(reference.message_id),
        "channel_id": str(reference.channel_id),
    }
    return payload | ({"guild_id": str(reference.guild_id)} if reference.guild_id else {})
