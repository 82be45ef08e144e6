"""Pictures that wait for their submit, where several processes share a database and no disk.

The process that takes a picture in is seldom the one that sends it. What was kept a while ago and nobody wants is
swept; a process that is about to store a job says so to nobody, so what is younger than `BELONGS_SOON` stays.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Values, stored
from services.models import FRAMES, Frame, FrameKind
from services.pictures import PictureError, PictureFault
from services.pictures.keeping import Wanted, require_all
from services.pictures.shelf import MEDIA_TYPE

BELONGS_SOON: Final = timedelta(hours=1)
"""Far longer than an interaction lives, in which a picture gets its job or its offer."""

_KEEP: Final = """
INSERT INTO pictures (interaction_id, position, content, kept_at)
VALUES (:interaction_id, :position, :content, :now)
ON CONFLICT (interaction_id, position) DO UPDATE SET content = excluded.content, kept_at = excluded.kept_at
"""
_FOUND: Final = "SELECT position, content FROM pictures WHERE interaction_id = :interaction_id ORDER BY position"
_REMOVE: Final = "DELETE FROM pictures WHERE interaction_id = :interaction_id"
_RENAME: Final = """
UPDATE pictures SET interaction_id = :new, kept_at = :now WHERE interaction_id = :old AND position < :count
"""
_OLD: Final = "SELECT DISTINCT interaction_id FROM pictures WHERE kept_at <= :before"
_SWEEP: Final = "DELETE FROM pictures WHERE interaction_id = :interaction_id AND kept_at <= :before"


class PictureRows:
    """Keeps drawn pictures in the database; a `PictureKeeper`."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._now = clock

    @contextmanager
    def holding(self, interaction_id: int) -> Generator[None]:
        """Nothing to do: what has just come is not swept, whichever process sweeps."""
        del interaction_id
        yield

    async def keep(self, interaction_id: int, kind: FrameKind, content: bytes) -> None:
        """Take a picture in, in the place of one that was here.

        Raises:
            StorageError: the database.
        """
        values: Values = {
            "interaction_id": interaction_id,
            "position": FRAMES.index(kind),
            "content": content,
            "now": stored(self._now()),
        }
        async with self._database.transaction() as tx:
            await tx.execute(_KEEP, values)

    async def frames(self, interaction_id: int, count: int) -> Sequence[Frame]:
        """Return the first `count` frames of a request, ready to be sent.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        return require_all(await self.found(interaction_id), count) if count else ()

    async def found(self, interaction_id: int) -> Sequence[Frame]:
        """Return the pictures of a request that are here, the first frame first."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(_FOUND, {"interaction_id": interaction_id})
        return [
            Frame(kind=FRAMES[int(row["position"])], media_type=MEDIA_TYPE, content=bytes(row["content"]))
            for row in rows
        ]

    async def rename(self, old: int, new: int, *, count: int) -> None:
        """Give the pictures of one interaction to another.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        async with self._database.transaction() as tx:
            await tx.execute(_REMOVE, {"interaction_id": new})
            moved = await tx.execute(_RENAME, {"old": old, "new": new, "count": count, "now": stored(self._now())})
            if moved != count:
                raise PictureError(PictureFault.LOST)

    async def remove(self, interaction_id: int) -> None:
        """Let the pictures of an interaction go."""
        async with self._database.transaction() as tx:
            await tx.execute(_REMOVE, {"interaction_id": interaction_id})

    async def tidy(self, wanted: Wanted) -> int:
        """Remove what belongs to no interaction that is wanted, and return how many pictures that were."""
        before = stored(self._now() - BELONGS_SOON)
        async with self._database.transaction() as tx:
            old = {row["interaction_id"] for row in await tx.fetch_all(_OLD, {"before": before})}
        unwanted = old - {*await wanted()} if old else set[int]()
        async with self._database.transaction() as tx:
            removed = [
                await tx.execute(_SWEEP, {"interaction_id": interaction_id, "before": before})
                for interaction_id in sorted(unwanted)
            ]
        return sum(removed)
