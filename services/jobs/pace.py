"""How the last jobs of a model went, read from the jobs themselves."""

from collections.abc import Sequence
from typing import Final

from services.database import Row, Transaction, Values, moment
from services.schedule import Finish

RECENT: Final = 200
"""Enough to find sixty of most of a model's lengths and resolutions among them."""
LATEST: Final = 40
OUTLIERS: Final = 3
"""So many of the latest may have taken longer than what counts as the longest: a restart finds jobs hours too late."""

# Of jobs that were sent together the fastest are done first: while many run, the last that ended are no fair sample.
# So only those count that were sent before nearly all of their time were done: by the longest that the latest took.
_FINISHES: Final = """
WITH latest AS (
    SELECT completed_at, completed_at - submitted_at AS took FROM jobs
    WHERE model = :model AND completed_at IS NOT NULL
    ORDER BY completed_at DESC LIMIT :latest
)
SELECT duration, resolution, submitted_at, seen_at, completed_at,
       CASE WHEN state = 'delivered' AND again_at IS NULL THEN ended_at END AS delivered_at
FROM jobs
WHERE model = :model AND completed_at IS NOT NULL
  AND submitted_at <= (SELECT MAX(completed_at) FROM latest)
                      - COALESCE((SELECT took FROM latest ORDER BY took DESC LIMIT 1 OFFSET :outliers), 0)
ORDER BY submitted_at DESC, id DESC LIMIT :most
"""


async def last_finishes(tx: Transaction, model: str) -> Sequence[Finish]:
    """Return how the last jobs of a model went, of all lengths and resolutions, the newest first."""
    values: Values = {"model": model, "latest": LATEST, "outliers": OUTLIERS, "most": RECENT}
    return [_finish(row) for row in await tx.fetch_all(_FINISHES, values)]


def _finish(row: Row) -> Finish:
    sent, seen, delivered = moment(row["submitted_at"]), row["seen_at"], row["delivered_at"]
    return Finish(
        duration=row["duration"],
        resolution=row["resolution"],
        ran=None if seen is None else moment(seen) - sent,
        done=moment(row["completed_at"]) - sent,
        delivered=None if delivered is None else moment(delivered) - sent,
    )
