"""Why a channel is no place for a video."""

from typing import Final

NO_FILES_FROM_YOU: Final = (
    "You may not post files in this channel, so I post no video for you here. Ask in a channel where you may."
)
