"""What cannot be staged with real things is judged from made-up facts: other versions, other times, a stuck bot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ops.doctor import data, files, machine, video_api
from ops.doctor.findings import Status
from services.jobs.health import Work
from services.models import KeyBalance
from tests.ops.doctor.patient import Patient

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
IDLE: Final = Work(alive=0, stuck=0, oldest=None, leased_until=None, unknown=0, chosen_channels={})
BUSY: Final = replace(IDLE, alive=2, oldest=NOW - timedelta(minutes=3))
KEY: Final = KeyBalance(limit_microusd=50_000_000, remaining_microusd=40_000_000)


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 14), Status.FAIL), ((3, 11, 0), Status.OK), ((3, 13, 9), Status.OK), ((3, 14, 0), Status.WARN)],
)
def test_python_is_judged_by_what_the_bot_is_tested_with(version: tuple[int, ...], status: Status) -> None:
    assert machine.python(version).status is status


@pytest.mark.parametrize(("version", "status"), [((3, 36, 0), Status.FAIL), ((3, 37, 0), Status.OK)])
def test_sqlite_has_to_know_strict_tables(version: tuple[int, ...], status: Status) -> None:
    assert machine.sqlite(version).status is status


@pytest.mark.parametrize(
    ("free", "status"), [(None, Status.FAIL), (999, Status.FAIL), (1_100, Status.WARN), (1_300, Status.OK)]
)
def test_a_disk_has_room_for_new_videos_and_for_large_ones(free: int | None, status: Status) -> None:
    assert machine.disk(free, floor=1_000, largest_clip=100).status is status


def test_without_an_ffmpeg_the_bot_runs_and_somebody_should_look() -> None:
    assert machine.ffmpeg(is_there=False, named=None).status is Status.WARN


def test_a_data_folder_that_cannot_be_written_or_made_is_a_failure(patient: Patient) -> None:
    there = files.DataFolder(path=patient.data, mode=0o700)
    missing = files.DataFolder(path=patient.data)

    assert [files.data_folder(each).status for each in (there, missing)] == [Status.FAIL, Status.FAIL]
    assert files.data_folder(replace(missing, is_writable=True)).status is Status.OK


@pytest.mark.parametrize(
    ("work", "status"),
    [
        (IDLE, Status.OK),
        (BUSY, Status.OK),
        (replace(BUSY, stuck=1), Status.FAIL),
        (replace(BUSY, oldest=NOW - 2 * DAY), Status.FAIL),
        (replace(BUSY, unknown=1), Status.WARN),
    ],
)
def test_a_running_bot_moves_its_videos_on(work: Work, status: Status) -> None:
    found = data.Data(structure=None, work=work, is_in_use=True)

    assert data.jobs(found, now=NOW, deadline=DAY).status is status


@pytest.mark.parametrize(
    ("key", "status", "word"),
    [
        (KEY, Status.OK, "$40.00 left of $50.00"),
        (replace(KEY, expires_at=NOW), Status.FAIL, "expired"),
        (replace(KEY, expires_at=NOW + 3 * DAY), Status.WARN, "2026-11-26"),
        (replace(KEY, limit_reset="monthly"), Status.OK, "(monthly)"),
        (replace(KEY, budget_remaining_microusd=0), Status.FAIL, "buys no video"),
        (replace(KEY, remaining_microusd=-5), Status.FAIL, "$0.00 left"),
    ],
)
def test_a_key_is_judged_by_its_end_and_by_the_tightest_of_what_is_left(
    key: KeyBalance, status: Status, word: str
) -> None:
    found = video_api.key(key, needed=150_000, now=NOW)

    assert found.status is status
    assert word in found.says
