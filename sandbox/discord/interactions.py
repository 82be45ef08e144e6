"""Interactions: what a user did, which answer it got, and how long its token is good for."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from sandbox.discord.changes import Changes
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.posts import Message, MessageFlag
from sandbox.discord.snowflakes import Snowflake, created_at
from sandbox.discord.world import World

ANSWER_WITHIN: Final = timedelta(seconds=3)
TOKEN_LIFE: Final = timedelta(minutes=15)


class InteractionType(IntEnum):
    """What the user did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackType(IntEnum):
    """How the bot may answer."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


ANSWERS: Final = {
    InteractionType.COMMAND: {CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE, CallbackType.MODAL},
    InteractionType.AUTOCOMPLETE: {CallbackType.CHOICES},
    InteractionType.COMPONENT: {*CallbackType} - {CallbackType.CHOICES},
    InteractionType.MODAL: {*CallbackType} - {CallbackType.CHOICES, CallbackType.MODAL},
}
"""Which answers fit; the updates need a message that the interaction came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a user did, where and when. `data` is the interaction's own JSON of that name."""

    id: Snowflake
    type: InteractionType
    user_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None
    data: dict[str, Any]
    attachment_size_limit: int
    locale: str = "en-US"
    source_message_id: Snowflake | None = None
    """The message whose button or select was used, also for the modal that came of it."""
    command_name: str | None = None
    command_type: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionView:
    """An interaction as it stands now."""

    act: Act
    token: str
    response: CallbackType | None
    message: Message | None
    """The response message: what `@original` means; the source message after an update."""
    is_ephemeral: bool
    choices: tuple[dict[str, Any], ...] | None
    modal: dict[str, Any] | None

    @property
    def id(self) -> int:
        """The interaction's id."""
        return self.act.id


class Interaction:
    """One interaction in this process: wait for its answer and look at it."""

    def __init__(self, act: Act, *, world: World, changes: Changes) -> None:
        self.act = act
        secret = f"interaction:{act.id}:{secrets.token_urlsafe(90)}"
        self.token = base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
        self.response: CallbackType | None = None
        self.original_id: int | None = None
        self.choices: tuple[dict[str, Any], ...] | None = None
        self.modal: dict[str, Any] | None = None
        self.is_token_dead = False
        self.modal_was_submitted = False
        self._world = world
        self._changes = changes

    @property
    def id(self) -> int:
        """The interaction's id."""
        return self.act.id

    @property
    def original(self) -> Message | None:
        """The message that `@original` means, as it stands; None where there is none, or it was deleted."""
        if self.original_id is None:
            return None
        return self._world.messages.get(self.act.channel_id, self.original_id)

    @property
    def ephemeral(self) -> bool:
        """Whether the response message is for the invoking user only."""
        return self.original is not None and MessageFlag.EPHEMERAL in self.original.flags

    async def answered(self, *, timeout: float = 5.0) -> CallbackType:  # noqa: ASYNC109  # the caller's deadline is the contract
        """Wait for the bot's first answer.

        Raises:
            TimeoutError: there was none within `timeout` seconds.
        """
        return await self._changes.wait_until(lambda: self.response, timeout=timeout)

    async def message(self, *, timeout: float = 5.0) -> Message | None:  # noqa: ASYNC109  # the same
        """Wait for the first answer; the response message as it stands then, if it was one.

        Raises:
            TimeoutError: there was no answer within `timeout` seconds.
        """
        await self.answered(timeout=timeout)
        return self.original

    def view(self) -> InteractionView:
        """How it stands now, as a value."""
        return InteractionView(
            act=self.act,
            token=self.token,
            response=self.response,
            message=self.original,
            is_ephemeral=self.ephemeral,
            choices=self.choices,
            modal=self.modal,
        )


class InteractionDesk:
    """All interactions, and the rules of their tokens."""

    def __init__(self, *, world: World, changes: Changes) -> None:
        self.answer_within = ANSWER_WITHIN
        self.token_life = TOKEN_LIFE
        self.all: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._world = world
        self._changes = changes

    def open(self, act: Act) -> Interaction:
        """Take in a new interaction."""
        interaction = Interaction(act, world=self._world, changes=self._changes)
        self.all[act.id] = interaction
        self._by_token[interaction.token] = interaction
        self._changes.announce()
        return interaction

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """The interaction that a callback is for.

        Raises:
            ApiError: 404/10062 where it is unknown or too late, 400/40060 where it was answered before.
        """
        interaction = self.all.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if interaction.response is not None:
            raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
        if datetime.now(UTC) - created_at(interaction_id) > self.answer_within:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        return interaction

    def behind_webhook(self, application_id: int, token: str) -> Interaction:
        """The interaction whose token is used as a webhook.

        Raises:
            ApiError: 404/10015 where it is unknown, of another application or never answered; 401/50027 after its life.
        """
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.application.id or interaction.response is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        if interaction.is_token_dead or datetime.now(UTC) - created_at(interaction.id) > self.token_life:
            raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
        return interaction

    def answer(self, interaction: Interaction, response: CallbackType) -> None:
        """Note the first answer and wake whoever waits for it."""
        interaction.response = response
        self._changes.announce()
