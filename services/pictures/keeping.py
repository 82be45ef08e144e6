"""Where drawn pictures wait for their submit: a folder, or whatever several processes share."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from services.models import FRAMES, Frame, FrameKind
from services.pictures.faults import PictureError, PictureFault

Wanted = Callable[[], Awaitable[Collection[int]]]
"""Returns the interactions whose pictures are wanted."""


class PictureKeeper(Protocol):
    """Keeps drawn pictures by the interaction that asked for the video: each is here before there is a job."""

    def holding(self, interaction_id: int) -> AbstractContextManager[None]:
        """Let nobody sweep the pictures of an interaction whose job or offer is about to be stored."""
        ...

    async def keep(self, interaction_id: int, kind: FrameKind, content: bytes) -> None:
        """Take a picture in, in the place of one that was here; when this returns, it survives a power cut.

        Raises:
            OSError: the disk.
            StorageError: the database.
        """
        ...

    async def found(self, interaction_id: int) -> Sequence[Frame]:
        """Return the pictures of a request that are here, the first frame first.

        Raises what `keep` does.
        """
        ...

    async def frames(self, interaction_id: int, count: int) -> Sequence[Frame]:
        """Return the first `count` frames of a request, ready to be sent.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        ...

    async def rename(self, old: int, new: int, *, count: int) -> None:
        """Give the pictures of one interaction to another: a yes to a price is an interaction of its own.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        ...

    async def remove(self, interaction_id: int) -> None:
        """Let the pictures of an interaction go."""
        ...

    async def tidy(self, wanted: Wanted) -> int:
        """Remove what belongs to no interaction that is wanted, and return how much that was.

        What is here is listed before `wanted` is asked: it is nobody's if nobody wants it after that.
        """
        ...


def require_all(found: Sequence[Frame], count: int) -> Sequence[Frame]:
    """Return the first `count` of the frames that are here. Raises `PictureError` (`LOST`) where there are fewer."""
    if [frame.kind for frame in found[:count]] != [*FRAMES[:count]]:
        raise PictureError(PictureFault.LOST)
    return found[:count]


async def take_over(source: PictureKeeper, target: PictureKeeper, *, wanted: Collection[int]) -> None:
    """Move the wanted pictures that the bot kept elsewhere before it moved to another database."""
    for interaction_id in wanted:
        frames = await source.found(interaction_id)
        for frame in frames:
            await target.keep(interaction_id, frame.kind, frame.content)
        if frames:
            await source.remove(interaction_id)
