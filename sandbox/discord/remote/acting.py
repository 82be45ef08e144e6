"""Being a user of a stand-in in another process."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.discord.control.values import FieldValue, OptionValue
from sandbox.discord.interactions import CallbackType, InteractionView
from sandbox.discord.posts import Message
from sandbox.discord.remote.wire import ControlChannel, RemoteVerbs
from sandbox.discord.uploads import Upload


class RemoteInteraction:
    """An interaction in another process: `view` is how it stood when it was last looked at."""

    def __init__(self, view: InteractionView, channel: ControlChannel) -> None:
        self.view = view
        self._channel = channel

    @property
    def id(self) -> int:
        """The interaction's id."""
        return self.view.id

    async def answered(self, *, timeout: float = 5.0) -> CallbackType | None:  # noqa: ASYNC109  # the caller's deadline is the contract
        """Wait for the bot's first answer.

        Raises:
            TimeoutError: there was none within `timeout` seconds.
        """
        self.view = await self._channel.call(
            "interaction", InteractionView, wait=timeout, interaction_id=self.id, answered_within=timeout
        )
        return self.view.response

    async def message(self, *, timeout: float = 5.0) -> Message | None:  # noqa: ASYNC109  # the same
        """Wait for the first answer; the response message as it stands then, if it was one.

        Raises:
            TimeoutError: there was no answer within `timeout` seconds.
        """
        await self.answered(timeout=timeout)
        return self.view.message


class RemoteUser(RemoteVerbs):
    """What a user does. Each raises `ClientRefusedError` where Discord's client would not have let them."""

    async def run_command(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, OptionValue] | None = None,
        locale: str | None = None,
        attachment_size_limit: int | None = None,
        interaction_id: int | None = None,
        created_at: datetime | None = None,
    ) -> RemoteInteraction:
        """Run a slash command; `name` has its subcommands after spaces."""
        return await self._interact(
            "run_command",
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            options=options,
            locale=locale,
            attachment_size_limit=attachment_size_limit,
            interaction_id=interaction_id,
            created_at=created_at,
        )

    async def autocomplete(
        self,
        *,
        user_id: int,
        channel_id: int,
        name: str,
        option: str,
        text: str,
        options: Mapping[str, OptionValue] | None = None,
        timeout: float = 3.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> tuple[dict[str, Any], ...]:
        """Type into an option and wait for the suggestions, each with `name` and `value`."""
        return await self.channel.call(
            "autocomplete",
            tuple[dict[str, Any], ...],
            wait=timeout,
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            option=option,
            text=text,
            options=options,
            timeout=timeout,
        )

    async def click(
        self, *, user_id: int, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> RemoteInteraction:
        """Press a button of a message, or choose `values` from a select."""
        return await self._interact("click", user_id=user_id, message_id=message_id, custom_id=custom_id, values=values)

    async def submit_modal(self, *, interaction_id: int, values: Mapping[str, FieldValue]) -> RemoteInteraction:
        """Submit the modal that an interaction was answered with; `values` by the custom ids of its fields."""
        return await self._interact("submit_modal", interaction_id=interaction_id, values=values)

    async def use_on_user(self, *, user_id: int, channel_id: int, name: str, target_id: int) -> RemoteInteraction:
        """Choose a command from a user's context menu."""
        return await self._interact(
            "use_on_user", user_id=user_id, channel_id=channel_id, name=name, target_id=target_id
        )

    async def use_on_message(self, *, user_id: int, channel_id: int, name: str, target_id: int) -> RemoteInteraction:
        """Choose a command from a message's context menu."""
        return await self._interact(
            "use_on_message", user_id=user_id, channel_id=channel_id, name=name, target_id=target_id
        )

    async def post(self, *, user_id: int, channel_id: int, content: str, uploads: Sequence[Upload] = ()) -> Message:
        """Write a message as a user."""
        return await self.channel.call(
            "post", Message, user_id=user_id, channel_id=channel_id, content=content, uploads=uploads
        )

    async def _interact(self, verb: str, **arguments: object) -> RemoteInteraction:
        view = await self.channel.call(verb, InteractionView, wait=0.0, **arguments)
        return RemoteInteraction(view, self.channel)
