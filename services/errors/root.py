"""The root of every error, and the one that ends the start."""

from collections.abc import Sequence
from dataclasses import dataclass


# `eq=False` here and beside: an exception is itself and stays hashable, as the standard library expects of it.
class BotError(Exception):
    """The root of every exception that this project raises on purpose."""


@dataclass(eq=False)
class ConfigurationError(BotError):
    """The settings are wrong. `problems` holds one `NAME: what to do` line each, without any value."""

    problems: Sequence[str]
