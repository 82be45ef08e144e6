"""An event loop on which time passes faster: what waits for a minute waits for six seconds.

Every client of the benchmark runs on one, so that all their sleeps, timeouts and leases shrink by the same factor and
not a line of them has to know. The work between the waits is not shortened: CPU per job stays what it is, while the
share of a processor that the jobs take grows by the factor.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class HastenedLoop(asyncio.SelectorEventLoop):
    """A loop whose seconds are `factor` to one of the world's."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        super().__init__(_HastenedSelector(factor))

    def time(self) -> float:
        """Return the hastened time."""
        return time.monotonic() * self._factor


class _HastenedSelector(selectors.DefaultSelector):
    """Waits as much shorter."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for so many hastened seconds at most."""
        return super().select(timeout / self._factor if timeout else timeout)


def run(work: Coroutine[Any, Any, _T], *, factor: float) -> _T:
    """Run it to its end, as `asyncio.run` does, on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: HastenedLoop(factor)) as runner:
        return runner.run(work)
