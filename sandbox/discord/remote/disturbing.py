"""Making a stand-in in another process misbehave."""

from sandbox.discord.control.values import Settings
from sandbox.discord.faults import Fault
from sandbox.discord.remote.wire import RemoteVerbs


class RemoteFaults(RemoteVerbs):
    """Faults of the REST API, of the gateway and of the clocks."""

    async def script(self, *faults: Fault) -> None:
        """Play these faults on the REST calls to come."""
        await self.channel.call("script", type(None), faults=faults)

    async def clear_faults(self) -> None:
        """Drop the faults that were not played."""
        await self.channel.call("clear_faults", type(None))

    async def drop_gateway(self, *, resumable: bool = True, code: int | None = None) -> int:
        """End every gateway connection, with a close code or by cutting it; returns how many."""
        return await self.channel.call("drop_gateway", int, resumable=resumable, code=code)

    async def ask_to_reconnect(self) -> None:
        """Send op 7."""
        await self.channel.call("ask_to_reconnect", type(None))

    async def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Send op 9."""
        await self.channel.call("invalidate_sessions", type(None), resumable=resumable)

    async def pause_gateway(self) -> None:
        """Hold events back."""
        await self.channel.call("pause_gateway", type(None))

    async def unpause_gateway(self) -> None:
        """Send what was held back."""
        await self.channel.call("unpause_gateway", type(None))

    async def accept_connections(self, *, accept: bool) -> None:
        """Let new gateway connections in, or answer them 503."""
        await self.channel.call("accept_connections", type(None), accept=accept)

    async def forget_nonces(self) -> None:
        """Forget every nonce, as Discord does after some minutes."""
        await self.channel.call("forget_nonces", type(None))

    async def kill_token(self, interaction_id: int) -> None:
        """Let an interaction's token die now."""
        await self.channel.call("kill_token", type(None), interaction_id=interaction_id)

    async def settings(
        self,
        *,
        nonce_window: float | None = None,
        answer_within: float | None = None,
        token_life: float | None = None,
        heartbeat_interval: int | None = None,
    ) -> Settings:
        """Change what is given, in seconds (the heartbeat in milliseconds); the settings as they are then."""
        return await self.channel.call(
            "settings",
            Settings,
            nonce_window=nonce_window,
            answer_within=answer_within,
            token_life=token_life,
            heartbeat_interval=heartbeat_interval,
        )
