"""What a process says that was started for a part of the work, and has no database for several."""

from pathlib import Path

import pytest

from tests.crash.process import run_bot

SETTINGS = {"DISCORD_TOKEN": "canary-token-canary-token", "OPENROUTER_API_KEY": "canary-key-canary-key"}
NEEDED = "takes a database for several processes; set it to postgresql://user:password@host/name\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("worker",), f"DATABASE_URL: `bot.py worker` {NEEDED}"),
        (("run", "--shards", "4/4"), "--shards: of 4 shards the last one has the number 3\n"),
    ],
)
async def test_it_leaves_with_one_sentence_that_says_what_to_set(
    arguments: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    bot = await run_bot(SETTINGS, folder=tmp_path, log=tmp_path / "log", arguments=("bot.py", *arguments))

    assert await bot.exit_code() == 78
    assert bot.output.endswith(f"\n{line}")
    assert bot.output.count("\n") == 2
    assert not (tmp_path / "data").exists()
