"""`/settings`, `/pause` and `/resume`: where, with what and whether at all a server makes videos."""

from cogs.settings.cog import SettingsCog
from cogs.settings.pausing import PauseCog

__all__ = ["PauseCog", "SettingsCog"]
