"""The table of jobs: what is stored of a job, every way in which it moves, and what it all adds up to."""

from services.jobs.callbacks import Callbacks, Hearing
from services.jobs.detours import AgainOutcome, Detours
from services.jobs.duties import Duty, IsMine, mine_alone
from services.jobs.figures import FigureBook, Figures
from services.jobs.history import HistoryBook, HistoryPage
from services.jobs.identify_turns import IdentifyTurns
from services.jobs.offers import Offer, OfferBook
from services.jobs.overview import Cost, JobFile, costs, job_file, jobs_in
from services.jobs.pictured import PictureBook
from services.jobs.removals import Removals
from services.jobs.restored import Restored, settle_restored
from services.jobs.retention import Everything, Forgotten, PersonalData, Stored
from services.jobs.rows import NewJob
from services.jobs.store import ANSWER_GRACE, JobStore, Reservation
from services.jobs.usage import ServerUsage, UsageBook, UsageBy, UsageRow

__all__ = [
    "ANSWER_GRACE",
    "AgainOutcome",
    "Callbacks",
    "Cost",
    "Detours",
    "Duty",
    "Everything",
    "FigureBook",
    "Figures",
    "Forgotten",
    "Hearing",
    "HistoryBook",
    "HistoryPage",
    "IdentifyTurns",
    "IsMine",
    "JobFile",
    "JobStore",
    "NewJob",
    "Offer",
    "OfferBook",
    "PersonalData",
    "PictureBook",
    "Removals",
    "Reservation",
    "Restored",
    "ServerUsage",
    "Stored",
    "UsageBook",
    "UsageBy",
    "UsageRow",
    "costs",
    "job_file",
    "jobs_in",
    "mine_alone",
    "settle_restored",
]
