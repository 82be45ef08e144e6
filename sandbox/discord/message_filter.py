"""What a message has to be like to be waited for: a predicate that can travel as JSON."""

from dataclasses import dataclass

from sandbox.discord.components import walk
from sandbox.discord.posts import Message
from sandbox.discord.snowflakes import Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Every field that is given must fit; call it with a message."""

    author_id: Snowflake | None = None
    text: str | None = None
    """Contained in the text."""
    filename: str | None = None
    """The end of the name of one of its files, such as `.mp4`."""
    reply_to: Snowflake | None = None
    pings: Snowflake | None = None
    """A user who heard it."""
    custom_id: str | None = None
    """Contained in the custom id of one of its components."""
    interaction_id: Snowflake | None = None
    """The interaction that it answers."""

    def __call__(self, message: Message) -> bool:
        """Whether the message fits."""
        return all(fits for wanted, fits in self._checks(message) if wanted is not None)

    def _checks(self, message: Message) -> list[tuple[object, bool]]:
        names = [attachment.filename for attachment in message.attachments]
        custom_ids = [str(component.get("custom_id", "")) for component in walk(message.components)]
        origin, reference = message.origin, message.reference
        return [
            (self.author_id, message.author_id == self.author_id),
            (self.text, (self.text or "") in message.text),
            (self.filename, any(name.endswith(self.filename or "") for name in names)),
            (self.reply_to, reference is not None and reference.message_id == self.reply_to),
            (self.pings, self.pings in message.pings.users),
            (self.custom_id, any((self.custom_id or "") in custom_id for custom_id in custom_ids)),
            (self.interaction_id, origin is not None and origin.interaction_id == self.interaction_id),
        ]
