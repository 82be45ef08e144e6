"""Which addresses an owner may set: where secrets travel to, and where the world finds the bot."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def https_or_loopback(value: str) -> str:
    """Return an address that a key may travel to, without a slash at its end.

    Raises:
        ValueError: with what is wrong, and never with the address.
    """
    parts = split(value)
    if parts.hostname is None or parts.scheme not in {"http", "https"}:
        raise ValueError("must be an address such as https://openrouter.ai/api/v1")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must start with https:// because the key travels to it")
    return value.rstrip("/")


def public_address(value: str) -> str:
    """Return an address that others may call the bot at, without a slash at its end.

    Raises:
        ValueError: with what is wrong, and never with the address.
    """
    parts = split(value)
    if (
        parts.hostname is None
        or parts.scheme not in {"http", "https"}
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise ValueError("must be an address such as https://bot.example.org")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must start with https:// because OpenRouter calls nothing else")
    return value.rstrip("/")


def split(address: str) -> SplitResult:
    """Split an address; one that cannot be split has no host. The standard library's complaint would quote it."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
