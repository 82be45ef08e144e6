"""Which pictures are wanted, and which one a member chose *Animate this* on."""

from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Values, stored
from services.models import Requester
from services.pictures import Attached

GOOD_FOR: Final = timedelta(hours=1)
"""How long a member may think about what should happen in a picture; Discord's address of it lasts a day."""

_WANTED: Final = """
SELECT interaction_id FROM jobs WHERE ended_at IS NULL AND frames > 0 AND state IN ('queued', 'submitting')
UNION SELECT interaction_id FROM offers WHERE frames > 0 AND expires_at > :now
"""
_FORGET_OLD: Final = "DELETE FROM chosen_pictures WHERE expires_at <= :now"
_CHOOSE: Final = """
INSERT INTO chosen_pictures (interaction_id, guild_id, user_id, url, size, expires_at)
VALUES (:interaction_id, :guild_id, :user_id, :url, :size, :expires_at)
ON CONFLICT (interaction_id) DO UPDATE SET expires_at = excluded.expires_at
"""
_TAKE: Final = """
DELETE FROM chosen_pictures WHERE interaction_id = :interaction_id AND user_id = :user_id AND guild_id = :guild_id
RETURNING url, size, expires_at
"""


class PictureBook:
    """Knows the pictures of jobs and offers by the interactions that asked for them."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def wanted(self, *, now: datetime) -> frozenset[int]:
        """Return the interactions whose pictures have still to be sent, or wait for a yes."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(_WANTED, {"now": stored(now)})
        return frozenset(row["interaction_id"] for row in rows)

    async def choose(self, picture: Attached, requester: Requester, *, now: datetime) -> None:
        """Keep the picture that an interaction was about, until its member has said what should happen in it."""
        values: Values = {
            "interaction_id": requester.interaction_id,
            "guild_id": requester.guild_id,
            "user_id": requester.user_id,
            "url": picture.url,
            "size": picture.size,
            "expires_at": stored(now + GOOD_FOR),
        }
        async with self._database.transaction() as tx:
            await tx.execute(_FORGET_OLD, {"now": stored(now)})
            await tx.execute(_CHOOSE, values)

    async def take(self, interaction_id: int, requester: Requester, *, now: datetime) -> Attached | None:
        """Give a chosen picture to its member, once. None where it was taken, is too old, or is somebody else's."""
        values = {"interaction_id": interaction_id, "user_id": requester.user_id, "guild_id": requester.guild_id}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(_TAKE, values)
        if row is None or row["expires_at"] <= stored(now):
            return None
        return Attached(url=row["url"], size=row["size"])
