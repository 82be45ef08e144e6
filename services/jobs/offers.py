"""Requests that wait for their member's yes because of their price. Nothing is reserved for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Row, Values, moment, stored
from services.models import Requester, VideoRequest, VideoSpec

GOOD_FOR: Final = timedelta(minutes=15)
"""As long as Discord lets a private message be changed; after it a price may have moved as well."""

_INSERT: Final = """
INSERT INTO offers (interaction_id, guild_id, channel_id, user_id, prompt, model, duration, resolution, aspect_ratio,
                    audio, seed, frames, continues, is_private, is_spoiler, microusd, expires_at)
VALUES (:interaction_id, :guild_id, :channel_id, :user_id, :prompt, :model, :duration, :resolution, :aspect_ratio,
        :audio, :seed, :frames, :continues, :is_private, :is_spoiler, :microusd, :expires_at)
ON CONFLICT (interaction_id) DO UPDATE SET expires_at = excluded.expires_at
RETURNING *
"""
_FORGET_OLD: Final = "DELETE FROM offers WHERE expires_at <= :now"
_IS_PRIVATE: Final = "SELECT is_private FROM offers WHERE id = :id AND user_id = :user_id AND guild_id = :guild_id"
_TAKE: Final = "DELETE FROM offers WHERE id = :id AND user_id = :user_id AND guild_id = :guild_id RETURNING *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A request with the price that its member was shown."""

    id: int
    interaction_id: int
    """The interaction that asked for it, by which its pictures lie ready."""
    request: VideoRequest
    microusd: int
    expires_at: datetime


class OfferBook:
    """Keeps offers until they are taken or too old."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def make(
        self,
        request: VideoRequest,
        spec: VideoSpec,
        requester: Requester,
        *,
        channel_id: int,
        microusd: int,
        now: datetime,
    ) -> Offer:
        """Keep a request, completed to `spec`, for its member to confirm, and forget those that are too old."""
        values: Values = {
            "interaction_id": requester.interaction_id,
            "guild_id": requester.guild_id,
            "channel_id": channel_id,
            "user_id": requester.user_id,
            "prompt": request.prompt,
            "model": spec.model,
            "duration": spec.duration,
            "resolution": spec.resolution,
            "aspect_ratio": spec.aspect_ratio,
            "audio": spec.audio,
            "seed": spec.seed,
            "frames": spec.frames,
            "continues": spec.continues,
            "is_private": int(request.is_private),
            "is_spoiler": int(request.is_spoiler),
            "microusd": microusd,
            "expires_at": stored(now + GOOD_FOR),
        }
        async with self._database.transaction() as tx:
            await tx.execute(_FORGET_OLD, {"now": stored(now)})
            return _offer((await tx.fetch_all(_INSERT, values))[0])

    async def is_private(self, offer_id: int, requester: Requester) -> bool:
        """Whether an offer of the requester's stands that only they may see."""
        values = {"id": offer_id, "user_id": requester.user_id, "guild_id": requester.guild_id}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(_IS_PRIVATE, values)
        return row is not None and bool(row["is_private"])

    async def take(self, offer_id: int, requester: Requester, *, now: datetime) -> Offer | None:
        """Give an offer to its member, once. None where it was taken before, is too old, or is somebody else's."""
        values = {"id": offer_id, "user_id": requester.user_id, "guild_id": requester.guild_id}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(_TAKE, values)
        offer = _offer(row) if row else None
        return offer if offer is not None and offer.expires_at > now else None


def _offer(row: Row) -> Offer:
    return Offer(
        id=row["id"],
        interaction_id=row["interaction_id"],
        request=VideoRequest(
            prompt=row["prompt"],
            model=row["model"],
            duration=row["duration"],
            resolution=row["resolution"],
            aspect_ratio=row["aspect_ratio"],
            audio=None if row["audio"] is None else bool(row["audio"]),
            seed=row["seed"],
            frames=row["frames"],
            continues=row["continues"],
            is_private=bool(row["is_private"]),
            is_spoiler=bool(row["is_spoiler"]),
        ),
        microusd=row["microusd"],
        expires_at=moment(row["expires_at"]),
    )
