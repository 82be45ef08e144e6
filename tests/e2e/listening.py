"""A bot that the video API can call: the settings for it, and the road between the stand-in and the bot."""

import socket
from typing import Any, Final

from tests.e2e.house import House

PUBLIC: Final = "https://bot.example"
SECRET: Final = "whsec_example_do_not_use"
SELDOM: Final[dict[str, Any]] = {"first_look_seconds": 600, "look_every_seconds": 600}
"""So seldom does the bot look by itself that whatever comes within a test's patience was told to it."""


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(house: House, *, secret: str = SECRET) -> dict[str, Any]:
    """Set the stand-in's workspace up as an owner would, and return the bot's settings."""
    port = free_port()
    house.openrouter.webhooks.secret = secret
    house.openrouter.webhooks.reach(PUBLIC, at=f"http://127.0.0.1:{port}")
    return {"public_url": PUBLIC, "webhook_secret": SECRET, "webhook_port": port} | SELDOM
