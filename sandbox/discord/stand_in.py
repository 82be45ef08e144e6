"""The stand-in for Discord, as a test or the demo holds it.

A bot points its client at `api_url` and `gateway_url`; whoever holds the stand-in is the user, by the methods here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sandbox.discord.command_forms import CommandType
from sandbox.discord.faults import Fault
from sandbox.discord.interactions import Interaction
from sandbox.discord.invocation import Typing
from sandbox.discord.posts import Message
from sandbox.discord.server import StandInServer
from sandbox.discord.uploads import Upload
from sandbox.discord.user_client import Circumstances

T = TypeVar("T")


class DiscordStandIn(StandInServer):
    """Discord on 127.0.0.1 for one application. Open it with `async with`, or with `start` and `close`."""

    # --- being the user ------------------------------------------------------------------------------------------

    async def run_command(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, object] | None = None,
        locale: str | None = None,
        attachment_size_limit: int | None = None,
        interaction_id: int | None = None,
        created_at: datetime | None = None,
    ) -> Interaction:
        """Run a slash command, checked against what the bot registered.

        Args:
            user_id: who runs it.
            channel_id: where.
            name: the command, with its subcommands after spaces.
            options: values by option name; ids for users, roles and channels, an `Upload` for an attachment.
            locale: of this command; None is that of the user's client.
            attachment_size_limit: bytes per file; None is what the guild allows.
            interaction_id: None makes one.
            created_at: when the user did it; an id is made for that time.

        Raises:
            ClientRefusedError: Discord's client would not have let the user do it.
        """
        return self.user.run_command(
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            options=options or {},
            circumstances=Circumstances(
                locale=locale,
                attachment_size_limit=attachment_size_limit,
                interaction_id=interaction_id,
                created_at=created_at,
            ),
        )

    async def autocomplete(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        option: str,
        text: str,
        options: Mapping[str, object] | None = None,
        timeout: float = 3.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> tuple[dict[str, Any], ...]:
        """Type `text` into an option and wait for the bot's suggestions, each with `name` and `value`.

        Raises:
            ClientRefusedError: the option has no suggestions, or the command is not offered.
            TimeoutError: the bot gave none.
        """
        interaction = self.user.run_command(
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            options=options or {},
            typing=Typing(option=option, text=text),
        )
        await interaction.answered(timeout=timeout)
        return interaction.choices or ()

    async def use_on_user(self, *, user_id: int, channel_id: int, name: str, target_id: int) -> Interaction:
        """Choose a command from another user's context menu.

        Raises:
            ClientRefusedError: it is not offered.
        """
        return self.user.use_menu(
            user_id=user_id, channel_id=channel_id, name=name, target_id=target_id, kind=CommandType.USER
        )

    async def use_on_message(self, *, user_id: int, channel_id: int, name: str, target_id: int) -> Interaction:
        """Choose a command from a message's context menu.

        Raises:
            ClientRefusedError: it is not offered, or the user does not see the message.
        """
        return self.user.use_menu(
            user_id=user_id, channel_id=channel_id, name=name, target_id=target_id, kind=CommandType.MESSAGE
        )

    async def click(
        self, *, user_id: int, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> Interaction:
        """Press a button of a message, or choose `values` from a select.

        Raises:
            ClientRefusedError: the message has no such component, or it is disabled, or not for this user's eyes.
        """
        return self.user.click(user_id=user_id, message_id=message_id, custom_id=custom_id, values=values)

    async def submit_modal(self, *, interaction_id: int, values: Mapping[str, object]) -> Interaction:
        """Submit the modal that an interaction was answered with; `values` by the custom ids of its fields.

        Raises:
            ClientRefusedError: no modal is open, or a value does not fit its field.
        """
        return self.user.submit_modal(interaction_id=interaction_id, values=values)

    async def post(self, *, user_id: int, channel_id: int, content: str, uploads: Sequence[Upload] = ()) -> Message:
        """Write a message as a user.

        Raises:
            ClientRefusedError: the user may not write there.
        """
        return self.user.post(user_id=user_id, channel_id=channel_id, content=content, uploads=uploads)

    # --- looking -------------------------------------------------------------------------------------------------

    def messages(self, channel_id: int, *, viewer_id: int | None = None) -> list[Message]:
        """What a viewer sees in a channel, oldest first; ephemeral messages only for their reader."""
        return self.world.messages.in_channel(channel_id, viewer_id=viewer_id)

    async def next_message(
        self,
        channel_id: int,
        *,
        where: Callable[[Message], bool] | None = None,
        viewer_id: int | None = None,
        after: int = 0,
        timeout: float = 10.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> Message:
        """The first message that fits, already there or yet to come; `after` skips up to that message id.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """

        def look() -> Message | None:
            for message in self.messages(channel_id, viewer_id=viewer_id):
                if message.id > after and (where is None or where(message)):
                    return message
            return None

        return await self.changes.wait_until(look, timeout=timeout)

    async def wait_until(self, look: Callable[[], T | None], *, timeout: float = 10.0) -> T:  # noqa: ASYNC109  # the same
        """Look now and after every change here, until `look` gives something true.

        Raises:
            TimeoutError: it did not within `timeout` seconds.
        """
        return await self.changes.wait_until(look, timeout=timeout)

    async def connected(self, *, sessions: int = 1, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # the same
        """Wait until that many gateway sessions are connected.

        Raises:
            TimeoutError: they were not within `timeout` seconds.
        """
        await self.wait_until(lambda: len(self.gateway.connected) >= sessions, timeout=timeout)

    # --- misbehaving ---------------------------------------------------------------------------------------------

    def script(self, *faults: Fault) -> None:
        """Play these faults on the REST calls to come; each line counts the calls of its own route from now on."""
        self.faults.add(*faults)
