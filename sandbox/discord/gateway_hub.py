"""All gateway sessions of the bot: who gets which event, and the ways in which a gateway misbehaves."""

import time
from collections.abc import Callable
from typing import Final

from sandbox.discord.changes import Changes
from sandbox.discord.entities import Channel, ChannelType, Guild, Member, Role
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.payloads import (
    JsonObject,
    channel_payload,
    gateway_guild_payload,
    guild_payload,
    member_payload,
    role_payload,
)
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.discord.sessions import Outlet, Session, Shard
from sandbox.discord.world import World, WorldEvent

GUILDS: Final = 1 << 0
GUILD_MEMBERS: Final = 1 << 1
GUILD_PRESENCES: Final = 1 << 8
GUILD_MESSAGES: Final = 1 << 9
DIRECT_MESSAGES: Final = 1 << 12
MESSAGE_CONTENT: Final = 1 << 15
PRIVILEGED: Final = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS: Final = (1 << 26) - 1
NO_INTENT: Final = 0


class GatewayHub:
    """Keeps the sessions and tells them what happens in the world."""

    def __init__(self, *, world: World, payloads: MessagePayloads, changes: Changes) -> None:
        self.heartbeat_interval = 41_250
        """Milliseconds, as HELLO says it."""
        self.accepts_connections = True
        self.sessions: list[Session] = []
        self.identified = 0
        """How many sessions were ever opened."""
        self.identifies: list[tuple[float, Shard]] = []
        """When each of them was, in seconds of the monotonic clock, and for which shard."""
        self.resumed = 0
        """How many times a session was resumed."""
        self.told_twice = 0
        """How many of the events that a client has seen it is told again when it resumes."""
        self._world = world
        self._payloads = payloads
        self._changes = changes
        self._is_paused = False
        world.subscribe(self._on_world_event)

    @property
    def connected(self) -> list[Session]:
        """The sessions that have a connection now."""
        return [session for session in self.sessions if session.is_connected]

    def open(self, session: Session) -> None:
        """Take in a session that identified itself."""
        if self._is_paused:
            session.pause()
        self.sessions.append(session)
        self.identified += 1
        self.identifies.append((time.monotonic(), session.shard))
        self._changes.announce()

    def resumable(self, session_id: str) -> Session | None:
        """The session of that id, or None where it is unknown or was forgotten."""
        return next((session for session in self.sessions if session.id == session_id), None)

    def forget(self, session: Session) -> None:
        """End a session for good: a resume of it is refused."""
        if session in self.sessions:
            self.sessions.remove(session)
        self._changes.announce()

    def went_away(self) -> None:
        """A session has lost its connection."""
        self._changes.announce()

    def came_back(self) -> None:
        """A session was resumed on a new connection."""
        self.resumed += 1
        self._changes.announce()

    def broadcast(self, name: str, data: JsonObject, *, guild_id: int | None, intent: int = NO_INTENT) -> None:
        """Tell every session whose shard and intents fit."""
        for session in self.sessions:
            if session.shard.serves(guild_id) and (intent == NO_INTENT or session.intents & intent):
                session.dispatch(name, data)

    def drop(self, *, resumable: bool = True, code: int | None = None) -> int:
        """End every connection; returns how many.

        Args:
            resumable: whether the sessions are still known afterwards.
            code: the close code to say; None cuts the TCP connection without a word.
        """
        dropped = self.connected
        for session in dropped:
            outlet = session.outlet
            if not resumable:
                self.forget(session)
            if outlet is not None:
                _end(outlet, code)
        return len(dropped)

    def fall_silent(self) -> None:
        """Say nothing more on any connection of now, and keep them open: what a client sees of a dead peer."""
        for session in self.connected:
            if session.outlet is not None:
                session.outlet.fall_silent()

    def ask_to_reconnect(self) -> None:
        """Send op 7 to every connection."""
        self._send_all('{"op": 7, "d": null, "s": null, "t": null}')

    def invalidate(self, *, resumable: bool) -> None:
        """Send op 9 to every connection; where it is not resumable the sessions are forgotten."""
        connected = self.connected
        self._send_all(
            '{"op": 9, "d": true, "s": null, "t": null}' if resumable else '{"op": 9, "d": false, "s": null, "t": null}'
        )
        if not resumable:
            for session in connected:
                self.forget(session)

    def pause(self) -> None:
        """Hold back every event from now on."""
        self._is_paused = True
        for session in self.sessions:
            session.pause()

    def unpause(self) -> None:
        """Send what was held back."""
        self._is_paused = False
        for session in self.sessions:
            session.unpause()

    def _send_all(self, text: str) -> None:
        for session in self.connected:
            if session.outlet is not None:
                session.outlet.send(text)

    # --- what the world tells ----------------------------------------------------------------------------------

    def _on_world_event(self, event: WorldEvent) -> None:
        if event.guild_id is None or self._bot_is_in(event.guild_id) or event.name == "GUILD_DELETE":
            self._tell(event)
        self._changes.announce()

    def _bot_is_in(self, guild_id: int) -> bool:
        return (guild_id, self._world.bot.id) in self._world.members

    def _tell(self, event: WorldEvent) -> None:
        match event.entity:
            case Guild() as guild:
                self._tell_guild(event.name, guild)
            case Role() as role:
                data = {"guild_id": str(role.guild_id), "role": role_payload(role)}
                self.broadcast(event.name, data, guild_id=role.guild_id, intent=GUILDS)
            case Channel() as channel:
                if channel.type is not ChannelType.DM:
                    data = channel_payload(self._world, channel)
                    self.broadcast(event.name, data, guild_id=channel.guild_id, intent=GUILDS)
            case Member() as member:
                data = member_payload(self._world, member) | {"guild_id": str(member.guild_id)}
                # A bot hears of changes to itself without the members intent.
                intent = NO_INTENT if member.user_id == self._world.bot.id else GUILD_MEMBERS
                self.broadcast(event.name, data, guild_id=member.guild_id, intent=intent)
            case Message() as message:
                self._tell_message(event.name, message)

    def _tell_guild(self, name: str, guild: Guild) -> None:
        render: dict[str, Callable[[World, Guild], JsonObject]] = {
            "GUILD_CREATE": gateway_guild_payload,
            "GUILD_UPDATE": guild_payload,
            # Without `unavailable` it means that the bot was removed.
            "GUILD_DELETE": lambda _, gone: {"id": str(gone.id)},
        }
        self.broadcast(name, render[name](self._world, guild), guild_id=guild.id, intent=GUILDS)

    def _tell_message(self, name: str, message: Message) -> None:
        channel = self._world.channels.get(message.channel_id)
        if message.ephemeral_for is not None or channel is None:
            return
        if channel.guild_id and Permission.VIEW_CHANNEL not in self._world.permissions_in(channel, self._world.bot.id):
            return
        data: JsonObject = {"id": str(message.id), "channel_id": str(message.channel_id)}
        if name != "MESSAGE_DELETE":
            data = self._payloads.seen_by_bot(message)
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
        intent = DIRECT_MESSAGES if message.guild_id is None else GUILD_MESSAGES
        self.broadcast(name, data, guild_id=message.guild_id, intent=intent)


def _end(outlet: Outlet, code: int | None) -> None:
    if code is None:
        outlet.abort()
    else:
        outlet.close(code)
