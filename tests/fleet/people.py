"""What members and the owner of a fleet do: they ask at a steady rate and in bursts; the budget is always scarce."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.discord import ClientRefusedError
from sandbox.openrouter import JobPlan
from tests.crash.scene import Row, Scene, buttons_of
from tests.fleet.chronicle import looked_up
from tests.fleet.town import Town

UPSTREAM_TAKES: Final = (2.0, 20.0)
"""Seconds from the least to the most for a video."""
BURSTS: Final = (8.0, 20.0)
"""Seconds between two bursts."""
IN_ONE_SERVER: Final = 0.5
"""So many of the bursts are in one server; in the others one member asks in several."""
TO_SMALL: Final = 0.8
"""So many of those who ask at the steady rate are in a small server."""
BURST_MEMBERS: Final = 3
BURST_EACH: Final = 4
SECOND_THOUGHTS: Final = 0.06
"""So often somebody cancels, for each time that somebody asks."""
ROUNDS: Final = 3.0
"""Seconds between two looks of the owner."""
UNDER_WAY: Final = 30
"""The owner lets the budget have room for so many videos beyond what was spent."""
MICROUSD: Final = 1_000_000
MENTIONS_SOMEBODY: Final = 5
"""Every such prompt names a member who did not ask, and everybody."""

MONEY: Final = """
SELECT COALESCE(SUM(held_microusd), 0) AS held, COALESCE(MAX(reserved_microusd), 0) AS dearest,
    (SELECT COALESCE(SUM(held_microusd), 0) FROM jobs WHERE ended_at IS NULL) AS waiting,
    (SELECT microusd FROM budgets WHERE guild_id = 0) AS budget
FROM jobs
"""
PAUSES: Final = "SELECT reason FROM pauses WHERE guild_id = 0"
UNRESOLVED: Final = "SELECT id, prompt FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody in a town."""

    scene: Scene
    town: Town
    chance: random.Random
    per_second: float
    """How many ask, apart from the bursts."""

    async def ask_now_and_then(self) -> None:
        """Ask at a steady rate, mostly in the small servers, until cancelled."""
        while True:
            await asyncio.sleep(self.chance.expovariate(self.per_second))
            channel_id = self.chance.choice(self.town.small if self.chance.random() < TO_SMALL else self.town.loud)
            await self._ask(self.chance.choice(self.town.members[channel_id]), channel_id)
            if self.chance.random() < SECOND_THOUGHTS:
                await self._cancel(channel_id)

    async def ask_at_once(self) -> None:
        """Ask in bursts until cancelled: a few members of a loud server, or one member in several servers."""
        while True:
            await asyncio.sleep(self.chance.uniform(*BURSTS))
            if self.chance.random() < IN_ONE_SERVER:
                channel_id = self.chance.choice(self.town.loud)
                few = self.chance.sample(self.town.members[channel_id], BURST_MEMBERS)
                wishes = [(user_id, channel_id) for user_id in few] * BURST_EACH
            else:
                user_id = self.chance.choice([*self.town.wanderers])
                wishes = [(user_id, channel_id) for channel_id in self.town.wanderers[user_id]] * 2
            for user_id, channel_id in wishes:
                await self._ask(user_id, channel_id)

    async def own(self) -> None:
        """Do what the bot's owner does: go on after pauses, settle what nobody knows, and raise the budget a little."""
        while True:
            await asyncio.sleep(ROUNDS)
            for name, options in await self._decisions():
                await self._run(self.town.owner_id, self.chance.choice(self.town.channels), name, options)

    async def _ask(self, user_id: int, channel_id: int) -> None:
        number = len(self.scene.prompts) + 1
        prompt = f"a red fox, take {number:06}"
        if number % MENTIONS_SOMEBODY == 0:
            prompt += f", with <@{self.chance.choice(self.town.members[channel_id])}> and @everyone"
        self.scene.prompts.append(prompt)
        seconds = self.chance.uniform(*UPSTREAM_TAKES)
        self.scene.openrouter.script(JobPlan(about=f"take {number:06}", seconds=seconds))
        await self._run(user_id, channel_id, "video", {"prompt": prompt})

    async def _cancel(self, channel_id: int) -> None:
        """Press the button of one of the last status messages here, as its own member."""
        shown = self.scene.discord.messages(channel_id)[-10:]
        waiting = [message for message in shown if message.components and message.origin and not message.attachments]
        if waiting:
            message = self.chance.choice(waiting)
            if message.origin is not None:
                try:
                    await self.scene.discord.click(
                        user_id=message.origin.user_id, message_id=message.id, custom_id=buttons_of(message)[0]
                    )
                except ClientRefusedError:
                    return  # the button has gone meanwhile

    async def _run(self, user_id: int, channel_id: int, name: str, options: Mapping[str, object]) -> None:
        try:
            await self.scene.discord.run_command(user_id=user_id, channel_id=channel_id, name=name, options=options)
        except ClientRefusedError:
            return  # nothing is registered yet

    async def _decisions(self) -> Sequence[tuple[str, Mapping[str, object]]]:
        stored = self.scene.stored
        decided: list[tuple[str, Mapping[str, object]]] = []
        if await looked_up(stored, PAUSES):
            decided.append(("owner resume", {}))
        for row in await looked_up(stored, UNRESOLVED):
            bought = [job for job in self.scene.openrouter.jobs.values() if job.order.prompt == row["prompt"]]
            was_spent = any(job.plan.status == "completed" for job in bought)
            decided.append(("owner resolve", {"video": row["id"], "was_spent": was_spent}))
        for row in await looked_up(stored, MONEY):
            wanted = _budget_after(row)
            if wanted > (row["budget"] or 0):
                decided.append(("owner budget", {"usd": wanted / MICROUSD}))
        return decided


def _budget_after(row: Row) -> int:
    """Return what the budget is to be: what was spent, and a few videos."""
    spent = int(row["held"]) - int(row["waiting"])
    wanted = spent + UNDER_WAY * int(row["dearest"])
    return -(-wanted // MICROUSD) * MICROUSD
