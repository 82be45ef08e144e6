"""The addresses where the video API may tell us that a job has ended, and whether it is the API that tells; pure.

Two locks, and each would do alone. An address is a random word that only the video API is told, one for each submit;
what is stored of it is a digest, so that whoever reads the database learns no address. And what comes there counts only
with a signature over its raw bytes, by a secret that lies in the settings alone.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SIGNATURE_HEADER: Final = "X-OpenRouter-Signature"
TOLERANCE: Final = timedelta(seconds=300)
"""How far the time of a signature may lie from ours, to either side: OpenRouter's own figure."""
_TOKEN_BYTES: Final = 32
_PATH: Final = re.compile(r"(?:/[^/]+)*/callbacks/([A-Za-z0-9_-]{43})")
"""A token is 32 bytes in URL-safe Base64. What stands before it depends on how a proxy rewrites addresses."""
_TIME: Final = re.compile(r"[0-9]{1,12}")
"""Unix seconds; more digits are no time that anybody lives in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """An address of one submit: `url` goes to the video API and is then forgotten, `digest` is what we keep."""

    url: str
    digest: str


def new_callback(public_url: str) -> Callback:
    """Make up an address that nobody can guess, below the address where the world reaches us."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return Callback(url=f"{public_url}/callbacks/{token}", digest=digest_of(token))


def digest_of(token: str) -> str:
    """Return what is stored of a token, in 64 hexadecimal digits. It is too random to take salt or a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_in(path: str) -> str | None:
    """Return the token in a path that has the form of our addresses, else None."""
    match = _PATH.fullmatch(path)
    return match[1] if match else None


def is_signed(body: bytes, *, signature: str, secret: str, now: datetime) -> bool:
    """Whether the header `t=<unix seconds>,v1=<hex>` says that whoever knows the secret sent these bytes just now.

    The signature is HMAC-SHA256 over the time as it is written, a comma, and the raw body. Of several `v1`, as while a
    secret is replaced, one has to be right; a second time is no time.
    """
    fields = [part.strip().partition("=") for part in signature.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        return False
    if abs(now.timestamp() - int(times[0])) > TOLERANCE.total_seconds():
        return False
    right = hmac.new(secret.encode(), f"{times[0]},".encode() + body, hashlib.sha256).hexdigest().encode()
    # As bytes, because the comparison takes no text beyond ASCII; all of them, so that its time tells nothing.
    given = [value.encode(errors="replace") for name, _, value in fields if name == "v1"]
    return any([hmac.compare_digest(right, each) for each in given])  # noqa: C419  # see above
