"""Puts together what is built without Discord: the ground it stands on, the stores, the front desk, the workshop."""

from ops.house.books import Books, opened_books
from ops.house.front import desk_over
from ops.house.ground import DATABASE_FILE, Ground, opened_ground
from ops.house.instance import CLIPS_FOLDER
from ops.house.watch import watched
from ops.house.workshop import Workshop, workshop_over

__all__ = [
    "CLIPS_FOLDER",
    "DATABASE_FILE",
    "Books",
    "Ground",
    "Workshop",
    "desk_over",
    "opened_books",
    "opened_ground",
    "watched",
    "workshop_over",
]
