"""The things of the world as Discord's JSON, with every field that a strict client insists on."""

from datetime import datetime
from typing import Any, TypeAlias

from sandbox.discord.entities import Channel, ChannelType, Guild, Member, Overwrite, Role, User
from sandbox.discord.permissions import EVERYONE, Permission
from sandbox.discord.snowflakes import created_at
from sandbox.discord.world import World

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object on its way out, or one that came in and was checked."""


def iso(moment: datetime) -> str:
    """A time as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user_payload(user: User) -> JsonObject:
    """A user as others see it."""
    return {
        "id": str(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "discriminator": "0001" if user.is_bot else "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": user.is_bot,
        "system": False,
    }


def own_user_payload(user: User) -> JsonObject:
    """The bot as it sees itself."""
    return user_payload(user) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "premium_type": 0,
        "verified": True,
        "email": None,
    }


def application_payload(world: World) -> JsonObject:
    """The application as its own bot sees it."""
    application = world.application
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_payload(world.bot),
        "summary": "",
        "bot_public": application.is_public,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "hook": True,
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "explicit_content_filter": 0,
        "integration_types_config": {"0": {}},
        "owner": user_payload(world.users[application.owner_id]),
        "team": None,
        "eligible_oauth2_scopes": [],
        "approximate_guild_count": len(world.bot_guilds()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
    }


def role_payload(role: Role) -> JsonObject:
    """A role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": False,
        "mentionable": role.is_mentionable,
        "flags": 0,
    }


def member_payload(world: World, member: Member) -> JsonObject:
    """A member with the user inside."""
    return {
        "user": user_payload(world.users[member.user_id]),
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role_id) for role_id in sorted(member.role_ids)],
        "joined_at": iso(member.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": member.is_pending,
        "communication_disabled_until": iso(member.timed_out_until) if member.timed_out_until else None,
    }


def channel_payload(world: World, channel: Channel) -> JsonObject:
    """A channel of any kind; `last_message_id` is left to those who know the messages."""
    match channel.type:
        case ChannelType.DM:
            return _direct_channel_payload(world, channel)
        case ChannelType.PUBLIC_THREAD:
            return _thread_payload(world, channel)
        case _:
            return _guild_channel_payload(channel)


def _direct_channel_payload(world: World, channel: Channel) -> JsonObject:
    recipient = world.users[channel.recipient_id or 0]
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "flags": 0,
        "last_message_id": None,
        "recipients": [user_payload(recipient)],
    }


def _guild_channel_payload(channel: Channel) -> JsonObject:
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "topic": channel.topic,
        "position": channel.position,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "permission_overwrites": [_overwrite_payload(overwrite) for overwrite in channel.overwrites],
        "nsfw": channel.is_age_restricted,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
    }


def _thread_payload(world: World, thread: Channel) -> JsonObject:
    return {
        "id": str(thread.id),
        "type": int(thread.type),
        "guild_id": str(thread.guild_id),
        "name": thread.name,
        "parent_id": str(thread.parent_id),
        "owner_id": str(thread.thread_owner_id),
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
        "message_count": len(world.messages.in_channel(thread.id)),
        "total_message_sent": len(world.messages.in_channel(thread.id)),
        "member_count": 1,
        "thread_metadata": {
            "archived": thread.is_archived,
            "locked": thread.is_locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(created_at(thread.id)),
            "create_timestamp": iso(created_at(thread.id)),
        },
    }


def _overwrite_payload(overwrite: Overwrite) -> JsonObject:
    return {
        "id": str(overwrite.id),
        "type": int(overwrite.kind),
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def guild_payload(world: World, guild: Guild) -> JsonObject:
    """A guild as REST and GUILD_UPDATE show it: without channels and members."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "icon_hash": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": str(guild.system_channel_id) if guild.system_channel_id else None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_payload(role) for role in world.roles_of(guild.id)],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": guild.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": guild.preferred_locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "hub_type": None,
        "premium_progress_bar_enabled": False,
        "latest_onboarding_question_id": None,
        "incidents_data": None,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "approximate_member_count": len(world.members_of(guild.id)),
        "approximate_presence_count": 1,
    }


def gateway_guild_payload(world: World, guild: Guild) -> JsonObject:
    """A guild as GUILD_CREATE shows it; of the members only the bot, as without the members intent."""
    channels = world.channels_of(guild.id)
    bot = world.members[guild.id, world.bot.id]
    return guild_payload(world, guild) | {
        "joined_at": iso(bot.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(world.members_of(guild.id)),
        "members": [member_payload(world, bot)],
        "channels": [channel_payload(world, channel) for channel in channels if not channel.type.is_thread],
        "threads": [
            channel_payload(world, channel)
            for channel in channels
            if channel.type.is_thread and not channel.is_archived
        ],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def interaction_member_payload(world: World, member: Member, permissions: Permission) -> JsonObject:
    """A member as an interaction shows it: with what they may do in that channel."""
    return member_payload(world, member) | {"permissions": str(int(permissions)), "unusual_dm_activity_until": None}


def resolved_channel_payload(world: World, channel: Channel, viewer_id: int) -> JsonObject:
    """A channel as an interaction shows it: partial, with what the invoking user may do there."""
    whole = channel_payload(world, channel)
    shown = (
        "id",
        "type",
        "name",
        "parent_id",
        "thread_metadata",
        "guild_id",
        "owner_id",
        "member_count",
        "message_count",
    )
    kept = {key: whole[key] for key in shown if key in whole}
    permissions = world.permissions_in(channel, viewer_id) if channel.guild_id else EVERYONE
    return kept | {"permissions": str(int(permissions)), "flags": 0}
