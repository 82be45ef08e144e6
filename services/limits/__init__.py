"""Who may spend how much: rules, budgets, what an ended job weighs, what servers chose, and who changed it."""

from services.limits.audit import AuditEntry
from services.limits.book import Budget, Budgets, LimitBook
from services.limits.choices import ServerChoices
from services.limits.conduct import ConductBook
from services.limits.notices import Notice, NoticeBook, NoticeKind
from services.limits.reports import LONGEST_REMARK, ReportBook, ReportOutcome
from services.limits.rules import Allowance, BotLimits, Limit, LimitEntry, Wish
from services.limits.servers import Pause, PauseReason, ServerBook
from services.limits.settlement import Settlement, settle
from services.limits.words import LONGEST_WORD, MOST_WORDS, WordBook, WordOutcome

__all__ = [
    "LONGEST_REMARK",
    "LONGEST_WORD",
    "MOST_WORDS",
    "Allowance",
    "AuditEntry",
    "BotLimits",
    "Budget",
    "Budgets",
    "ConductBook",
    "Limit",
    "LimitBook",
    "LimitEntry",
    "Notice",
    "NoticeBook",
    "NoticeKind",
    "Pause",
    "PauseReason",
    "ReportBook",
    "ReportOutcome",
    "ServerBook",
    "ServerChoices",
    "Settlement",
    "Wish",
    "WordBook",
    "WordOutcome",
    "settle",
]
