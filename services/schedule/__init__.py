"""When to look at a running job next, what finished jobs teach about it, and when to try again; pure."""

from services.schedule.figures import cold_start
from services.schedule.learning import Finish, pace_of, usual_time_of
from services.schedule.looks import Pace, Schedule
from services.schedule.retries import backoff

__all__ = ["Finish", "Pace", "Schedule", "backoff", "cold_start", "pace_of", "usual_time_of"]
