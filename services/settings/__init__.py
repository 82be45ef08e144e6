"""The settings of the bot: the only reader of the environment and of `.env`.

Every fault is reported at once, one line each, and no line ever holds a value: a mistyped key stays private.
"""

from typing import Final

from services.settings.database_address import password_in, require_postgresql
from services.settings.fields import PRINTABLE_ASCII, Settings
from services.settings.loading import database_address, is_set_up, load_settings, video_api_address

EXIT_CONFIGURATION: Final = 78
"""`EX_CONFIG` of sysexits.h: supervisors are told not to start the bot again before a person has looked."""

__all__ = [
    "EXIT_CONFIGURATION",
    "PRINTABLE_ASCII",
    "Settings",
    "database_address",
    "is_set_up",
    "load_settings",
    "password_in",
    "require_postgresql",
    "video_api_address",
]
