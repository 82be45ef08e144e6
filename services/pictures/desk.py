"""From an attachment to a picture that lies ready for its submit: brought, drawn anew, and written down."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from services.errors import RequestError
from services.models import FRAMES, FrameKind
from services.pictures.child import redrawn
from services.pictures.faults import PictureError, PictureFault
from services.pictures.keeping import PictureKeeper
from services.pictures.source import Attached, PictureSource

FETCHED_AT_ONCE: Final = 4
DRAWN_AT_ONCE: Final = 1
"""A large one takes half a gibibyte while it is drawn."""

log = structlog.get_logger(__name__)


class PictureDesk:
    """Takes members' pictures in from `source`, lays them on `shelf`, and lets them go."""

    def __init__(self, source: PictureSource, shelf: PictureKeeper) -> None:
        self._source = source
        self._shelf = shelf
        self._fetching = asyncio.Semaphore(FETCHED_AT_ONCE)
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    def require_fit(self, pictures: Sequence[Attached]) -> None:
        """Judge pictures, the first frame first, by what Discord says of them.

        Raises:
            PictureError: one cannot be used.
        """
        for kind, attached in zip(FRAMES, pictures, strict=False):
            try:
                self._source.require_fit(attached)
            except PictureError as error:
                raise PictureError(error.fault, kind) from None

    @asynccontextmanager
    async def taken(self, interaction_id: int, pictures: Sequence[Attached]) -> AsyncGenerator[None]:
        """Have the pictures of a request ready in the block, which stores the job or the offer that they are for.

        They are let go where one cannot be used, or where the block refuses the request.

        Raises:
            PictureError: one cannot be used.
        """
        with self._shelf.holding(interaction_id):
            try:
                for kind, attached in zip(FRAMES, pictures, strict=False):
                    await self._take(interaction_id, kind, attached)
                yield
            except RequestError:
                await self._shelf.remove(interaction_id)
                raise

    @asynccontextmanager
    async def handed_on(self, old: int, new: int, *, count: int) -> AsyncGenerator[None]:
        """Have `count` pictures that were taken for one interaction ready for another in the block, as `taken` does.

        Raises:
            PictureError: `LOST`: they are no longer here.
        """
        with self._shelf.holding(new):
            try:
                if count:
                    await self._shelf.rename(old, new, count=count)
                yield
            except RequestError:
                await self.let_go(old)
                await self.let_go(new)
                raise

    async def let_go(self, interaction_id: int) -> None:
        """Remove the pictures of a request that nobody will make."""
        await self._shelf.remove(interaction_id)

    async def _take(self, interaction_id: int, kind: FrameKind, attached: Attached) -> None:
        try:
            async with self._fetching:
                content = await self._source.fetch(attached)
            async with self._drawing:
                drawn = await redrawn(content)
            await self._shelf.keep(interaction_id, kind, drawn)
        except PictureError as error:
            raise PictureError(error.fault, kind) from None
        except OSError as error:
            log.warning("picture_not_kept", kind=type(error).__name__)
            raise PictureError(PictureFault.LATER, kind) from error
