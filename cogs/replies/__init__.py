"""Every sentence and layout that the bot shows: pure functions from values to text.

A sentence says what happened and what to do next. It never shows the text of an exception or of the video API.
"""

from cogs.replies.jobs import (
    accepted,
    answer_lost,
    bad_news,
    cancelled,
    failure,
    finished,
    in_progress,
    link,
    not_made,
    result,
    result_link,
)
from cogs.replies.models import models_page, pages_of
from cogs.replies.money import dollars
from cogs.replies.notices import notice
from cogs.replies.offers import OFFER_CLOSED, OFFER_DECLINED, offer, ordered
from cogs.replies.refusals import (
    EMPTY_PROMPT,
    ONLY_IN_SERVERS,
    ONLY_OWNER,
    RESTARTING,
    SOMETHING_WENT_WRONG,
    TOO_FAST,
    missing_permissions,
    not_cancelled,
    refusal,
)
from cogs.replies.results import removed, taken_down
from cogs.replies.sending_again import label, sent_again
from cogs.replies.standing import status
from cogs.replies.wording import is_blank

__all__ = [
    "EMPTY_PROMPT",
    "OFFER_CLOSED",
    "OFFER_DECLINED",
    "ONLY_IN_SERVERS",
    "ONLY_OWNER",
    "RESTARTING",
    "SOMETHING_WENT_WRONG",
    "TOO_FAST",
    "accepted",
    "answer_lost",
    "bad_news",
    "cancelled",
    "dollars",
    "failure",
    "finished",
    "in_progress",
    "is_blank",
    "label",
    "link",
    "missing_permissions",
    "models_page",
    "not_cancelled",
    "not_made",
    "notice",
    "offer",
    "ordered",
    "pages_of",
    "refusal",
    "removed",
    "result",
    "result_link",
    "sent_again",
    "status",
    "taken_down",
]
