"""A database that takes no writes of one kind while everything else goes on, as on a disk that is full."""

from typing import Final

from services.database import Database

FUNCTION: Final = """
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE 'full' USING ERRCODE = 'disk_full'; END $$
"""

# How the two engines name what they refused and why, in a `StorageError`.
BY_CHECK: Final = "IntegrityError|(Check|NotNull)ViolationError|DataError"
BY_UNIQUENESS: Final = "UNIQUE|UniqueViolationError"
BY_TRIGGER: Final = "TRIGGER|RaiseError"


async def refuse(database: Database, writes: str, *, when: str = "1 = 1") -> None:
    """Refuse such writes (`UPDATE ON jobs`), of rows (`OLD`, `NEW`) for which `when` is true, until `allow`."""
    async with database.transaction() as tx:
        if database.is_shared:
            await tx.execute(FUNCTION)
            ends = "EXECUTE FUNCTION full_disk()"
        else:
            ends = "BEGIN SELECT RAISE(ABORT, 'full'); END"
        await tx.execute(f"CREATE TRIGGER full_disk BEFORE {writes} FOR EACH ROW WHEN ({when}) {ends}")


async def allow(database: Database, *, table: str = "jobs") -> None:
    """Take such writes to the table again."""
    async with database.transaction() as tx:
        await tx.execute(f"DROP TRIGGER full_disk{f' ON {table}' if database.is_shared else ''}")
