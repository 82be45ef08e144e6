"""Work beside the bot ends with it, and is not dead without a word."""

import asyncio

from structlog.testing import capture_logs

from ops.background import beside


async def test_it_runs_while_the_block_lasts_and_no_longer() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside(work(), name="work"):
        await began.wait()
        assert not ended.is_set()

    assert ended.is_set()


async def test_its_death_is_logged_and_harms_nobody() -> None:
    async def work() -> None:
        raise LookupError

    with capture_logs() as logged:
        async with beside(work(), name="work"):
            await asyncio.sleep(0)

    assert [(line["event"], line["task"]) for line in logged] == [("background_task_died", "work")]
