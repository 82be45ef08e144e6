"""Two bots on one token, each with data of its own: one click is one job, one order and one clip.

Discord hands every interaction to both. Nothing that they share on their hosts could decide between them, so Discord
does: it takes one answer to an interaction, and only the bot whose answer it took may buy.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.crash.aftermath import begun
from tests.crash.process import PATIENCE, BotProcess, Start
from tests.crash.scene import Scene
from tests.stored import Ground, Stored

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Other:
    """The second bot: on the same token, with data of its own."""

    def __init__(self, scene: Scene, start: Start, stored: Stored) -> None:
        self._scene = scene
        self._start = start
        self._stored = stored
        self.data = scene.folder / "other"
        self.log = scene.folder / "other.log"

    @asynccontextmanager
    async def running(self, *, sessions: int) -> AsyncGenerator[BotProcess]:
        """Run it until the block ends; with it there are so many sessions at the gateway."""
        own = {name.upper(): value for name, value in self._stored.settings.items()}
        environment = self._scene.environment(DATA_DIR=self.data, **own)
        bot = await self._start(environment, folder=self._scene.folder, log=self.log)
        await self._scene.discord.connected(sessions=sessions, timeout=PATIENCE)
        yield bot
        assert await bot.stop() == 0

    def jobs(self) -> list[dict[str, Any]]:
        """Return its own table of jobs."""
        return self._stored.rows("SELECT * FROM jobs ORDER BY id")

    def look_for_the_answer_now(self) -> None:
        """Make the wait for an answer that may be on its way a thing of the past."""
        self._stored.rows("UPDATE jobs SET next_at = 1 WHERE state = 'queued'")


@pytest.fixture
def elsewhere(ground: Ground, scene: Scene) -> Generator[Stored]:
    """The database of the second bot."""
    with ground.stored(scene.folder / "other") as made:
        yield made


def states(*tables: list[dict[str, Any]]) -> list[str]:
    return sorted(row["state"] for table in tables for row in table)


def clips(scene: Scene) -> int:
    return sum(1 for message in scene.discord.world.messages.everything() if message.attachments)


async def test_one_click_that_two_bots_hear_is_bought_and_posted_once(
    scene: Scene, fork: Start, start: Start, elsewhere: Stored
) -> None:
    other = Other(scene, start, elsewhere)
    first = await begun(scene, fork)
    async with other.running(sessions=2):
        await scene.ask()
        await scene.sees_clip()
        await scene.until(lambda: "delivered" in states(list(map(dict, scene.rows())), other.jobs()))
    assert await first.stop() == 0

    # Whichever of the two was too late comes back, and looks what became of its answer.
    await scene.disconnected()
    other.look_for_the_answer_now()
    scene.let_grace_pass()
    async with other.running(sessions=1):
        await scene.until(lambda: "queued" not in states(other.jobs()))
    first = await begun(scene, fork)
    await scene.until(lambda: "queued" not in states(list(map(dict, scene.rows()))))
    assert await first.stop() == 0

    assert states(list(map(dict, scene.rows())), other.jobs()) == ["cancelled", "delivered"]
    assert (len(scene.openrouter.requests.of("submit")), clips(scene)) == (1, 1)
