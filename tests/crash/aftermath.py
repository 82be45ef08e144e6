"""What tests ask once something has happened to the bot: that it starts again, comes to rest, and everything holds."""

from tests.crash.cell import Stage
from tests.crash.evidence import Evidence, gathered
from tests.crash.invariants import violations
from tests.crash.process import BotProcess, Start, printed
from tests.crash.scene import Scene


async def begun(scene: Scene, start: Start, **settings: object) -> BotProcess:
    """Start the bot and wait until it hears members."""
    bot = await start(scene.environment(**settings), folder=scene.folder, log=scene.log)
    assert await scene.connected(bot), bot.output
    return bot


async def recovered(scene: Scene, start: Start, **settings: object) -> Evidence:
    """Start the bot until everything rests, check, start it once more, and compare."""
    stage = Stage(scene=scene, start=start, settings=settings)
    assert not await stage.live(None), printed(scene.log)
    scene.let_upstream_end()
    evidence = gathered(scene)
    assert not await stage.live(None), printed(scene.log)
    assert violations(evidence, later=gathered(scene)) == []
    assert scene.leaked() == []
    return evidence


def ends(evidence: Evidence) -> list[str]:
    """Return how each job ended, in the order of the jobs."""
    return [row["reason"] or row["state"] for row in evidence.rows]
