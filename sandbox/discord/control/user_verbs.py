"""Verbs that act as a user."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.discord.control.values import FieldValue, OptionValue
from sandbox.discord.interactions import InteractionView
from sandbox.discord.posts import Message
from sandbox.discord.snowflakes import Snowflake
from sandbox.discord.stand_in import DiscordStandIn
from sandbox.discord.uploads import Upload


class UserVerbs:
    """Be a user of one stand-in."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in

    async def run_command(
        self,
        *,
        user_id: Snowflake,
        channel_id: Snowflake,
        name: str,
        options: Mapping[str, OptionValue] | None = None,
        locale: str | None = None,
        attachment_size_limit: int | None = None,
        interaction_id: Snowflake | None = None,
        created_at: datetime | None = None,
    ) -> InteractionView:
        """Run a slash command; `name` has its subcommands after spaces."""
        interaction = await self._stand_in.run_command(
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            options=options,
            locale=locale,
            attachment_size_limit=attachment_size_limit,
            interaction_id=interaction_id,
            created_at=created_at,
        )
        return interaction.view()

    async def autocomplete(
        self,
        *,
        user_id: Snowflake,
        channel_id: Snowflake,
        name: str,
        option: str,
        text: str,
        options: Mapping[str, OptionValue] | None = None,
        timeout: float = 3.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> tuple[dict[str, Any], ...]:
        """Type into an option and wait for the suggestions."""
        return await self._stand_in.autocomplete(
            user_id=user_id,
            channel_id=channel_id,
            name=name,
            option=option,
            text=text,
            options=options,
            timeout=timeout,
        )

    async def click(
        self,
        *,
        user_id: Snowflake,
        message_id: Snowflake,
        custom_id: str,
        values: Sequence[str] | None = None,
    ) -> InteractionView:
        """Press a button or choose from a select."""
        clicked = await self._stand_in.click(user_id=user_id, message_id=message_id, custom_id=custom_id, values=values)
        return clicked.view()

    async def submit_modal(self, *, interaction_id: Snowflake, values: Mapping[str, FieldValue]) -> InteractionView:
        """Submit the modal that an interaction was answered with."""
        submitted = await self._stand_in.submit_modal(interaction_id=interaction_id, values=values)
        return submitted.view()

    async def use_on_user(
        self, *, user_id: Snowflake, channel_id: Snowflake, name: str, target_id: Snowflake
    ) -> InteractionView:
        """Choose a command from a user's context menu."""
        used = await self._stand_in.use_on_user(user_id=user_id, channel_id=channel_id, name=name, target_id=target_id)
        return used.view()

    async def use_on_message(
        self, *, user_id: Snowflake, channel_id: Snowflake, name: str, target_id: Snowflake
    ) -> InteractionView:
        """Choose a command from a message's context menu."""
        used = await self._stand_in.use_on_message(
            user_id=user_id, channel_id=channel_id, name=name, target_id=target_id
        )
        return used.view()

    async def post(
        self, *, user_id: Snowflake, channel_id: Snowflake, content: str, uploads: Sequence[Upload] = ()
    ) -> Message:
        """Write a message as a user."""
        return await self._stand_in.post(user_id=user_id, channel_id=channel_id, content=content, uploads=uploads)
