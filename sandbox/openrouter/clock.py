"""The stand-in's own time, which can run faster or slower than the world's, or stand still."""

from collections.abc import Callable
from time import monotonic


class Clock:
    """Seconds since the clock was made, at a speed that may change at any time without a jump."""

    def __init__(self, *, speed: float = 1.0, source: Callable[[], float] = monotonic) -> None:
        self._source = source
        self._speed = speed
        self._anchor = source()
        self._elapsed = 0.0

    @property
    def speed(self) -> float:
        """Seconds of this clock in one second of the world."""
        return self._speed

    def now(self) -> float:
        """Return the seconds since the clock was made; never less than the last answer."""
        return self._elapsed + (self._source() - self._anchor) * self._speed

    def advance(self, seconds: float) -> None:
        """Jump ahead.

        Raises:
            ValueError: the seconds are negative: time does not run backwards.
        """
        if seconds < 0:
            msg = f"a clock advances by 0 seconds or more, not {seconds}"
            raise ValueError(msg)
        self._elapsed += seconds

    def run_at(self, speed: float) -> None:
        """Go on from the present moment at another speed; 0 stands still.

        Raises:
            ValueError: the speed is negative or not a number.
        """
        if not 0 <= speed < float("inf"):
            msg = f"a clock runs at a speed of 0 or more, not {speed}"
            raise ValueError(msg)
        self._elapsed = self.now()
        self._anchor = self._source()
        self._speed = speed
