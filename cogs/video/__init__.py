"""Asks for a video: the command, the question before a dear one, and the button under its status message."""

from cogs.video.buttons import CancelButton, OfferButton
from cogs.video.cog import VideoCog
from cogs.video.ordering import Ordering
from cogs.video.pictures import PicturesCog

__all__ = ["CancelButton", "OfferButton", "Ordering", "PicturesCog", "VideoCog"]
