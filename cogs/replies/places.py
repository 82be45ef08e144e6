"""Why a channel is no place for a video."""

from typing import Final

from cogs.languages import Message

LOCKED_THREAD: Final = Message(
    "This thread is locked, so I cannot post a video in it. Ask in a channel or in a thread that is open."
)
NO_FILES_FROM_YOU: Final = Message(
    "You may not post files in this channel, so I post no video for you here. Ask in a channel where you may."
)
