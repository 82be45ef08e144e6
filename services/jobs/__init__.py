"""The table of jobs: what is stored of a job, every way in which it moves, and what it all adds up to."""

from services.jobs.callbacks import Callbacks, Hearing
from services.jobs.detours import AgainOutcome, Detours
from services.jobs.offers import Offer, OfferBook
from services.jobs.rows import NewJob
from services.jobs.store import ANSWER_GRACE, JobStore, Reservation
from services.jobs.usage import ServerUsage, UsageBook, UsageBy, UsageRow

__all__ = [
    "ANSWER_GRACE",
    "AgainOutcome",
    "Callbacks",
    "Detours",
    "Hearing",
    "JobStore",
    "NewJob",
    "Offer",
    "OfferBook",
    "Reservation",
    "ServerUsage",
    "UsageBook",
    "UsageBy",
    "UsageRow",
]
