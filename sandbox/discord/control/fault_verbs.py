"""Verbs that make the stand-in misbehave, or change its clocks."""

from collections.abc import Sequence
from datetime import timedelta

from sandbox.discord.control.values import Settings
from sandbox.discord.faults import Fault
from sandbox.discord.snowflakes import Snowflake
from sandbox.discord.stand_in import DiscordStandIn


class FaultVerbs:
    """Disturb one stand-in."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in

    async def script(self, *, faults: Sequence[Fault]) -> None:
        """Play these faults on the REST calls to come."""
        self._stand_in.script(*faults)

    async def clear_faults(self) -> None:
        """Drop the faults that were not played."""
        self._stand_in.faults.clear()

    async def drop_gateway(self, *, resumable: bool = True, code: int | None = None) -> int:
        """End every gateway connection; without a code the TCP connection is cut."""
        return self._stand_in.gateway.drop(resumable=resumable, code=code)

    async def ask_to_reconnect(self) -> None:
        """Send op 7."""
        self._stand_in.gateway.ask_to_reconnect()

    async def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Send op 9."""
        self._stand_in.gateway.invalidate(resumable=resumable)

    async def pause_gateway(self) -> None:
        """Hold events back."""
        self._stand_in.gateway.pause()

    async def unpause_gateway(self) -> None:
        """Send what was held back."""
        self._stand_in.gateway.unpause()

    async def accept_connections(self, *, accept: bool) -> None:
        """Let new gateway connections in, or answer them 503."""
        self._stand_in.gateway.accepts_connections = accept

    async def forget_nonces(self) -> None:
        """Forget every nonce, as Discord does after some minutes."""
        self._stand_in.world.messages.forget_nonces()

    async def kill_token(self, *, interaction_id: Snowflake) -> None:
        """Let an interaction's token die now."""
        self._stand_in.interactions.all[interaction_id].is_token_dead = True

    async def settings(
        self,
        *,
        nonce_window: float | None = None,
        answer_within: float | None = None,
        token_life: float | None = None,
        heartbeat_interval: int | None = None,
    ) -> Settings:
        """Change what is given; the settings as they are then."""
        messages, desk, hub = self._stand_in.world.messages, self._stand_in.interactions, self._stand_in.gateway
        if nonce_window is not None:
            messages.nonce_window = timedelta(seconds=nonce_window)
        if answer_within is not None:
            desk.answer_within = timedelta(seconds=answer_within)
        if token_life is not None:
            desk.token_life = timedelta(seconds=token_life)
        if heartbeat_interval is not None:
            hub.heartbeat_interval = heartbeat_interval
        return Settings(
            nonce_window=messages.nonce_window.total_seconds(),
            answer_within=desk.answer_within.total_seconds(),
            token_life=desk.token_life.total_seconds(),
            heartbeat_interval=hub.heartbeat_interval,
        )
