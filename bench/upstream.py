"""The stand-in of the video API as a process of its own, so that its work is not in what the benchmark times.

`python -m bench.upstream` prints one line of JSON when it is ready, and serves until its input ends. No job of it ever
ends, and no clip is drawn. Whoever measures uses `upstream`.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.children import ROOT
from sandbox.openrouter import FixedClip, OpenRouterStandIn
from services.models import VideoSpec
from services.openrouter import OpenRouterClient

FOR_EVER: Final = 1e9
SPEC: Final = VideoSpec(model="alibaba/wan-3.0", duration=5, resolution="720p", aspect_ratio="16:9", audio=False)
"""Of the stand-in's own catalogue."""
AT_ONCE: Final = 16
LOOK: Final = "status"
"""The stand-in's name of that route."""
OK: Final = 200


class Upstream:
    """The child, as its parent sees it. `base_url` and `key` are what a client needs."""

    def __init__(self, *, base_url: str, key: str, ask: asyncio.StreamWriter, told: asyncio.StreamReader) -> None:
        self.base_url = base_url
        self.key = key
        self._ask = ask
        self._told = told

    async def looks(self) -> int:
        """Return how often somebody has looked at a job until now, and was told how it stands."""
        self._ask.write(b"looks\n")
        return int(await self._told.readline())

    async def order(self, jobs: int) -> Sequence[str]:
        """Order so many videos, by our own client, and return their ids."""
        async with OpenRouterClient(key=self.key, base_url=self.base_url) as api:
            places = asyncio.Semaphore(AT_ONCE)

            async def order_one(number: int) -> str:
                async with places:
                    return (await api.submit(prompt=f"a red fox, {number}", spec=SPEC)).remote_id

            return await asyncio.gather(*map(order_one, range(jobs)))


@asynccontextmanager
async def upstream() -> AsyncGenerator[Upstream]:
    """Run it until the block ends.

    Raises:
        RuntimeError: it did not start.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.upstream"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the child has no pipes")
    try:
        ready = await child.stdout.readline()
        if not ready:
            raise RuntimeError("the stand-in of the video API did not start")
        yield Upstream(**json.loads(ready), ask=child.stdin, told=child.stdout)
    finally:
        child.stdin.close()
        await child.wait()


async def _serve() -> None:
    async with OpenRouterStandIn(seconds_per_video=FOR_EVER, clips=FixedClip(Path("never-read"))) as stand_in:
        _tell(json.dumps({"base_url": stand_in.base_url, "key": stand_in.key}))
        while await asyncio.to_thread(sys.stdin.readline):
            _tell(sum(record.status == OK for record in stand_in.requests.of(LOOK)))


def _tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
