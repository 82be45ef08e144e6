"""How fast one person may go: a bucket of tokens for each, so that nobody's flood makes others wait.

In memory alone. A restart fills every bucket, which costs nothing: what money and limits allow is decided elsewhere.
"""

import time
from collections.abc import Callable
from typing import Final

MOST_REMEMBERED: Final = 10_000
"""People whose buckets are kept before those that are full again are forgotten."""


class Pace:
    """Lets each person do `burst` things at once, and `per_second` more of them as time passes."""

    def __init__(self, *, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart = 1 / per_second
        self._slack = (burst - 1) / per_second
        self._now = clock
        self._full_at: dict[int, float] = {}
        """When each person's bucket is full again: all that there is to know about it."""

    def allows(self, user_id: int) -> bool:
        """Take a token of that person's. Return False where none is left; then nothing was taken."""
        now = self._now()
        full_at = max(now, self._full_at.get(user_id, now))
        if full_at - now > self._slack:
            return False
        if len(self._full_at) >= MOST_REMEMBERED:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        self._full_at[user_id] = full_at + self._apart
        return True
