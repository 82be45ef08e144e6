"""`bot.py health`: well, or which of the many ways of not being well, from a file alone."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ops.heartbeat import DEAD_AFTER, GONE_AFTER, IDLE_AFTER, PATIENCE, Heartbeat, Senses, faults_in
from services.database import Database

NOW: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
WELL: Final[Mapping[str, Any]] = {
    "at": NOW.isoformat(),
    "pid": 7,
    "database_answers": True,
    "gateway_gone_seconds": 0.0,
    "gateway_seconds": 0.04,
    "worker_idle_seconds": 3.0,
}
SICK: Final[Mapping[str, Mapping[str, Any]]] = {
    "the last heartbeat is 61 s old": {"at": (NOW - DEAD_AFTER - timedelta(seconds=1)).isoformat()},
    "the database does not answer": {"database_answers": False},
    "Discord's gateway has not been there": {"gateway_gone_seconds": GONE_AFTER.total_seconds() + 1},
    "the worker has not looked for work": {"worker_idle_seconds": IDLE_AFTER.total_seconds() + 1},
}


def write(folder: Path, name: str = "health.json", **changes: Any) -> None:  # noqa: ANN401  # as they stand in the file
    (folder / name).write_text(json.dumps({**WELL, **changes}), encoding="utf-8")


def senses(database: Database, *, is_there: bool = True, idle: float | None = 0.0) -> Senses:
    return Senses(
        database=database,
        gateway_is_there=lambda: is_there,
        gateway_seconds=lambda: 0.04,
        worker_idle_seconds=lambda: idle,
    )


def content_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


async def until_written(file: Path) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not (content := await asyncio.to_thread(content_of, file)):  # noqa: ASYNC110  # a file tells nobody
            await asyncio.sleep(0.01)
    return dict(json.loads(content))


def test_a_bot_that_beats_and_works_is_well(tmp_path: Path) -> None:
    write(tmp_path)

    assert list(faults_in(tmp_path, now=NOW + timedelta(seconds=30))) == []


def test_a_worker_without_a_gateway_and_a_gateway_without_a_worker_are_well(tmp_path: Path) -> None:
    write(tmp_path, "health-a.json", gateway_gone_seconds=None, gateway_seconds=None)
    write(tmp_path, "health-b.json", worker_idle_seconds=None)

    assert list(faults_in(tmp_path, now=NOW)) == []


@pytest.mark.parametrize("said", list(SICK))
def test_each_way_of_being_sick_has_its_own_sentence(tmp_path: Path, said: str) -> None:
    write(tmp_path, **SICK[said])

    [fault] = faults_in(tmp_path, now=NOW)

    assert said in fault


def test_without_a_heartbeat_no_bot_runs(tmp_path: Path) -> None:
    [fault] = faults_in(tmp_path, now=NOW)

    assert "No bot runs" in fault


@pytest.mark.parametrize("content", ["", "{", "[]", '{"at": "noon"}', json.dumps({**WELL, "at": "noon"})])
def test_a_heartbeat_that_cannot_be_read_is_sick_and_not_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "health.json").write_text(content, encoding="utf-8")

    [fault] = faults_in(tmp_path, now=NOW)

    assert "cannot be read" in fault


def test_of_several_processes_the_sick_one_is_named(tmp_path: Path) -> None:
    write(tmp_path, "health-a.json")
    write(tmp_path, "health-b.json", database_answers=False)

    [fault] = faults_in(tmp_path, now=NOW)

    assert fault.startswith("health-b.json: ")


async def test_a_living_process_writes_how_it_is_and_takes_the_file_away_when_it_stops(
    database: Database, tmp_path: Path
) -> None:
    beating = asyncio.create_task(Heartbeat(tmp_path, senses(database, is_there=False)).run())

    beat = await until_written(tmp_path / "health.json")
    beating.cancel()
    await asyncio.wait({beating})

    assert beat["database_answers"] is True
    assert beat["gateway_gone_seconds"] >= 0
    assert next(faults_in(tmp_path, now=datetime.now(UTC))).startswith("No bot runs")


@pytest.mark.sqlite("on a server nobody waits for another's transaction")
async def test_a_database_that_lets_everybody_wait_does_not_answer(database: Database) -> None:
    felt = senses(database)
    felt.patience = timedelta(seconds=0.05)

    async with database.transaction():
        during = await felt.beat()
    felt.patience = PATIENCE

    assert during.database_answers is False
    assert (await felt.beat()).database_answers is True


async def test_how_long_the_gateway_is_gone_counts_from_when_it_went(database: Database) -> None:
    is_there = True
    felt = Senses(
        database=database,
        gateway_is_there=lambda: is_there,
        gateway_seconds=lambda: None,
        worker_idle_seconds=lambda: None,
    )

    assert (await felt.beat()).gateway_gone_seconds == 0
    is_there = False
    first, second = await felt.beat(), await felt.beat()
    is_there = True

    assert first.gateway_gone_seconds == 0
    assert second.gateway_gone_seconds is not None
    assert second.gateway_gone_seconds > 0
    assert (await felt.beat()).gateway_gone_seconds == 0
