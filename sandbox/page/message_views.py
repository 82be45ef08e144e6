"""Messages as the page reads them: what one member sees in one channel."""

from typing import Any, Final

from sandbox.discord.posts import Attachment, Message, MessageFlag, Reference
from sandbox.discord.world import World

Json = dict[str, Any]
SPOILER: Final = "SPOILER_"
EXCERPT: Final = 90
MOST: Final = 150
"""The latest messages of a channel that the page shows."""


def message_views(world: World, *, channel_id: int, member_id: int) -> list[Json]:
    """Return what a member sees in a channel, oldest first."""
    messages = world.messages.in_channel(channel_id, viewer_id=member_id)
    return [_message(world, message, member_id=member_id) for message in messages[-MOST:]]


def news(world: World, *, channel_id: int, member_id: int) -> Json:
    """Return the latest message of a channel that is not the member's own, and the latest that ping them."""
    others = [
        message
        for message in world.messages.in_channel(channel_id, viewer_id=member_id)
        if message.author_id != member_id
    ]
    return {
        "last": str(others[-1].id) if others else "0",
        "pings": [str(message.id) for message in others if _pings(world, message, member_id)][-20:],
    }


def _message(world: World, message: Message, *, member_id: int) -> Json:
    return {
        "id": str(message.id),
        "author": str(message.author_id),
        "at": int(message.timestamp.timestamp() * 1000),
        "edits": 0 if message.edited_at is None else len(message.earlier),
        "text": message.text,
        "isLoading": message.is_loading,
        "isEphemeral": message.ephemeral_for is not None,
        "pingsMe": _pings(world, message, member_id),
        "origin": _origin(message),
        "reply": _reply(world, message.reference, member_id),
        "attachments": [_attachment(file) for file in message.attachments],
        "components": list(message.components),
        "isLayout": MessageFlag.IS_COMPONENTS_V2 in message.flags,
    }


def _pings(world: World, message: Message, member_id: int) -> bool:
    pings = message.pings
    if member_id in pings.users or pings.everyone:
        return True
    member = world.members.get((message.guild_id, member_id)) if message.guild_id else None
    return member is not None and bool(pings.roles & member.role_ids)


def _origin(message: Message) -> Json | None:
    origin = message.origin
    if origin is None or origin.name is None:
        return None
    return {"user": str(origin.user_id), "name": origin.name, "isSlash": origin.command_type == 1}


def _reply(world: World, reference: Reference | None, member_id: int) -> Json | None:
    if reference is None:
        return None
    there = world.messages.get(reference.channel_id, reference.message_id)
    if there is None or not there.is_readable_by(member_id):
        return {"id": str(reference.message_id), "author": None, "text": ""}
    return {"id": str(there.id), "author": str(there.author_id), "text": there.text[:EXCERPT]}


def _attachment(file: Attachment) -> Json:
    return {
        "id": str(file.id),
        "name": file.filename.removeprefix(SPOILER),
        "type": file.content_type,
        "size": file.size,
        "isSpoiler": file.filename.startswith(SPOILER),
        "description": file.description or "",
    }
