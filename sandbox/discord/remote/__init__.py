"""The stand-in of another process, with the same verbs as `DiscordStandIn`, spoken over its control API."""

from sandbox.discord.remote.acting import RemoteInteraction
from sandbox.discord.remote.client import RemoteDiscord
from sandbox.discord.remote.wire import RemoteError

__all__ = ["RemoteDiscord", "RemoteError", "RemoteInteraction"]
