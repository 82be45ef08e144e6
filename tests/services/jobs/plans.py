"""How the engine goes about a statement: whether it reads a whole table, in which its history grows without end."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.database import Database, Transaction
from services.database.dialect import for_postgresql

SHORT: Final = (
    *("jobs_alive", "jobs_unknown", "jobs_ambiguous"),
    *("jobs_free", "jobs_in_line", "jobs_leased", "jobs_called", "jobs_running", "jobs_queued"),
)
"""Partial indexes: reading one of them whole is as short as what it holds, which is alive, due, or a rare mishap."""
WITHOUT_GUESSES: Final = ("SET LOCAL plan_cache_mode = force_generic_plan", "SET LOCAL enable_seqscan = off")
"""PostgreSQL reads a small table whole, and plans for the values that it is given; here neither is what matters."""
PLACEHOLDER: Final = re.compile(r"(?<!:):([a-z_]+)")
SCAN: Final = re.compile(r"(?P<indent> *)(?:-> +)?(?P<kind>Seq Scan|\w+ (?:\w+ )*Scan)\b.* on (?P<what>\w+)")


async def plan(database: Database, statement: str) -> list[str]:
    """Return the steps that the engine would take, one line each."""
    async with database.transaction() as tx:
        if database.is_shared:
            return await _postgresql(tx, statement)
        values = dict.fromkeys(PLACEHOLDER.findall(statement))
        return [row["detail"] for row in await tx.fetch_all(f"EXPLAIN QUERY PLAN {statement}", values)]


async def whole_reads(database: Database, statement: str) -> list[str]:
    """Return the steps that read the whole table of jobs, or a whole index of it that is not short."""
    steps = await plan(database, statement)
    if database.is_shared:
        found = [scan for scan in _without_condition(steps) if re.search(r"\bjobs", scan)]
    else:
        found = [step for step in steps if step.startswith("SCAN") and step.split()[1] in {"jobs", "job", "sent"}]
    return [step for step in found if not any(index in step for index in SHORT)]


async def _postgresql(tx: Transaction, statement: str) -> list[str]:
    text, names = for_postgresql(statement)
    for setting in WITHOUT_GUESSES:
        await tx.execute(setting)
    await tx.execute(f"PREPARE looked_at AS {text}")
    values = f"({', '.join('NULL' for _ in names)})" if names else ""
    rows = await tx.fetch_all(f"EXPLAIN EXECUTE looked_at{values}")
    await tx.execute("DEALLOCATE looked_at")
    return [str(row["QUERY PLAN"]) for row in rows]


def _without_condition(steps: Sequence[str]) -> Iterator[str]:
    """Yield the scans that no condition makes shorter."""
    for number, step in enumerate(steps):
        found = SCAN.match(step)
        if found is None or "Bitmap Heap" in step:  # the bitmap below it says what is read
            continue
        following = steps[number + 1] if number + 1 < len(steps) else ""
        if "Index Cond" not in following:
            yield step
