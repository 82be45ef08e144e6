"""Whether there is a desktop on which a browser could open."""

import os
import sys


def has_display() -> bool:
    """Whether this is a session with a screen: a terminal on macOS or Windows, or one with X11 or Wayland."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
