"""The fixtures of a whole bot, on a loop of its own pace."""

from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # fixtures that `house` asks for
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
)

__all__ = ["_discord_itself", "_no_settings_around", "clip", "house"]
