"""What has to be done to its end, because half of it would be worse than either all or nothing."""

import asyncio
from collections.abc import Awaitable


async def to_the_end(work: Awaitable[object]) -> None:
    """Await to the very end, however often the task is cancelled meanwhile; then let the cancellation go on."""
    ending = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.wait({ending})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    ending.result()
