"""What may be asked and followed: addresses, the parts of them that come from outside, and the key that goes along."""

import ipaddress
from urllib.parse import quote, urlsplit

from services.errors import ConfigurationError, RemoteJobMissingError
from services.openrouter import reading


def checked_key(key: str) -> str:
    """Return a key that can be a header. Raises `ConfigurationError`."""
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(problems=("OPENROUTER_API_KEY: must be one word of plain ASCII characters",))
    return key


def checked_base(base_url: str) -> str:
    """Return the base address without a slash at its end. Raises `ConfigurationError`."""
    problem = "OPENROUTER_BASE_URL: must be an https address without a user, a query or a fragment"
    try:
        parts = urlsplit(base_url)
        # The port is parsed when it is asked for.
        usable = parts.port != 0 and base_url.isascii() and base_url.isprintable() and " " not in base_url
        usable = usable and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        raise ConfigurationError(problems=(problem,)) from None
    if not usable or not may_be_followed(parts.scheme, parts.hostname, beside=base_url):
        raise ConfigurationError(problems=(problem,))
    return base_url.rstrip("/")


def may_be_followed(scheme: str, host: str | None, *, beside: str) -> bool:
    """Allow https anywhere, and plain http only from one loopback address to another, which is a stand-in."""
    if not host:
        return False
    base = urlsplit(beside)
    is_stand_in = base.scheme == "http" and _is_loopback(base.hostname or "")
    return scheme == "https" or (scheme == "http" and is_stand_in and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def job_path(remote_id: str) -> str:
    """Return the path of a job. Raises `RemoteJobMissingError` where its id can be no part of one."""
    if not reading.is_usable_id(remote_id):
        raise RemoteJobMissingError(detail="the id cannot be part of an address")
    return f"/videos/{quote(remote_id, safe='')}"
