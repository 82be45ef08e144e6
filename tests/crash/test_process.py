"""How the process starts and refuses to start, and what it never prints."""

from pathlib import Path

import pytest

from tests.crash.aftermath import begun, ends, recovered
from tests.crash.process import Start
from tests.crash.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOT_SET_UP = """\
This bot is not set up here yet. Three ways on from here:
  1. Set it up: uv run bot.py setup
  2. Try it first, without any account: uv run bot.py sandbox
  3. Read README.md, which shows where the two secrets come from.
"""
WRONG = {
    "DISCORD_TOKEN": "canary-token",
    "OPENROUTER_API_KEY": "canary key with spaces",
    "VIDEOS_PER_DAY": "canary-many",
    "DISCORD_API_URL": "https://canary.example",
    "LOG_LEVEL": "CANARY",
}


@pytest.mark.sqlite("on PostgreSQL several bots are at work on the same data")
async def test_a_second_bot_on_the_same_data_leaves_and_the_first_goes_on(
    scene: Scene, start: Start, fork: Start, tmp_path: Path
) -> None:
    first = await begun(scene, fork)

    second = await start(scene.environment(), folder=scene.folder, log=tmp_path / "second.log")

    assert await second.exit_code() == 1
    assert second.output == (
        f"Another bot is already running on {scene.data}. Stop it first, or let DATABASE_URL name a PostgreSQL "
        "database, which takes more than one.\n"
    )
    await scene.ask()
    assert await scene.at_rest(first)
    assert await first.stop() == 0
    assert ends(await recovered(scene, fork)) == ["delivered"]


async def test_without_settings_the_bot_says_the_three_next_steps(start: Start, tmp_path: Path) -> None:
    bot = await start({}, folder=tmp_path, log=tmp_path / "bot.log")

    assert await bot.exit_code() == 78
    assert bot.output == NOT_SET_UP


async def test_wrong_settings_are_named_all_at_once_and_never_shown(start: Start, tmp_path: Path) -> None:
    bot = await start(WRONG, folder=tmp_path, log=tmp_path / "bot.log")

    assert await bot.exit_code() == 78
    assert "canary" not in bot.output.lower()
    _, *lines = bot.output.splitlines()
    assert sorted(line.partition(": ")[0] for line in lines) == sorted(WRONG)


@pytest.mark.parametrize("style", ["json", "console"])
async def test_at_debug_level_neither_secret_nor_prompt_is_printed(scene: Scene, fork: Start, style: str) -> None:
    bot = await begun(scene, fork, LOG_LEVEL="DEBUG", LOG_FORMAT=style)
    await scene.ask("canary-prompt of a member")
    assert await scene.at_rest(bot)
    await bot.die()

    assert "openrouter_call" in bot.output
    assert scene.leaked() == []


async def test_a_token_that_discord_refuses_is_said_and_not_printed(scene: Scene, start: Start) -> None:
    wrong = "canary-token-of-somebody-else-entirely"
    bot = await start(scene.environment(DISCORD_TOKEN=wrong), folder=scene.folder, log=scene.log)

    assert await bot.exit_code() == 78
    assert bot.output.endswith(
        "Discord does not accept DISCORD_TOKEN. Reset the token in the developer portal and copy it again.\n"
    )
    assert wrong not in bot.output
