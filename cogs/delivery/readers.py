"""Who reads what is said about a job, and so in which language it is said.

The job remembers both languages from the moment that it was asked for. So a restart, or another process, says exactly
what was said before, and finds its own messages again by their text.
"""

from cogs.languages import Language, language_of
from services.jobs import NewJob
from services.models import Job


def readers_of(job: Job | NewJob, *, is_direct: bool = False) -> Language:
    """Return the language of whoever reads a message about a job: its member alone, or everybody in a channel.

    `is_direct` says that this message is for the member's eyes only, whatever else is said in the channel.
    """
    is_for_member = is_direct or job.is_only_for_member
    return language_of(job.member_language if is_for_member else job.server_language)
