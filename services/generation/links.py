"""Links to single clips: signed, and good for a while. Nothing is stored of them, and nothing else is behind them.

A link says which job and until when, and a signature over both that only we can make. Our key is not the secret that
the video API knows: it must not be able to write links.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

LINK_LIFE: Final = timedelta(hours=1)
"""Long enough to fetch a clip on a slow line; a further press gives a further link."""
_PATH: Final = re.compile(
    r"(?:/[^/]+)*/originals/(?P<job_id>[0-9]{1,18})/(?P<until>[0-9]{1,12})/(?P<signature>[A-Za-z0-9_-]{43})"
)
"""A signature is 32 bytes in URL-safe Base64. What stands before it depends on how a proxy rewrites addresses."""
_PURPOSE: Final = b"links to original clips"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that is good until a moment."""

    url: str
    until: datetime


class OriginalLinks:
    """Makes and reads the links below `public_url`, with a key that is derived from `secret`."""

    def __init__(
        self, *, public_url: str, secret: str, clock: Callable[[], datetime], life: timedelta = LINK_LIFE
    ) -> None:
        self._public_url = public_url
        self._key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
        self._now = clock
        self._life = life

    def make(self, job_id: int) -> Link:
        """Return a new link to the clip of a job."""
        until = int((self._now() + self._life).timestamp())
        url = f"{self._public_url}/originals/{job_id}/{until}/{self._signature(str(job_id), str(until))}"
        return Link(url=url, until=datetime.fromtimestamp(until, UTC))

    def job_in(self, path: str) -> int | None:
        """Return the job that a path names, if it is a link of ours that is still good."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        right = self._signature(match["job_id"], match["until"])
        # The signature first, in constant time: of what nobody signed nothing else is looked at.
        if not hmac.compare_digest(right, match["signature"]) or int(match["until"]) < self._now().timestamp():
            return None
        return int(match["job_id"])

    def _signature(self, job_id: str, until: str) -> str:
        digest = hmac.new(self._key, f"{job_id} {until}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_original(path: str) -> bool:
    """Whether a path has the form of our links."""
    return _PATH.fullmatch(path) is not None
