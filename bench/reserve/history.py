"""Years of delivered videos, written by one statement: what takes a bot long to come by."""

from datetime import datetime, timedelta
from typing import Final

from services.database import Database, stored

SPAN: Final = timedelta(days=365)
"""Over which the history is spread evenly; a budget looks back over 30 days of it."""
MEMBERS: Final = 20_000
MEMBERS_OF_A_SERVER: Final = 50
FIRST_ID: Final = 10**17
STRIDE: Final = 7_919
"""A prime, so that a member's videos lie all over the history."""
MICROUSD: Final = 100_000

_WRITE: Final = """
WITH RECURSIVE numbers (number) AS (
    SELECT CAST(1 AS BIGINT) UNION ALL SELECT number + 1 FROM numbers WHERE number < CAST(:jobs AS BIGINT)
), made AS (
    SELECT number, (number * CAST(:stride AS BIGINT)) % CAST(:members AS BIGINT) AS member,
        CAST(:now AS BIGINT)
        - (CAST(:jobs AS BIGINT) - number + 1) * CAST(:span AS BIGINT) / CAST(:jobs AS BIGINT) AS at
    FROM numbers
)
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, upload_limit,
                  result_channel_id, result_message_id, remote_id, reserved_microusd, held_microusd, cost_microusd,
                  estimate_microusd, created_at, submitted_at, completed_at, delivering_at, ended_at, told_at)
SELECT CAST(:first AS BIGINT) + number, member / CAST(:together AS BIGINT) + 1, 1, member + 1, 'delivered',
    'a red fox runs through deep snow at dawn', 'maker/model', 5, 10485760,
    1, number, 'remote', CAST(:microusd AS BIGINT), CAST(:microusd AS BIGINT), CAST(:microusd AS BIGINT),
    CAST(:microusd AS BIGINT), at, at, at, at, at, at
FROM made
"""


async def write(database: Database, jobs: int, *, now: datetime) -> None:
    """Add so many jobs that were delivered in the year before `now`."""
    if not jobs:
        return
    async with database.transaction() as tx:
        await tx.execute(
            _WRITE,
            {
                "jobs": jobs,
                "stride": STRIDE,
                "members": MEMBERS,
                "together": MEMBERS_OF_A_SERVER,
                "first": FIRST_ID,
                "microusd": MICROUSD,
                "now": stored(now),
                "span": round(SPAN.total_seconds() * 1000),
            },
        )
    await database.empty_log()
