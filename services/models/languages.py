"""The languages that people can be spoken to in, by the names that Discord gives to them.

Nothing here says anything: a job and a server only remember in which of them they are spoken of.
"""

from typing import Final

ENGLISH: Final = "en-US"
LANGUAGES: Final = (ENGLISH, "en-GB", "de", "fr", "es-ES", "es-419", "pt-BR", "ja")
"""Whoever has Discord in another one is spoken to in English."""
