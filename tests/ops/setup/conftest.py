"""Both stand-ins, and the empty folder in which an owner begins."""

from tests.ops.doctor.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # fixtures that `patient` asks for
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    patient,
)

__all__ = ["_discord_itself", "_no_settings_around", "patient"]
