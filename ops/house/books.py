"""The stores that both halves work with, over one database, tidied after whatever ended the last run."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from ops import choices
from ops.encoder import fitter
from ops.house.ground import MEBIBYTE, Ground
from ops.house.instance import forsaken
from ops.house.pictures import opened_pictures
from services.generation import ClipShelf, Janitor
from services.generation.janitor import TIDY_EVERY
from services.jobs import Detours, JobStore, PersonalData, PictureBook
from services.limits import LimitBook, ServerBook
from services.pictures import PictureKeeper

PICTURES_FOLDER: Final = "pictures"
OFTEN: Final = timedelta(minutes=10)
"""Where another process may end a job whose clip lies here, nobody but the janitor removes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is written down, and what lies on the shelves."""

    limits: LimitBook
    servers: ServerBook
    jobs: JobStore
    detours: Detours
    data: PersonalData
    pictured: PictureBook
    clips: ClipShelf
    pictures: PictureKeeper
    janitor: Janitor
    keeps_prompts: timedelta
    """How long the prompt of an ended job is remembered."""
    mark: str
    """On the buttons of our own answers, and on nobody else's."""


async def opened_books(ground: Ground) -> Books:
    """Open the stores, give up what our predecessor had leased, and remove the files that nobody wants any more."""
    settings, database = ground.settings, ground.database
    limits, servers = (
        LimitBook(database=database, bot_limits=choices.bot_limits(settings)),
        ServerBook(database=database, age_restricted_only=settings.age_restricted_only),
    )
    jobs = JobStore(
        database=database,
        limits=limits,
        servers=servers,
        owner=ground.instance.name,
        running_at_once=settings.running_at_once,
        measures=ground.measures,
    )
    # The lock of a SQLite file says that no other process is alive. Elsewhere the one of our slot speaks for us alone.
    await jobs.release(everybody=not database.is_shared)
    most = settings.max_clip_mb * MEBIBYTE
    fitting = await fitter(settings, measures=ground.measures)
    shelf_in = partial(ClipShelf, api=ground.api, fitter=fitting, max_bytes=most, measures=ground.measures)
    clips = shelf_in(folder=ground.instance.clips)
    clips.sweep(keep=(unfinished := await jobs.unfinished()))
    # Nor does anybody else sweep the folders of processes that are gone and may never come back.
    for folder in forsaken(settings.data_dir) if database.is_shared else ():
        shelf_in(folder=folder).sweep(keep=unfinished)
    pictured, folder = PictureBook(database=database), settings.data_dir / PICTURES_FOLDER
    pictures = await opened_pictures(database, pictured, folder=folder, clock=ground.clock.now)
    return Books(
        limits=limits,
        servers=servers,
        jobs=jobs,
        detours=Detours(database=database, measures=ground.measures),
        data=PersonalData(database=database),
        pictured=pictured,
        clips=clips,
        pictures=pictures,
        janitor=Janitor(
            jobs=jobs,
            shelf=clips,
            book=pictured,
            pictures=pictures,
            clock=ground.clock.now,
            every=OFTEN if database.is_shared else TIDY_EVERY,
        ),
        keeps_prompts=timedelta(days=settings.prompt_retention_days),
        mark=await database.mark(),
    )
