"""A channel as a member sees it, in plain text."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sandbox.discord import World
from sandbox.discord.posts import Message

ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
MENTION: Final = re.compile(r"<@!?(\d+)>")
ROLE: Final = re.compile(r"<@&(\d+)>")
RELATIVE: Final = re.compile(r"<t:(\d+)(?::\w)?>")
MARKUP: Final = re.compile(r"(?<!\\)(\*\*|`)")
BUTTON: Final = 2
MINUTE: Final = 60
KIBIBYTE: Final = 1024


def shown(messages: Sequence[Message], *, world: World, channel: str) -> str:
    """Return the messages of a channel, oldest first, as its members read them."""
    return "\n\n".join([f"#{channel}", *(_message(message, messages, world=world) for message in messages)])


def _message(message: Message, messages: Sequence[Message], *, world: World) -> str:
    time = message.timestamp.astimezone().strftime("%H:%M:%S")
    notes = [
        "only you can see this" if message.ephemeral_for else "",
        f"edited {len(message.earlier)} times" if message.earlier else "",
        _answered(message, messages, world=world),
    ]
    head = " · ".join(part for part in (world.users[message.author_id].username, time, *notes) if part)
    body = [f"  {line}" for line in _text(message.text, world=world).splitlines()]
    files = [f"  [{file.filename}, {file.size / KIBIBYTE:.0f} KiB]" for file in message.attachments]
    buttons = [f"  ( {item['label']} )" for row in message.components for item in row["components"] if _is_button(item)]
    return "\n".join([head, *body, *files, *buttons])


def _answered(message: Message, messages: Sequence[Message], *, world: World) -> str:
    if message.origin is not None:
        name = world.users[message.origin.user_id].username
        return f"answers {name}'s /{message.origin.name}" if message.origin.name else f"answers {name}"
    if message.reference is None:
        return ""
    numbers = [each.id for each in messages]
    target = message.reference.message_id
    return f"replies to message {numbers.index(target) + 1}" if target in numbers else "replies to a deleted message"


def _text(text: str, *, world: World) -> str:
    def named(match: re.Match[str]) -> str:
        user = world.users.get(int(match[1]))
        return f"@{user.username}" if user else match[0]

    def role_named(match: re.Match[str]) -> str:
        return next((f"@{role.name}" for role in world.roles.values() if role.id == int(match[1])), match[0])

    plain = MARKUP.sub("", text)
    plain = RELATIVE.sub(_relative, ROLE.sub(role_named, MENTION.sub(named, plain)))
    return ESCAPED.sub(r"\1", plain)


def _relative(match: re.Match[str]) -> str:
    seconds = round(int(match[1]) - datetime.now(UTC).timestamp())
    length = abs(seconds)
    amount = f"{length} seconds" if length < MINUTE else f"{length // MINUTE} minutes"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"


def _is_button(item: dict[str, object]) -> bool:
    return item.get("type") == BUTTON
