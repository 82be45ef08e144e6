"""The front desk: everything that members' commands call, handed over in one piece."""

from dataclasses import dataclass

from services.administration import Administration
from services.catalogue import Catalogue
from services.generation import Originals, SendingAgain
from services.jobs import Callbacks, HistoryBook, PictureBook
from services.moderation import Moderation
from services.privacy import Privacy
from services.results import Results
from services.videos import VideoService


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The services behind the commands, and behind what the video API says of its own accord."""

    administration: Administration
    again: SendingAgain
    callbacks: Callbacks
    catalogue: Catalogue
    history: HistoryBook
    moderation: Moderation
    originals: Originals
    pictures: PictureBook
    privacy: Privacy
    results: Results
    videos: VideoService
