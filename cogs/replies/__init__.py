"""Every sentence and layout that the bot shows: pure functions from values to text.

A sentence says what happened and what to do next. It never shows the text of an exception or of the video API.
"""

from cogs.replies.jobs import accepted, bad_news, cancelled, failure, finished, in_progress, not_made, result
from cogs.replies.refusals import (
    EMPTY_PROMPT,
    ONLY_IN_SERVERS,
    RESTARTING,
    SOMETHING_WENT_WRONG,
    missing_permissions,
    not_cancelled,
    refusal,
)
from cogs.replies.standing import NOTHING_TO_SET, ONE_SUBJECT, limit_cleared, limit_set, limits, status
from cogs.replies.wording import is_blank

__all__ = [
    "EMPTY_PROMPT",
    "NOTHING_TO_SET",
    "ONE_SUBJECT",
    "ONLY_IN_SERVERS",
    "RESTARTING",
    "SOMETHING_WENT_WRONG",
    "accepted",
    "bad_news",
    "cancelled",
    "failure",
    "finished",
    "in_progress",
    "is_blank",
    "limit_cleared",
    "limit_set",
    "limits",
    "missing_permissions",
    "not_cancelled",
    "not_made",
    "refusal",
    "result",
    "status",
]
