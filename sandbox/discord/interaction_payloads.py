"""Interactions as Discord's JSON: the data of INTERACTION_CREATE."""

from sandbox.discord.interactions import Interaction
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.payloads import (
    JsonObject,
    channel_payload,
    interaction_member_payload,
    resolved_channel_payload,
    user_payload,
)
from sandbox.discord.permissions import IN_DIRECT_MESSAGES
from sandbox.discord.world import World


def interaction_payload(interaction: Interaction, *, world: World, payloads: MessagePayloads) -> JsonObject:
    """The whole event, with what the invoking user and the bot may do in the channel."""
    act = interaction.act
    channel = world.channels[act.channel_id]
    app_permissions = world.permissions_in(channel, world.bot.id) if act.guild_id else IN_DIRECT_MESSAGES
    payload: JsonObject = {
        "id": str(act.id),
        "application_id": str(world.application.id),
        "type": int(act.type),
        "token": interaction.token,
        "version": 1,
        "data": act.data,
        "channel_id": str(channel.id),
        "channel": channel_payload(world, channel),
        "app_permissions": str(int(app_permissions)),
        "locale": act.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": str(act.guild_id or 0)},
        "context": 0 if act.guild_id else 1,
        "attachment_size_limit": act.attachment_size_limit,
    }
    source = world.messages.get(act.channel_id, act.source_message_id or 0)
    if source is not None:
        payload["message"] = payloads.message(source)
    return payload | _invoker(interaction, world)


def _invoker(interaction: Interaction, world: World) -> JsonObject:
    act = interaction.act
    if act.guild_id is None:
        return {"user": user_payload(world.users[act.user_id])}
    channel, member = world.channels[act.channel_id], world.members[act.guild_id, act.user_id]
    shown = resolved_channel_payload(world, channel, act.user_id)
    locale = world.guilds[act.guild_id].preferred_locale
    return {
        "guild_id": str(act.guild_id),
        "guild_locale": locale,
        "guild": {"id": str(act.guild_id), "locale": locale, "features": []},
        "channel": channel_payload(world, channel) | {"permissions": shown["permissions"]},
        "member": interaction_member_payload(world, member, world.permissions_in(channel, act.user_id)),
    }
