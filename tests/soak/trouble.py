"""What goes wrong in a soak: single faults of both services, from a seeded script.

Nothing here is so bad that a video which was made could not reach its member. What is worse has a test of its own.
"""

import asyncio
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sandbox.discord import Fault, FaultKind
from sandbox.openrouter import Answer, Delay, JobPlan, Reset, SlowBody, TruncatedBody, UsageShown
from sandbox.openrouter import Fault as UpstreamFault
from tests.crash.scene import Scene
from tests.crash.situations import CALLBACKS, MESSAGES
from tests.crash.stories import REFUSAL

BETWEEN: Final = (0.1, 1.5)
"""Seconds between two faults."""
ROUTES: Final = (
    MESSAGES,
    CALLBACKS,
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "GET /channels/{channel_id}/messages",
)
GARBAGE: Final = "<html>ok</html>"
UPSTREAM: Final[Sequence[UpstreamFault]] = (
    Answer(route="submit", status=500, after_work=True),
    Answer(route="submit", status=502),
    Answer(route="submit", status=202, text=GARBAGE, after_work=True),
    Answer(route="submit", status=429, headers={"Retry-After": "1"}),
    Answer(route="submit", status=403, json=REFUSAL),
    Answer(route="submit", status=402),
    Reset(route="submit", after_work=True),
    Reset(route="submit"),
    Delay(route="submit", seconds=0.5),
    JobPlan(status="failed"),
    JobPlan(status="failed", error="Content was filtered"),
    JobPlan(status="expired"),
    JobPlan(cost=Decimal(2)),
    JobPlan(usage=UsageShown.NULL),
    JobPlan(shows_progress=False, seconds=2.0),
    JobPlan(seconds=4.0),
    Answer(route="status", status=500),
    Answer(route="status", status=429),
    Answer(route="status", status=404),
    Answer(route="status", status=200, text=GARBAGE),
    Reset(route="status"),
    Delay(route="status", seconds=0.5),
    TruncatedBody(),
    SlowBody(bytes_per_second=100_000),
    Answer(route="content", status=500),
    Reset(route="content"),
)
KINDS: Final[Sequence[tuple[FaultKind, int, float]]] = (
    (FaultKind.ANSWER, 500, 0.0),
    (FaultKind.ANSWER_AFTER_DOING, 502, 0.0),
    (FaultKind.RESET, 500, 0.0),
    (FaultKind.RESET_AFTER_DOING, 500, 0.0),
    (FaultKind.DELAY, 500, 0.5),
    (FaultKind.DELAY_ANSWER, 500, 0.5),
    (FaultKind.RATE_LIMIT, 429, 0.3),
)


async def trouble(scene: Scene, chance: random.Random, *, between: tuple[float, float] = BETWEEN) -> None:
    """Make things go wrong until this is cancelled; `between` is how long goes well, from the least to the most."""
    while True:
        await asyncio.sleep(chance.uniform(*between))
        match chance.randrange(10):
            case 0:
                scene.discord.gateway.drop(resumable=chance.random() < 0.5)
            case number if number < 5:
                scene.openrouter.script(chance.choice(UPSTREAM))
            case _:
                kind, status, seconds = chance.choice(KINDS)
                scene.discord.script(Fault(route=chance.choice(ROUTES), kind=kind, status=status, seconds=seconds))


def end_trouble(scene: Scene) -> None:
    """Let nothing go wrong any more."""
    scene.openrouter.clear_faults()
    scene.discord.faults.clear()
