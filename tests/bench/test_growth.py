"""What a job costs does not depend on how many wait behind it: the small form of `bench.growth`."""

from datetime import UTC, datetime
from pathlib import Path

from bench.backlog import queue
from bench.growth.scene import Cost, cost_of
from services.database import Database

MOST = 2.0
"""Far below what a line ten times as long would make of it. How jobs share a look depends on the machine's load."""


async def measured(folder: Path, *, line: int) -> Cost:
    database = await Database.open(folder / "bot.sqlite3")
    await queue(database, line, now=datetime.now(UTC))
    await database.close()
    return await cost_of(folder / "bot.sqlite3", folder=folder, jobs=12)


async def test_a_job_takes_no_more_statements_with_many_in_line(tmp_path: Path) -> None:
    few, many = await measured(tmp_path / "few", line=20), await measured(tmp_path / "many", line=600)

    assert many.statements <= MOST * few.statements
    assert few.cpu_ms > 0
