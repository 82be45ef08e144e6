"""Pictures that videos start from: brought from Discord, drawn anew in a child, and kept until they are sent."""

from services.pictures.desk import PictureDesk
from services.pictures.faults import PictureError, PictureFault
from services.pictures.keeping import PictureKeeper, take_over
from services.pictures.shelf import PictureShelf
from services.pictures.source import Attached, PictureSource

__all__ = [
    "Attached",
    "PictureDesk",
    "PictureError",
    "PictureFault",
    "PictureKeeper",
    "PictureShelf",
    "PictureSource",
    "take_over",
]
