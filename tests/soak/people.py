"""What people do in a soak: they ask, cancel, say yes or no to a price, look how things stand, and manage."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.discord import ClientRefusedError
from sandbox.discord.posts import Message
from tests.crash.scene import Scene, buttons_of
from tests.soak.town import Place, Resident

PAUSE: Final = (0.5, 6.0)
"""Seconds between two deeds of one person."""
ROUNDS: Final = (1.0, 4.0)
"""Seconds between two looks of the bot's owner."""
DEAR: Final[Mapping[str, object]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
"""A video whose price takes a yes."""
UNRESOLVED: Final = "SELECT * FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL ORDER BY id LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One resident at their keyboard."""

    scene: Scene
    resident: Resident
    chance: random.Random

    async def live(self) -> None:
        """Do one thing after another until this is cancelled."""
        deeds: Mapping[Callable[[Place], Awaitable[None]], int] = {
            self._ask: 6,
            self._decide: 3,
            self._cancel: 2,
            self._look: 2,
            self._use: 2,
            self._manage: 1,
        }
        while True:
            await asyncio.sleep(self.chance.uniform(*PAUSE))
            [deed] = self.chance.choices([*deeds], weights=[*deeds.values()])
            try:
                await deed(self.chance.choice(self.resident.places))
            except ClientRefusedError:
                continue  # nothing is registered yet, or the button has gone meanwhile

    async def _ask(self, place: Place) -> None:
        prompt = f"a red fox, take {len(self.scene.prompts) + 1}"
        self.scene.prompts.append(prompt)
        choices = DEAR if self.chance.random() < 0.2 else {}
        await self._run(place, "video", prompt=prompt, **choices)

    async def _decide(self, place: Place) -> None:
        """Press one of the buttons of an offer."""
        questions = [
            message
            for message in self.scene.discord.messages(place.channel_id, viewer_id=self.resident.user_id)
            if message.ephemeral_for is not None and len(buttons_of(message)) > 1
        ]
        if questions:
            question = self.chance.choice(questions)
            await self._press(question, self.chance.choice(buttons_of(question)))

    async def _cancel(self, place: Place) -> None:
        """Press the button of one of the status messages here, whoever asked."""
        shown = self.scene.discord.messages(place.channel_id)
        waiting = [message for message in shown if message.components and not message.attachments]
        if waiting:
            message = self.chance.choice(waiting)
            await self._press(message, buttons_of(message)[0])

    async def _use(self, place: Place) -> None:
        """Press a button under one of the videos here, whoever asked for it; what *Edit* opens is closed again."""
        videos = [message for message in self.scene.discord.messages(place.channel_id) if message.attachments]
        if videos:
            message = self.chance.choice(videos)
            await self._press(message, self.chance.choice(buttons_of(message)))

    async def _look(self, place: Place) -> None:
        await self._run(place, self.chance.choice(["status", "models"]))

    async def _manage(self, place: Place) -> None:
        """Let the server's manager change what its members may have."""
        command: tuple[str, Mapping[str, object]] = self.chance.choice(
            [
                ("limits show", {}),
                ("limits log", {}),
                ("limits default", {"videos_per_day": self.chance.randint(5, 200)}),
                ("limits set", {"user": self.resident.user_id, "videos_per_day": self.chance.randint(2, 50)}),
                ("limits grant", {"user": self.resident.user_id, "videos": self.chance.randint(1, 5)}),
                ("limits clear", {"user": self.resident.user_id}),
                ("pause", {}),
                ("resume", {}),
                ("resume", {}),
            ]
        )
        name, options = command
        await self.scene.discord.run_command(
            user_id=place.manager_id, channel_id=place.channel_id, name=name, options=options
        )

    async def _run(self, place: Place, name: str, **options: object) -> None:
        await self.scene.discord.run_command(
            user_id=self.resident.user_id, channel_id=place.channel_id, name=name, options=options
        )

    async def _press(self, message: Message, custom_id: str) -> None:
        await self.scene.discord.click(user_id=self.resident.user_id, message_id=message.id, custom_id=custom_id)


async def own(scene: Scene, place: Place, chance: random.Random) -> None:
    """Do what the bot's owner does: let it go on where it paused, and settle what nobody knows, truthfully."""
    owner_id = scene.discord.world.user("owner").id
    while True:
        await asyncio.sleep(chance.uniform(*ROUNDS))
        commands: list[tuple[str, Mapping[str, object]]] = []
        if scene.query("SELECT reason FROM pauses WHERE guild_id = 0"):
            commands.append(("owner resume", {}))
        for row in scene.query(UNRESOLVED):
            bought = [job for job in scene.openrouter.jobs.values() if job.order.prompt == row["prompt"]]
            was_spent = any(job.plan.status == "completed" for job in bought)
            commands.append(("owner resolve", {"video": row["id"], "was_spent": was_spent}))
        for name, options in commands:
            try:
                await scene.discord.run_command(
                    user_id=owner_id, channel_id=place.channel_id, name=name, options=options
                )
            except ClientRefusedError:
                continue  # nothing is registered yet
