"""Puts a finished video, or the bad news, in front of its member, wherever that is possible."""

from cogs.delivery.courier import DiscordDelivery

__all__ = ["DiscordDelivery"]
