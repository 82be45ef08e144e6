"""What a member may do: Discord's permission bits and the rule that computes them from roles and overwrites."""

from collections.abc import Iterable
from enum import IntFlag
from typing import Final

from sandbox.discord.entities import Channel, Member, OverwriteKind, Role


class Permission(IntFlag):
    """The bits that the stand-in knows by name; other bits are carried along unnamed."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING: Final = Permission(0)
EVERYTHING: Final = Permission((1 << 53) - 1)
INVITED_BOT: Final = Permission(274878024704)
"""View, send, send in threads, embed, attach, read history: what a bot of this kind asks for in its invite."""
EVERYONE: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.ADD_REACTIONS
)
IN_DIRECT_MESSAGES: Final = (
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
)
"""What `app_permissions` says in a direct message."""


def guild_permissions(member: Member, *, roles: Iterable[Role], is_owner: bool) -> Permission:
    """What the member's roles grant in the whole guild; `roles` are all roles of the guild."""
    if is_owner:
        return EVERYTHING
    held = {member.guild_id, *member.role_ids}
    granted = NOTHING
    for role in roles:
        granted |= role.permissions if role.id in held else NOTHING
    return EVERYTHING if Permission.ADMINISTRATOR in granted else granted


def channel_permissions(member: Member, channel: Channel, *, base: Permission) -> Permission:
    """What is left of `base` in a channel, by Discord's order: everyone, then roles together, then the member."""
    if Permission.ADMINISTRATOR in base:
        return EVERYTHING
    allowed = base
    for overwrite in channel.overwrites:
        if overwrite.id == member.guild_id:
            allowed = allowed & ~overwrite.deny | overwrite.allow
    deny = allow = NOTHING
    for overwrite in channel.overwrites:
        if overwrite.kind is OverwriteKind.ROLE and overwrite.id in member.role_ids:
            deny |= overwrite.deny
            allow |= overwrite.allow
    allowed = allowed & ~deny | allow
    for overwrite in channel.overwrites:
        if overwrite.kind is OverwriteKind.MEMBER and overwrite.id == member.user_id:
            allowed = allowed & ~overwrite.deny | overwrite.allow
    # Without View Channel nothing else in a channel can be used.
    return Permission(allowed) if Permission.VIEW_CHANNEL & allowed else NOTHING
