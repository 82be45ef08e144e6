"""Members who use a bot at a steady rate: some run `/video` and wait, others type and read suggestions meanwhile."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Final

from bench.bots import ask_for_video
from sandbox.discord import DiscordStandIn

MEMBERS: Final = 100
"""So many that nobody goes faster than a person: the bot turns such people away."""
TYPED: Final = ("", "a", "ve", "kling", "x")
PAUSE: Final = 0.02
"""Seconds between an answer and the next command."""
SECONDS_TO_ANSWER: Final = 3.0
"""Discord takes no first answer after them."""
TOO_LATE: Final = 1_000 * SECONDS_TO_ANSWER
WARM_UP: Final = 20
"""Commands that are not counted: connections and caches are as in the middle of a day."""


@dataclass(slots=True)
class Typists:
    """What those who type have seen."""

    asked: int = 0
    answered: int = 0


class Crowd:
    """Members of the stand-in's first server."""

    def __init__(self, chat: DiscordStandIn) -> None:
        self._chat = chat
        guild = chat.world.guild("Sandbox")
        users = [chat.world.add_user(f"member-{number}") for number in range(MEMBERS)]
        for user in users:
            chat.world.add_member(guild.id, user.id)
        self._ids = [user.id for user in users]
        self._turns = count()

    async def ask(self, commands: int) -> Sequence[float]:
        """Run `/video` so many times, one after the other, and return the milliseconds of each to its answer.

        An answer that came too late is none: it counts as all the time that Discord gives, `TOO_LATE`.
        """
        for _ in range(WARM_UP):
            await self._ask_once()
        return [await self._ask_once() for _ in range(commands)]

    async def _ask_once(self) -> float:
        number = next(self._turns)
        begun = time.perf_counter()
        asked = await ask_for_video(self._chat, user_id=self._next(number), prompt=f"a red fox in the snow, {number}")
        try:
            await asked.answered(timeout=SECONDS_TO_ANSWER)
        except TimeoutError:
            return TOO_LATE
        took = time.perf_counter() - begun
        if asked.ephemeral:
            raise RuntimeError("the bot refused, so this is not what was to be measured")
        await asyncio.sleep(PAUSE)
        return 1_000 * took

    @asynccontextmanager
    async def typing(self, per_second: float) -> AsyncGenerator[Typists]:
        """Let others type at that rate until the block ends; nobody does at 0."""
        seen = Typists()
        if not per_second:
            yield seen
            return
        keeping_on = asyncio.create_task(self._type(per_second, seen), name="typing")
        try:
            yield seen
        finally:
            keeping_on.cancel()
            with suppress(asyncio.CancelledError):
                await keeping_on

    async def _type(self, per_second: float, seen: Typists) -> None:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as strokes:
            for number in count():
                # By the clock, not from stroke to stroke: whoever types does not wait because the bot is slow.
                await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
                strokes.create_task(self._stroke(number, seen))

    async def _stroke(self, number: int, seen: Typists) -> None:
        seen.asked += 1
        # What comes too late is not counted as given.
        with suppress(TimeoutError):
            choices = await self._chat.autocomplete(
                user_id=self._next(number),
                channel_id=self._chat.world.channel("videos").id,
                name="video",
                option="model",
                text=TYPED[number % len(TYPED)],
                timeout=SECONDS_TO_ANSWER,
            )
            seen.answered += bool(choices)

    def _next(self, number: int) -> int:
        return self._ids[number % len(self._ids)]
