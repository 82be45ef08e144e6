"""Each way in which the machine, the files or the data can be ill, and what `doctor` says of it."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from ops.doctor import checks, looking
from ops.doctor.findings import EXIT_WELL, Status, exit_code
from services.errors import ConfigurationError
from services.settings import EXIT_CONFIGURATION
from tests.ops.doctor.patient import Patient, host

LONG_AGO: Final = 1_000_000_000_000


async def test_a_bot_that_was_never_started_has_nothing_wrong_but_its_commands(patient: Patient) -> None:
    findings = await patient.findings()

    assert {each.check for each in findings if each.status is not Status.OK} == {"commands"}
    assert exit_code(findings) == EXIT_WELL


# --- the machine and the files -----------------------------------------------------------------------------------


async def test_without_settings_whatever_needs_them_is_not_looked_at(patient: Patient) -> None:
    findings = await checks.examined(
        ConfigurationError(["DISCORD_TOKEN: is missing"]),
        _Nobody(),
        env_file=patient.folder / ".env",
        database_file="bot.sqlite3",
        is_offline=False,
        host=host,
    )

    by_check = {each.check: each for each in findings}
    assert "DISCORD_TOKEN: is missing" in by_check["settings"].says
    assert {each.check for each in findings if each.status is Status.SKIP} == {*checks.NEEDS_SETTINGS}
    assert exit_code(findings) == EXIT_CONFIGURATION
    everything = {each.check for each in await patient.findings()}
    assert {*by_check} == everything


class _Nobody:
    """Discord, where it must not be asked."""

    def invite(self, application_id: int) -> str:
        raise AssertionError(application_id)

    async def look(self, token: str, *, api_url: str | None, trace: object) -> Any:  # noqa: ANN401  # it never returns
        raise AssertionError(token, api_url, trace)


async def test_a_file_of_settings_that_others_may_read_is_told_of_with_the_command_that_closes_it(
    patient: Patient,
) -> None:
    (patient.folder / ".env").write_text("DISCORD_TOKEN=x\n", encoding="utf-8")
    (patient.folder / ".env").chmod(0o640)

    found = await patient.finding("env file")

    assert (found.status, found.fix) == (Status.WARN, f"chmod 600 {patient.folder}/.env")
    assert "0640" in found.says


async def test_a_misspelt_setting_is_named_and_a_strangers_is_not(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("VIDEO_PER_DAY=3\nCOMPOSE_PROJECT_NAME=bots\nDISCORD_TOKEN_FILE=/run/t\n", encoding="utf-8")

    assert [*looking.env(path).misspelt] == ["VIDEO_PER_DAY"]


async def test_a_data_folder_that_others_may_look_into_is_told_of(patient: Patient) -> None:
    patient.data.chmod(0o755)

    found = await patient.finding("data folder")

    assert (found.status, found.fix) == (Status.WARN, f"chmod 700 {patient.data}")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir() or os.geteuid() == 0, reason="the superuser may write anywhere")
async def test_a_data_folder_that_may_not_be_written_is_a_failure_of_the_configuration(patient: Patient) -> None:
    found = await patient.finding("data folder", data_dir=Path("/sys/kernel"))

    assert (found.status, found.is_configuration) == (Status.FAIL, True)


async def test_a_full_disk_is_a_failure(patient: Patient) -> None:
    found = await patient.finding("disk", min_free_disk_mb=99_000_000)

    assert found.status is Status.FAIL


async def test_an_ffmpeg_that_does_not_run_is_a_failure_only_where_the_owner_named_it(patient: Patient) -> None:
    found = await patient.finding("ffmpeg", ffmpeg_path=patient.folder / "none")

    assert (found.status, found.is_configuration) == (Status.FAIL, True)


# --- the data ----------------------------------------------------------------------------------------------------


async def test_a_file_that_is_no_database_is_a_failure(patient: Patient) -> None:
    patient.database.write_bytes(b"a letter to nobody, " * 1_000)

    assert (await patient.finding("database")).status is Status.FAIL
    assert (await patient.finding("jobs")).status is Status.SKIP


async def test_a_damaged_database_is_a_failure(patient: Patient) -> None:
    await patient.with_database("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE")
    content = bytearray(patient.database.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    patient.database.write_bytes(content)

    assert (await patient.finding("database")).status is Status.FAIL


async def test_a_database_of_a_newer_version_is_a_failure_and_of_an_older_one_is_not(patient: Patient) -> None:
    await patient.with_database("PRAGMA user_version = 999")
    newer = await patient.finding("database")
    await _set_schema(patient, 1)
    older = await patient.finding("database")

    assert (newer.status, older.status) == (Status.FAIL, Status.WARN)
    assert "999" in newer.says


async def _set_schema(patient: Patient, version: int) -> None:
    patient.database.unlink()
    await patient.with_database(f"PRAGMA user_version = {version:d}")


async def test_a_database_that_lacks_an_index_is_a_failure(patient: Patient) -> None:
    await patient.with_database("DROP INDEX jobs_free")

    found = await patient.finding("database")

    assert found.status is Status.FAIL
    assert "index jobs_free" in found.says


async def test_a_job_that_somebody_is_at_while_no_bot_runs_here_is_told_of(patient: Patient) -> None:
    await patient.with_job(lease=9_000_000_000_000)

    assert (await patient.finding("instance")).status is Status.WARN


async def test_orders_of_which_nobody_knows_whether_they_were_bought_are_told_of(patient: Patient) -> None:
    await patient.with_job(state="failed", reason="submit_unknown", ended=LONG_AGO, next=None)

    found = await patient.finding("jobs")

    assert found.status is Status.WARN
    assert "/owner resolve" in (found.fix or "")


async def test_videos_that_wait_while_no_bot_runs_are_told_of(patient: Patient) -> None:
    await patient.with_job()

    found = await patient.finding("jobs")

    assert (found.status, found.fix) == (Status.WARN, "Start it: uv run bot.py")


async def test_looking_leaves_the_data_as_it_was(patient: Patient) -> None:
    await patient.with_job()
    before = patient.database.read_bytes()

    await patient.findings(is_offline=True)

    assert patient.database.read_bytes() == before
    assert patient.database.stat().st_mode & 0o077 == 0
