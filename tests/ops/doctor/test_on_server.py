"""With DATABASE_URL the doctor looks at that database, and at its server."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from ops.doctor import database_server
from ops.doctor.findings import Finding, Status
from services.database import MIGRATIONS, POSTGRESQL_MIGRATIONS, Database, inventory, read_migrations
from services.jobs.health import Server, server, structure
from tests.ops.doctor.patient import Patient
from tests.postgresql.ground import PostgresGround
from tests.stored import SqliteGround, Stored

pytestmark = pytest.mark.sqlite("a server is there besides")
NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOMY: Final = Server(version=(15, 4), most_connections=97, connections=12, bots=6, now=NOW)


@pytest.fixture
def empty(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    with postgresql.stored(tmp_path, is_empty=True) as made:
        yield made


@pytest.fixture
def ours(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    with postgresql.stored(tmp_path) as made:
        yield made


async def looked(patient: Patient, stored: Stored) -> dict[str, Finding]:
    found = await patient.findings(is_offline=True, database_url=str(stored.where))
    return {each.check: each for each in found}


async def test_a_database_that_no_bot_was_started_on_has_nothing_wrong(patient: Patient, empty: Stored) -> None:
    found = await looked(patient, empty)

    assert "the first start makes it" in found["database"].says
    assert {found[check].status for check in ("database", "instance", "jobs", *database_server.CHECKS)} == {Status.OK}
    assert empty.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


async def test_a_bot_that_is_connected_is_seen_and_the_doctor_is_none(patient: Patient, ours: Stored) -> None:
    alone = await looked(patient, ours)
    database = await Database.open(ours.where)
    beside = await looked(patient, ours)
    await database.close()

    assert alone["instance"].says == "no bot runs on this data now"
    assert "the bot is at work on this data, with 1 connection" in beside["instance"].says
    assert alone["database"].says.startswith("whole, with schema")


async def test_what_the_schema_lacks_is_named(patient: Patient, ours: Stored) -> None:
    ours.rows("DROP INDEX jobs_free")
    ours.rows("ALTER TABLE audit DISABLE TRIGGER audit_is_never_changed")

    found = (await looked(patient, ours))["database"]

    assert found.status is Status.FAIL
    assert "index jobs_free, trigger audit_is_never_changed" in found.says


async def test_a_server_that_nobody_reaches_is_a_failure_without_its_password(patient: Patient) -> None:
    found = await patient.findings(is_offline=True, database_url="postgresql://me:canary@127.0.0.1:9/name")

    failed = [each for each in found if each.status is Status.FAIL]
    assert [each.check for each in failed] == ["database"]
    assert "canary" not in str(found)


async def test_what_a_server_says_of_itself_is_read(ours: Stored) -> None:
    found = await server(str(ours.where))

    assert found.version[0] >= database_server.OLDEST
    assert found.most_connections > found.connections >= 0
    assert abs(found.now - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        (ROOMY, Status.OK),
        (replace(ROOMY, version=(12, 9)), Status.FAIL),
        (replace(ROOMY, version=(17, 0)), Status.OK),
        (replace(ROOMY, connections=92), Status.WARN),
        (replace(ROOMY, connections=92, bots=0), Status.FAIL),
        (replace(ROOMY, now=NOW + timedelta(minutes=2)), Status.WARN),
    ],
)
def test_a_server_is_judged_by_its_version_its_room_and_its_clock(changed: Server, status: Status) -> None:
    found = database_server.findings(changed, now=NOW)

    assert max((each.status for each in found), key=list(Status).index) is status


# --- what a schema has to hold ---------------------------------------------------------------------------------------


async def test_the_scripts_name_exactly_what_they_make_on_a_server(ours: Stored) -> None:
    wanted = inventory(script for _, script in read_migrations(POSTGRESQL_MIGRATIONS))
    found = ours.rows(
        "SELECT 'table ' || tablename AS name FROM pg_tables WHERE schemaname = 'public' "
        "UNION ALL SELECT 'view ' || viewname FROM pg_views WHERE schemaname = 'public' "
        "UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal "
        "UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )

    assert {row["name"] for row in found} - {"table schema_version"} == wanted
    whole = await structure(str(ours.where))
    assert whole is not None
    assert whole.is_current


async def test_the_scripts_name_exactly_what_they_make_in_a_file(tmp_path: Path) -> None:
    wanted = inventory(script for _, script in read_migrations(MIGRATIONS))
    with SqliteGround().stored(tmp_path) as stored:
        await (await Database.open(stored.where)).close()
        found = stored.rows("SELECT type || ' ' || name AS name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")

    assert {row["name"] for row in found} == wanted
