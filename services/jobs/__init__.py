"""The table of jobs: what is stored of a job, and every way in which it moves."""

from services.jobs.rows import NewJob
from services.jobs.store import ANSWER_GRACE, JobStore, Reservation

__all__ = ["ANSWER_GRACE", "JobStore", "NewJob", "Reservation"]
