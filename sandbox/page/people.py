"""Who one can be on the page, and which servers and channels each of them sees."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.discord.entities import Channel, ChannelType, Guild, User
from sandbox.discord.permissions import Permission
from sandbox.discord.world import World

LANGUAGES: Final[Mapping[str, str]] = {
    "en-US": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es-ES": "Español",
    "pt-BR": "Português (Brasil)",
    "ja": "日本語",
}
"""By the locale that Discord's client sends for them."""
Json = dict[str, Any]


def world_view(world: World, member: User) -> Json:
    """Return everybody and every place that a member sees, as the page reads it. Ids are strings throughout."""
    guilds = [guild for guild in world.guilds.values() if (guild.id, member.id) in world.members]
    return {
        "bot": str(world.bot.id),
        "people": [_person(world, user) for user in world.users.values()],
        "guilds": [_guild(world, guild, member) for guild in guilds],
        "direct": str(world.direct_channel(member.id).id),
        "languages": [{"locale": locale, "name": name} for locale, name in LANGUAGES.items()],
    }


def display_name(user: User) -> str:
    """Return the name that others see."""
    return user.global_name or user.username


def _person(world: World, user: User) -> Json:
    return {"id": str(user.id), "name": display_name(user), "isBot": user.is_bot, "note": _note(world, user)}


def _note(world: World, user: User) -> str:
    """Return what one ought to know of a person before being them."""
    if user.is_bot:
        return "the bot"
    if user.id == world.application.owner_id:
        return "owns the bot and the server, and pays"
    held = [
        world.roles[role]
        for (_, user_id), member in world.members.items()
        if user_id == user.id
        for role in member.role_ids
    ]
    if any(Permission.MANAGE_GUILD in Permission(role.permissions) for role in held):
        return "manages the server"
    return f"has the role {held[0].name}" if held else "member"


def _guild(world: World, guild: Guild, member: User) -> Json:
    seen = [
        channel
        for channel in world.channels_of(guild.id)
        if Permission.VIEW_CHANNEL in world.permissions_in(channel, member.id)
    ]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "channels": [_channel(world, channel, member) for channel in seen],
        "roles": [{"id": str(role.id), "name": role.name} for role in world.roles_of(guild.id) if role.id != guild.id],
        "members": [str(each.user_id) for each in world.members_of(guild.id)],
    }


def _channel(world: World, channel: Channel, member: User) -> Json:
    own = world.permissions_in(channel, member.id)
    may_send = Permission.SEND_MESSAGES_IN_THREADS if channel.type.is_thread else Permission.SEND_MESSAGES
    return {
        "id": str(channel.id),
        "name": channel.name or "",
        "type": int(channel.type),
        "parent": str(channel.parent_id) if channel.parent_id else None,
        "note": _lacking(world, channel),
        "maySend": may_send in own and channel.type is not ChannelType.FORUM,
    }


def _lacking(world: World, channel: Channel) -> str:
    """Return what the bot may not do in a channel, in a few words."""
    held = world.permissions_in(channel, world.bot.id)
    if Permission.VIEW_CHANNEL not in held:
        return "the bot may not look in here"
    return "the bot may not attach files here" if Permission.ATTACH_FILES not in held else ""
