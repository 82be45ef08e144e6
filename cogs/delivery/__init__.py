"""Puts a finished video, or the bad news, in front of its member, wherever that is possible."""

from cogs.delivery.courier import DiscordDelivery
from cogs.delivery.private_answers import PrivateAnswers
from cogs.delivery.readers import readers_of

__all__ = ["DiscordDelivery", "PrivateAnswers", "readers_of"]
