"""Gateway sessions: what each connected bot process was told, so that it can resume where it broke off."""

import json
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, Protocol

REMEMBERED: Final = 10_000
"""Events kept for a resume."""
HIDDEN_WITHOUT_GUILD: Final = 0
"""The shard that direct messages go to."""


class Outlet(Protocol):
    """The connection that a session speaks through while it has one."""

    def send(self, text: str) -> None:
        """Queue one frame."""
        ...

    def close(self, code: int) -> None:
        """Queue the end of the connection."""
        ...

    def abort(self) -> None:
        """Cut the connection without a word."""
        ...

    def fall_silent(self) -> None:
        """Say nothing any more and leave the connection open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Which part of the guilds a session serves."""

    index: int = 0
    count: int = 1

    def serves(self, guild_id: int | None) -> bool:
        """Whether events of that guild, or of direct messages (None), belong here."""
        return self.index == (HIDDEN_WITHOUT_GUILD if guild_id is None else (guild_id >> 22) % self.count)


class Session:
    """One identified bot process on one shard. It outlives its connections until it is forgotten."""

    def __init__(self, *, shard: Shard, intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.sequence = 0
        """The number of the newest event."""
        self._events: deque[tuple[int, str]] = deque(maxlen=REMEMBERED)
        self._told = 0
        self._outlet: Outlet | None = None
        self._is_paused = False

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._outlet is not None

    @property
    def outlet(self) -> Outlet | None:
        """The connection, or None between two."""
        return self._outlet

    def dispatch(self, name: str, data: object) -> None:
        """Number an event, remember it, and send it as soon as it can be sent."""
        self.sequence += 1
        payload: dict[str, Any] = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self._events.append((self.sequence, json.dumps(payload)))
        self._flush()

    def attach(self, outlet: Outlet, *, seen: int) -> None:
        """Speak through a connection from now on, beginning after event number `seen`."""
        self._outlet = outlet
        self._told = seen
        self._flush()

    def detach(self, outlet: Outlet) -> None:
        """The connection has ended; another may have taken its place already."""
        if self._outlet is outlet:
            self._outlet = None

    def can_replay_after(self, seen: int) -> bool:
        """Whether every event after number `seen` is still remembered."""
        oldest = self._events[0][0] if self._events else self.sequence + 1
        return oldest <= seen + 1

    def pause(self) -> None:
        """Hold events back."""
        self._is_paused = True

    def unpause(self) -> None:
        """Send what was held back, and everything after it."""
        self._is_paused = False
        self._flush()

    def _flush(self) -> None:
        if self._outlet is None or self._is_paused:
            return
        for number, text in self._events:
            if number > self._told:
                self._outlet.send(text)
        self._told = self.sequence
