"""A stand-in for Discord's gateway and REST API on loopback, strict and scriptable, for unmodified clients."""

from sandbox.discord.default_world import default_world
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.faults import Fault, FaultKind
from sandbox.discord.stand_in import DiscordStandIn
from sandbox.discord.uploads import Upload
from sandbox.discord.world import World

__all__ = ["ClientRefusedError", "DiscordStandIn", "Fault", "FaultKind", "Upload", "World", "default_world"]
