"""The messages of every channel, the nonces that were used, and who was told of a change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.discord.posts import Content, Message, MessageFlag, Pings
from sandbox.discord.snowflakes import SnowflakeMint

NONCE_WINDOW: Final = timedelta(minutes=3)
"""Discord says that it remembers nonces for "the past few minutes"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceKey:
    """What makes a nonce the same nonce."""

    channel_id: int
    author_id: int
    nonce: str


class MessageBook:
    """All messages by channel, oldest first.

    `publish` is told the gateway's name of the event and the message, after the book has changed.
    """

    def __init__(self, *, ids: SnowflakeMint, publish: Callable[[str, Message], None]) -> None:
        self.nonce_window = NONCE_WINDOW
        self.deleted: list[Message] = []
        """Messages that are gone, in the order of their deletion."""
        self._ids = ids
        self._publish = publish
        self._by_channel: dict[int, dict[int, Message]] = {}
        self._nonces: dict[NonceKey, tuple[int, datetime]] = {}

    def next_id(self) -> int:
        """The id of the message that will be posted next."""
        return self._ids.mint()

    def post(self, message: Message) -> Message:
        """Put a new message at the end of its channel and remember its nonce."""
        self._by_channel.setdefault(message.channel_id, {})[message.id] = message
        if message.nonce is not None:
            self._nonces[_key(message.channel_id, message.author_id, message.nonce)] = (message.id, datetime.now(UTC))
        self._publish("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, *, content: Content, mentions: Pings, flags: MessageFlag) -> Message:
        """Replace what a message says; what it said before is kept in `earlier`, and nobody is pinged."""
        edited = replace(
            message,
            content=content,
            mentions=mentions,
            flags=flags,
            edited_at=datetime.now(UTC),
            earlier=(*message.earlier, message.content),
        )
        self._by_channel[message.channel_id][message.id] = edited
        self._publish("MESSAGE_UPDATE", edited)
        return edited

    def delete(self, message: Message) -> None:
        """Take a message away."""
        del self._by_channel[message.channel_id][message.id]
        self.deleted.append(message)
        self._publish("MESSAGE_DELETE", message)

    def get(self, channel_id: int, message_id: int) -> Message | None:
        """One message, or None."""
        return self._by_channel.get(channel_id, {}).get(message_id)

    def find(self, message_id: int) -> Message | None:
        """One message wherever it is, or None."""
        return next((message for message in self.everything() if message.id == message_id), None)

    def everything(self) -> Iterator[Message]:
        """Every message of every channel."""
        for messages in self._by_channel.values():
            yield from messages.values()

    def in_channel(self, channel_id: int, *, viewer_id: int | None = None) -> list[Message]:
        """What a viewer sees in a channel, oldest first; None sees what everybody sees."""
        messages = self._by_channel.get(channel_id, {}).values()
        return [message for message in messages if message.is_readable_by(viewer_id)]

    def posted_with_nonce(self, *, channel_id: int, author_id: int, nonce: str | int) -> Message | None:
        """The author's message with that nonce in the channel, while the window lasts and the message exists."""
        message_id, used_at = self._nonces.get(
            _key(channel_id, author_id, nonce), (0, datetime.min.replace(tzinfo=UTC))
        )
        if datetime.now(UTC) - used_at >= self.nonce_window:
            return None
        return self.get(channel_id, message_id)

    def forget_nonces(self) -> None:
        """Forget every nonce, as Discord does after some minutes."""
        self._nonces.clear()

    def forget_channel(self, channel_id: int) -> None:
        """Drop the messages of a channel that was deleted."""
        self._by_channel.pop(channel_id, None)


def _key(channel_id: int, author_id: int, nonce: str | int) -> NonceKey:
    return NonceKey(channel_id=channel_id, author_id=author_id, nonce=str(nonce))
