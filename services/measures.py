"""What the services say of their own work to whoever counts it, and to nobody where nobody does.

They know nothing of how it is counted, kept or shown. Nothing that is said here names a member, a server or a job, and
nothing holds a word that a person wrote.
"""

from enum import StrEnum
from typing import Final, Protocol


class Phase(StrEnum):
    """The parts of a video's way that take long enough to be asked about."""

    WAITING = "waiting"  # from the command until the video API has accepted it
    MAKING = "making"  # from the submit until a look finds it done
    DOWNLOAD = "download"  # from then until the clip is here, with every try that failed
    FIT = "fit"  # until it is as small, and as playable, as the channel takes
    POST = "post"  # from the first try to post it until it is posted


class Measures(Protocol):
    """Hears of the work. Nothing here raises, and nothing waits. All times are in seconds."""

    def took(self, phase: Phase, seconds: float, /) -> None:
        """Hear how long a phase of a video took that is over."""
        ...

    def ended(self, *, state: str, reason: str | None) -> None:
        """Hear that a job has ended, in which state, and why where it failed."""
        ...

    def asked(self, route: str, *, status: int | None, seconds: float) -> None:
        """Hear of one request to the video API; `status` is None where no answer came."""
        ...

    def refused(self, rule: str, /) -> None:
        """Hear that a request for a video was turned down, by which rule."""
        ...

    def looked(self, *, late: float) -> None:
        """Hear how long after it was due a job is looked at."""
        ...

    def encoded(self, seconds: float, /) -> None:
        """Hear how long one run of the encoder took, however it ended."""
        ...


class Unmeasured:
    """Counts nothing."""

    def took(self, phase: Phase, seconds: float, /) -> None:
        """Let it pass."""

    def ended(self, *, state: str, reason: str | None) -> None:
        """Let it pass."""

    def asked(self, route: str, *, status: int | None, seconds: float) -> None:
        """Let it pass."""

    def refused(self, rule: str, /) -> None:
        """Let it pass."""

    def looked(self, *, late: float) -> None:
        """Let it pass."""

    def encoded(self, seconds: float, /) -> None:
        """Let it pass."""


UNMEASURED: Final = Unmeasured()
"""For whoever is built without anybody who counts. It holds nothing, so one is enough."""
