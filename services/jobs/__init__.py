"""The table of jobs: what is stored of a job, every way in which it moves, and what it all adds up to."""

from services.jobs.callbacks import Callbacks, Hearing
from services.jobs.detours import AgainOutcome, Detours
from services.jobs.history import HistoryBook, HistoryPage
from services.jobs.offers import Offer, OfferBook
from services.jobs.pictured import PictureBook
from services.jobs.removals import Removals
from services.jobs.retention import Everything, Forgotten, PersonalData, Stored
from services.jobs.rows import NewJob
from services.jobs.store import ANSWER_GRACE, JobStore, Reservation
from services.jobs.usage import ServerUsage, UsageBook, UsageBy, UsageRow

__all__ = [
    "ANSWER_GRACE",
    "AgainOutcome",
    "Callbacks",
    "Detours",
    "Everything",
    "Forgotten",
    "Hearing",
    "HistoryBook",
    "HistoryPage",
    "JobStore",
    "NewJob",
    "Offer",
    "OfferBook",
    "PersonalData",
    "PictureBook",
    "Removals",
    "Reservation",
    "ServerUsage",
    "Stored",
    "UsageBook",
    "UsageBy",
    "UsageRow",
]
