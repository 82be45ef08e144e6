"""Finds what ids in an interaction stand for: Discord's `resolved` object."""

import mimetypes
from collections.abc import Sequence
from typing import Any

from sandbox.discord.entities import Channel
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.payloads import interaction_member_payload, resolved_channel_payload, role_payload, user_payload
from sandbox.discord.posting import safe_filename
from sandbox.discord.posts import Attachment, Message
from sandbox.discord.spool import Spool
from sandbox.discord.uploads import Upload
from sandbox.discord.world import World


class Resolver:
    """Collects `resolved` for one interaction of one user in one channel."""

    def __init__(
        self, *, world: World, payloads: MessagePayloads, spool: Spool, user_id: int, channel: Channel
    ) -> None:
        self.resolved: dict[str, dict[str, Any]] = {}
        self._world = world
        self._payloads = payloads
        self._spool = spool
        self._user_id = user_id
        self._channel = channel

    def user(self, user_id: int) -> str:
        """Resolve a user, and the member where they are one.

        Raises:
            ClientRefusedError: there is no such user.
        """
        if user_id not in self._world.users:
            raise ClientRefusedError(f"no user {user_id}")
        self._put("users", user_id, user_payload(self._world.users[user_id]))
        guild_id = self._channel.guild_id
        member = self._world.members.get((guild_id, user_id)) if guild_id is not None else None
        if member is not None:
            permissions = self._world.permissions_in(self._channel, user_id)
            whole = interaction_member_payload(self._world, member, permissions)
            hidden = {"user", "deaf", "mute"}
            self._put("members", user_id, {key: value for key, value in whole.items() if key not in hidden})
        return str(user_id)

    def role(self, role_id: int) -> str:
        """Resolve a role of the guild.

        Raises:
            ClientRefusedError: the guild has no such role.
        """
        role = self._world.roles.get(role_id)
        if role is None or role.guild_id != self._channel.guild_id:
            raise ClientRefusedError(f"no role {role_id} here")
        self._put("roles", role_id, role_payload(role))
        return str(role_id)

    def mentionable(self, anyone: int) -> str:
        """Resolve a role or a user.

        Raises:
            ClientRefusedError: it is neither.
        """
        return self.role(anyone) if anyone in self._world.roles else self.user(anyone)

    def channel(self, channel_id: int, *, types: Sequence[object]) -> str:
        """Resolve a channel of the guild; `types` are those that the option takes, empty for all.

        Raises:
            ClientRefusedError: the guild has no such channel, or the option does not take it.
        """
        channel = self._world.channels.get(channel_id)
        if channel is None or channel.guild_id != self._channel.guild_id:
            raise ClientRefusedError(f"no channel {channel_id} here")
        if types and int(channel.type) not in types:
            raise ClientRefusedError(f"the option takes no channel of type {channel.type.name}")
        self._put("channels", channel_id, resolved_channel_payload(self._world, channel, self._user_id))
        return str(channel_id)

    def attachment(self, upload: Upload) -> str:
        """Keep a file that the user attached and resolve it."""
        content_type = mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
        stored = self._spool.store_bytes(upload.content, filename=upload.filename, content_type=content_type)
        attachment = Attachment(
            id=stored.id,
            filename=safe_filename(stored.filename),
            size=stored.size,
            sha256=stored.sha256,
            content_type=content_type,
            path=stored.path,
        )
        self._world.loose_attachments[attachment.id] = attachment
        shown = self._payloads.attachment(attachment, channel_id=self._channel.id)
        self._put("attachments", attachment.id, {**shown, "ephemeral": True})
        return str(attachment.id)

    def message(self, message: Message) -> str:
        """Resolve the message that a context menu was opened on."""
        self._put("messages", message.id, self._payloads.message(message))
        return str(message.id)

    def _put(self, kind: str, thing_id: int, payload: dict[str, Any]) -> None:
        self.resolved.setdefault(kind, {})[str(thing_id)] = payload
